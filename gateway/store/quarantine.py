"""
Held messages: kept whole and sealed until somebody decides.

    held ─▶ releasing ─▶ released      the relay said 250
     ▲  └──────┼───────▶ rejected      it does not leave; its tutor is told
     └─────────┘                       the relay refused it

A release puts the very bytes that came, under the envelope they came with, into the
outbox, in the transaction that changes the item's state: two reviewers at once send
one message.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.ids import as_id, new_id
from gateway.policy.codec import decode_verdict, encode_verdict
from gateway.policy.verdict import Verdict
from gateway.remedy.edit import BLIND, edit, headers_of
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.review.held import Held, Item, State
from gateway.store import bodies
from gateway.store.audit import GATEWAY, Audit
from gateway.store.core import Core
from gateway.store.errors import NoSuchItem, WrongState
from gateway.store.outbox import Outbox
from gateway.store.tables import items, mails


class _Glance(msgspec.Struct, frozen=True):
    tutor: str
    subject: str


class Quarantine:
    """Keeps messages, and carries out what was decided about them."""

    def __init__(self, core: Core, audit: Audit, outbox: Outbox) -> None:
        self._core = core
        self._audit = audit
        self._outbox = outbox

    async def hold(self, raw: bytes, envelope: Envelope, verdict: Verdict, *notices: Outgoing) -> str:
        """
        Keep a message and queue its notices in one transaction; returns its id.

        Raises:
            StoreTrouble: nothing was kept.
        """
        item = as_id(envelope.queue_id) or new_id()
        seal = self._core.vault.seal
        body = await bodies.prepare(self._core, raw)
        mails = [await self._outbox.prepare(each) for each in notices]
        glance = _Glance(envelope.account or envelope.mail_from, _subject(raw))
        row = {
            "id": item,
            "state": "held",
            "action": verdict.action.word,
            "rules": " ".join(verdict.rules)[:1000],
            "tutor": self.tutor_key(envelope.account or envelope.mail_from),
            "body": body["id"],
            "envelope": seal(f"items/{item}/envelope", msgspec.json.encode(envelope)),
            "verdict": await self._core.seal(f"items/{item}/verdict", encode_verdict(verdict)),
            "glance": seal(f"items/{item}/glance", msgspec.json.encode(glance)),
            "recipients": len(envelope.recipients),
            "size": len(raw),
            "sha256": body["sha256"],
            "policy_version": verdict.policy_version,
            "register_version": verdict.register_version,
            "received_at": envelope.received_at,
            "held_at": self._core.clock(),
        }
        async with self._core.database.write() as connection:
            await bodies.put(connection, body)
            await connection.execute(insert(items), row)
            for mail in mails:
                await self._outbox.add(connection, mail)
            await self._audit.append(connection, "held", item, GATEWAY)
        self._outbox.wake.set()
        return item

    def tutor_key(self, tutor: str) -> str:
        """What the items of one tutor (an address, or an account's name) are found by."""
        return self._core.vault.blind(f"tutor/{canonical(tutor)}")

    async def list(
        self, states: Iterable[State] = ("held", "releasing"), limit: int = 1000, offset: int = 0
    ) -> tuple[Held, ...]:
        """Items in those states, the oldest first."""
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(items)
                    .where(items.c.state.in_(tuple(states)))
                    .order_by(items.c.held_at, items.c.id)
                    .limit(limit)
                    .offset(offset)
                )
            ).all()
        return tuple(map(self._held, rows))

    async def look(self, item: str, who: str, reason: str) -> Item:
        """
        Everything about an item; that *who* looked, and why, is on record before.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.write() as connection:
            row = await _row(connection, as_id(item))
            await self._audit.append(connection, "opened", row.id, who, reason=reason)
        return await self.get(item)

    async def get(self, item: str) -> Item:
        """
        Everything about an item, for the gateway's own use; people go through `look`.

        Raises:
            NoSuchItem: there is none.
        """
        item = as_id(item)
        async with self._core.database.read() as connection:
            row = await _row(connection, item)
        return Item(
            held=self._held(row),
            envelope=self._envelope(row),
            verdict=decode_verdict(await self._core.open(f"items/{item}/verdict", row.verdict)),
            history=await self._audit.about(item),
        )

    async def progress(self, item: str) -> tuple[Held, int]:
        """
        An item, and how often the relay was tried for its latest release.

        Raises:
            NoSuchItem: there is none.
        """
        async with self._core.database.read() as connection:
            row = await _row(connection, as_id(item))
            tried = await connection.scalar(
                select(mails.c.attempts).where(mails.c.item == row.id).order_by(mails.c.id.desc()).limit(1)
            )
        return self._held(row), tried or 0

    async def raw(self, item: str) -> bytes:
        """
        The message as it came. Whoever shows it has called `look` before.

        Raises:
            NoSuchItem: there is none.
            Tampered: the bytes were changed, or purged.
        """
        async with self._core.database.read() as connection:
            row = await _row(connection, as_id(item))
        return await bodies.load(self._core, row.body)

    async def release(self, item: str, who: str, note: str = "") -> int:
        """
        Send the message as it came; returns its number in the outbox.

        Raises:
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        item = as_id(item)
        async with self._core.database.read() as connection:
            row = await _row(connection, item)
        envelope = self._envelope(row)
        raw = await bodies.load(self._core, row.body)
        # As the pipeline does: a field of blind copies that the client left in stays behind.
        blind = not BLIND.isdisjoint(field.name for field in headers_of(raw).fields)
        mail = await self._outbox.prepare(
            Outgoing(
                mail_from=envelope.mail_from,
                recipients=envelope.recipients,
                raw=edit(raw) if blind else b"",
                mail_options=envelope.mail_options,
                smtputf8=envelope.smtputf8,
                trace=envelope.trace,
            ),
            with_body=blind,
        )
        async with self._core.database.write() as connection:
            await self._decide(connection, item, "releasing")
            number = await self._outbox.add(connection, mail, body=row.body, item=item)
            await self._audit.append(connection, "release", item, who, note=note)
        self._outbox.wake.set()
        return number

    async def reject(self, item: str, who: str, note: str = "", *notices: Outgoing) -> None:
        """
        It does not leave; *notices* tell its tutor.

        Raises:
            NoSuchItem: there is none.
            WrongState: somebody has decided already.
        """
        item = as_id(item)
        mails = [await self._outbox.prepare(each) for each in notices]
        async with self._core.database.write() as connection:
            await self._decide(connection, item, "rejected")
            for mail in mails:
                await self._outbox.add(connection, mail)
            await self._audit.append(connection, "reject", item, who, note=note)
        self._outbox.wake.set()

    async def _decide(self, connection: AsyncConnection, item: str, state: State) -> None:
        """From held to decided, once: whoever comes second finds no row to change."""
        changed = await connection.execute(
            update(items)
            .where(items.c.id == item, items.c.state == "held")
            .values(state=state, decided_at=self._core.clock(), answer=None)
        )
        if changed.rowcount != 1:
            raise WrongState((await _row(connection, item)).state)

    def _envelope(self, row: Row[Any]) -> Envelope:
        return msgspec.json.decode(
            self._core.vault.open(f"items/{row.id}/envelope", row.envelope), type=Envelope
        )

    def _held(self, row: Row[Any]) -> Held:
        vault = self._core.vault
        glance = msgspec.json.decode(vault.open(f"items/{row.id}/glance", row.glance), type=_Glance)
        answer = None
        if row.answer is not None:
            answer = msgspec.json.decode(vault.open(f"items/{row.id}/answer", row.answer), type=Delivery)
        return Held(
            id=row.id,
            state=row.state,
            action=row.action,
            rules=tuple(row.rules.split()),
            tutor=glance.tutor,
            subject=glance.subject,
            recipients=row.recipients,
            size=row.size,
            sha256=row.sha256,
            policy_version=row.policy_version,
            register_version=row.register_version,
            received_at=row.received_at,
            held_at=row.held_at,
            decided_at=row.decided_at,
            answer=answer,
        )


async def _row(connection: AsyncConnection, item: str) -> Row[Any]:
    row = (await connection.execute(select(items).where(items.c.id == item))).first()
    if row is None:
        raise NoSuchItem
    return row


def _subject(raw: bytes) -> str:
    """The subject for the queue, or "" where the message has none."""
    return headers_of(raw).first("subject")
