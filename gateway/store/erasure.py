"""
Erasing a person: every kept message, mail and note that is about them goes, for good.

What remains is that something was erased, when and by whom: the audit chain holds,
with the private half of its entries taken out.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import msgspec
from sqlalchemy import Row, delete, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.mail.envelope import Envelope
from gateway.policy.verdict import Verdict
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.protection import PickUp
from gateway.store import bodies
from gateway.store.about import open_about
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.errors import Tampered
from gateway.store.items import Glance, open_envelope, open_verdict, person_key
from gateway.store.tables import escrow, items, mails, pickups

IsAbout = Callable[[Envelope, bytes], bool]


class Erasure:
    """Goes through everything that is kept, once, at its own pace."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit

    async def messages(self, is_about: IsAbout, people: Collection[str], who: str) -> int:
        """
        Delete the messages that *is_about* says yes to, with their notices; returns how many.

        It is asked in a thread, with envelope and bytes; where the bytes are gone
        already, with a message made of the subject and the evidence that remain.
        What cannot be opened is left alone.

        So do those whose findings are about one of *people* (ids in the register), as who is called by a
        pet name. Of a protected message that was never held only these, the envelope and the files that
        wait are known; its passphrase goes with them.
        """
        erased = 0
        for item in await self._ids(select(items.c.id)):
            erased += await self._item(item, is_about, people, who)
        for mail in await self._ids(select(mails.c.id)):
            erased += await self._mail(mail, is_about)
        for message in await self._ids(union(select(pickups.c.message), select(escrow.c.id))):
            erased += await self._protected(message, is_about, people, who)
        return erased

    async def record(self, kind: str, person: str, messages: int, who: str) -> None:
        """Keep that a person of the register (by id) was erased, and how many messages with them."""
        subject = person_key(self._core.vault, person)
        await self._audit.record("erased", subject, who, kind=kind, messages=str(messages))

    async def _ids(self, query: Any) -> tuple[Any, ...]:
        async with self._core.database.read() as connection:
            return tuple((await connection.scalars(query)).all())

    async def _item(self, item: str, is_about: IsAbout, people: Collection[str], who: str) -> bool:
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(items).where(items.c.id == item))).first()
        if row is None:
            return False
        try:
            named = {
                each
                for judged in (await open_verdict(self._core, row)).judged
                for each in judged.finding.about
            }
            envelope, raw = open_envelope(self._core, row), await self._raw(row)
        except Tampered:
            return False
        if named.isdisjoint(people) and not await asyncio.to_thread(is_about, envelope, raw):
            return False
        async with self._core.database.write() as connection:
            kept = [row.body, *await connection.scalars(select(mails.c.body).where(mails.c.item == item))]
            await connection.execute(delete(mails).where(mails.c.item == item))
            await connection.execute(delete(items).where(items.c.id == item))
            for body in kept:
                await bodies.drop_unused(connection, body)
            await self._drop_protected(connection, item)
            await self._audit.erase(connection, item, who)
        return True

    async def _protected(self, message: str, is_about: IsAbout, people: Collection[str], who: str) -> bool:
        try:
            if not await self._concerned(message, is_about, people):
                return False
        except Tampered:
            return False
        async with self._core.database.write() as connection:
            await self._drop_protected(connection, message)
            await self._audit.erase(connection, message, who)
        return True

    async def _concerned(self, message: str, is_about: IsAbout, people: Collection[str]) -> bool:
        async with self._core.database.read() as connection:
            rows = (await connection.execute(select(pickups).where(pickups.c.message == message))).all()
            kept = [each.about for each in rows]
            kept += await connection.scalars(select(escrow.c.about).where(escrow.c.id == message))
        known = [open_about(self._core.vault, message, each) for each in kept if each is not None]
        if any(not set(people).isdisjoint(each.people) for each in known):
            return True
        envelope = (
            known[0].envelope
            if known
            else Envelope(mail_from="", recipients=(), received_at=self._core.clock())
        )
        texts = [b""]
        for row in rows:
            if row.sealed is not None:
                data = await self._core.open(f"pickups/{row.id}", row.sealed)
                texts += [file for _, file in msgspec.msgpack.decode(data, type=PickUp).files]
        for text in texts:
            kind = b"application/octet-stream" if b"\0" in text else b"text/plain; charset=utf-8"
            raw = b"Content-Type: " + kind + b"\r\n\r\n" + text
            if await asyncio.to_thread(is_about, envelope, raw):
                return True
        return False

    async def _drop_protected(self, connection: AsyncConnection, message: str) -> None:
        await connection.execute(delete(pickups).where(pickups.c.message == message))
        await connection.execute(delete(escrow).where(escrow.c.id == message))

    async def _raw(self, row: Row[Any]) -> bytes:
        if row.body is not None:
            return await bodies.load(self._core, row.body)
        sealed = self._core.vault.open(f"items/{row.id}/glance", row.glance)
        subject = msgspec.json.decode(sealed, type=Glance).subject
        return f"Subject: {subject}\r\n\r\n{_words(await open_verdict(self._core, row))}\r\n".encode()

    async def _mail(self, mail: int, is_about: IsAbout) -> bool:
        async with self._core.database.read() as connection:
            row = (await connection.execute(select(mails).where(mails.c.id == mail))).first()
        if row is None:
            return False
        try:
            sealed = self._core.vault.open(f"mails/{row.token}", row.envelope)
            outgoing = msgspec.json.decode(sealed, type=Outgoing)
            raw = await bodies.load(self._core, row.body) if row.body else b"\r\n"
        except Tampered:
            return False
        envelope = Envelope(
            mail_from=outgoing.mail_from, recipients=outgoing.recipients, received_at=row.created_at
        )
        if not await asyncio.to_thread(is_about, envelope, raw):
            return False
        async with self._core.database.write() as connection:
            await connection.execute(delete(mails).where(mails.c.id == mail))
            await bodies.drop_unused(connection, row.body)
        return True


def _words(verdict: Verdict) -> str:
    """Everything that findings quote."""
    found = [
        text
        for each in verdict.judged
        for text in (
            each.finding.suggestion,
            *(part for evidence in each.finding.evidence for part in (evidence.where, evidence.quote)),
        )
    ]
    return "\r\n".join(found)
