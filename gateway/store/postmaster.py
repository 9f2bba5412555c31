"""The outbox as those see it who look after it: what is there, try it now, take it out."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row, case, func, select, update

from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery
from gateway.review.errors import NoSuchItem, Tampered, WrongState
from gateway.review.sending import Mail
from gateway.store.audit import Audit
from gateway.store.core import Core
from gateway.store.outbox import Outbox
from gateway.store.releases import Releases
from gateway.store.tables import mail_recipients, mails

UNDER_WAY = ("waiting", "parked", "ready", "sending")
_CANCELLED = Delivery(Reply(554, "5.7.0", ("Cancelled by the postmaster before it had left",)))


class Postmaster:
    """Shows mail and moves it along by hand."""

    def __init__(self, core: Core, audit: Audit, outbox: Outbox, releases: Releases) -> None:
        self._core = core
        self._audit = audit
        self._outbox = outbox
        self._releases = releases

    async def list(
        self, states: Iterable[str] = UNDER_WAY, limit: int = 1000, offset: int = 0
    ) -> tuple[Mail, ...]:
        """Mail in those states, the oldest first."""
        pending = func.sum(case((mail_recipients.c.state == "pending", 1), else_=0)).label("open")
        async with self._core.database.read() as connection:
            rows = (
                await connection.execute(
                    select(mails, pending)
                    .outerjoin(mail_recipients, mail_recipients.c.mail == mails.c.id)
                    .where(mails.c.state.in_(tuple(states)))
                    .group_by(mails.c.id)
                    .order_by(mails.c.created_at, mails.c.id)
                    .limit(limit)
                    .offset(offset)
                )
            ).all()
            numbers = [row.id for row in rows]
            answers = (
                await connection.execute(
                    select(mail_recipients.c.mail, mail_recipients.c.position, mail_recipients.c.answer)
                    .where(mail_recipients.c.mail.in_(numbers), mail_recipients.c.answer.is_not(None))
                    .order_by(mail_recipients.c.position)
                )
            ).all()
        first: dict[int, Row[*tuple[Any, ...]]] = {}
        for answer in answers:
            first.setdefault(answer.mail, answer)
        return tuple(self._mail(row, first.get(row.id)) for row in rows)

    async def retry(self, number: int, who: str) -> None:
        """
        Try a mail now and not only when its pause is over.

        Raises:
            NoSuchItem: there is none.
            WrongState: it is not one that waits for another try.
        """
        async with self._core.database.write() as connection:
            changed = await connection.execute(
                update(mails)
                .where(mails.c.id == number, mails.c.state == "ready")
                .values(due_at=self._core.clock())
            )
            if changed.rowcount == 0:
                raise await self._why_not(connection, number)
            await self._audit.append(connection, "mail_retried", f"mail/{number}", who)
        self._outbox.wake.set()

    async def cancel(self, number: int, who: str, note: str = "") -> None:
        """
        Take a mail out: those who have not got it will not. A held message is held again.

        Raises:
            NoSuchItem: there is none.
            WrongState: it has left, or is just leaving.
        """
        async with self._core.database.write() as connection:
            row = (
                await connection.execute(
                    select(mails)
                    .where(mails.c.id == number, mails.c.state.in_(("waiting", "parked", "ready")))
                    .with_for_update()
                )
            ).first()
            if row is None:
                raise await self._why_not(connection, number)
            await self._outbox.finish(connection, number, "withdrawn", row.body)
            if row.item is not None and row.purpose == "release":
                await self._releases.follow(connection, row.item, _CANCELLED)
            await self._audit.append(connection, "mail_cancelled", f"mail/{number}", who, note=note)

    async def _why_not(self, connection: Any, number: int) -> Exception:
        state = await connection.scalar(select(mails.c.state).where(mails.c.id == number))
        return NoSuchItem() if state is None else WrongState(state)

    def _mail(self, row: Row[Any], answer: Row[*tuple[Any, ...]] | None) -> Mail:
        reply, spoilt = None, False
        try:
            self._core.vault.open(f"mails/{row.token}", row.envelope)
            if answer is not None:
                identity = f"mail_recipients/{row.token}/{answer.position}"
                reply = msgspec.json.decode(self._core.vault.open(identity, answer.answer), type=Reply)
        except Tampered:  # one that cannot be read hides no other
            spoilt = True
        return Mail(
            id=row.id,
            state=row.state,
            purpose=row.purpose,
            item=row.item,
            recipients=row.recipients,
            open=row.open or 0,
            attempts=row.attempts,
            created_at=row.created_at,
            due_at=row.due_at,
            finished_at=row.finished_at,
            answer=reply,
            spoilt=spoilt,
        )
