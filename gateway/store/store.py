"""
The store as the rest of the product sees it: opened once, one object.

It is the pipeline's `Store`; its parts (`quarantine`, `outbox`, `accounts`, `audit`,
`registers`) serve the commands and the console.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from gateway import sections
from gateway.mail.envelope import Envelope
from gateway.policy.verdict import Verdict
from gateway.register.model import People
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.protection import PickUp
from gateway.store.about import about_of
from gateway.store.accounts import Accounts
from gateway.store.audit import GATEWAY, Audit
from gateway.store.concerns import Concerns
from gateway.store.core import Core, utc_now
from gateway.store.courier import Courier, Relay, Reports
from gateway.store.crypto import Vault, read_key
from gateway.store.deputies import Deputies
from gateway.store.engine import Database
from gateway.store.erasure import Erasure, IsAbout
from gateway.store.errors import StoreUnusable, Tampered
from gateway.store.escrow import Escrow
from gateway.store.exemptions import Exemptions
from gateway.store.history import History
from gateway.store.items import tutor_of
from gateway.store.keys import StoredKeys
from gateway.store.leases import Leases
from gateway.store.news import News
from gateway.store.outbox import Outbox
from gateway.store.pickups import PickUps
from gateway.store.postmaster import Postmaster
from gateway.store.quarantine import Quarantine
from gateway.store.registers import Registers
from gateway.store.releases import Releases
from gateway.store.retention import Retention
from gateway.store.review import Review
from gateway.store.sessions import Sessions
from gateway.store.tables import meta
from gateway.store.tickets import Tickets
from gateway.store.tokens import Tokens
from gateway.store.told import Told
from gateway.store.waiting import Waiting

_CHECK = "key check"


class Store:
    """Everything that is kept. What returns has been committed to disk."""

    def __init__(
        self,
        core: Core,
        review: sections.Review,
        web: sections.Web,
        retention: sections.Retention,
        protect: sections.Protect,
    ) -> None:
        self.core = core
        self.audit = Audit(core)
        self.outbox = Outbox(core)
        releases = Releases(core, self.audit, self.outbox)
        self.leases = Leases(core, self.outbox, releases)
        self.postmaster = Postmaster(core, self.audit, self.outbox, releases)
        self.quarantine = Quarantine(core, self.audit, self.outbox, review, retention)
        self.waiting = Waiting(core, self.audit, self.outbox)
        self.accounts = Accounts(core, self.audit)
        self.registers = Registers(core, self.audit)
        self.erasure = Erasure(core, self.audit)
        self.sessions = Sessions(core, self.audit, self.accounts, web)
        self.tokens = Tokens(core, self.audit, self.accounts)
        self.tickets = Tickets(core)
        self.escrow = Escrow(core, self.audit, retention)
        self.keys = StoredKeys(core, self.audit)
        self.pickups = PickUps(core, self.audit, protect)
        self.deputies = Deputies(core, self.audit, self.accounts)
        self.review = Review(
            core, self.audit, self.outbox, self.quarantine, self.accounts, self.deputies, review
        )
        self.exemptions = Exemptions(core, self.audit)
        self.told = Told(core, self.outbox)
        self.news = News(core, self.outbox)
        self.concerns = Concerns(core, self.audit, self.outbox)
        self.history = History(core)
        self.retention = Retention(core, self.audit, retention)

    @classmethod
    async def open(
        cls,
        section: sections.Store,
        base: Path,
        *,
        review: sections.Review = sections.Review(),
        web: sections.Web = sections.Web(),
        retention: sections.Retention = sections.Retention(),
        protect: sections.Protect = sections.Protect(),
        clock: Callable[[], datetime] = utc_now,
        patience: float = 10.0,
    ) -> "Store":
        """
        Open the database, bring it up to date and try the key.

        *base* is where relative paths start; *patience*, in seconds, is how long
        a locked database is waited for.

        Raises:
            StoreUnusable: there is no database or no key to work with; its text
                is one line to show.
        """
        database = await Database.open(section.url, base, patience)
        try:
            vault = await _unlock(database, base / section.key_file)
        except BaseException:
            await database.close()
            raise
        return cls(Core(database, vault, clock), review, web, retention, protect)

    async def close(self) -> None:
        """Give the connections back."""
        await self.core.database.close()

    async def hold(self, raw: bytes, envelope: Envelope, verdict: Verdict, *notices: Outgoing) -> str:
        """Keep a message for review and queue its notices, in one transaction; returns its id."""
        return await self.quarantine.hold(raw, envelope, verdict, *notices)

    async def keep(
        self, raw: bytes, envelope: Envelope, verdict: Verdict, *notices: Outgoing, expires_at: datetime
    ) -> str:
        """Keep a refused message for its tutor to put right until then; returns its id."""
        return await self.quarantine.keep(raw, envelope, verdict, *notices, expires_at=expires_at)

    async def keep_pickups(self, envelope: Envelope, verdict: Verdict, waiting: tuple[PickUp, ...]) -> None:
        """Keep the files that are picked up on a page (`pickups`)."""
        await self.pickups.keep(envelope.queue_id, tutor_of(envelope), waiting, about_of(envelope, verdict))

    async def supersede(self, raw: bytes, envelope: Envelope, *, sent: bool) -> tuple[str, ...]:
        """Close the tutor's stopped messages that this one takes the place of; returns their ids."""
        return await self.waiting.supersede(raw, envelope, sent=sent)

    async def first_time(self, what: str, period: timedelta) -> bool:
        """True once in each period for that text, over all processes."""
        return await self.told.first_time(what, period)

    async def tell(self, what: str, period: timedelta, *mails: Outgoing) -> None:
        """Put mail into the outbox the first time in each period for that text, over all processes."""
        await self.told.tell(what, period, *mails)

    async def released(self, raw: bytes, envelope: Envelope) -> str | None:
        """The id under which a reviewer let this very message go to these people; None where nobody did."""
        return await self.quarantine.released(raw, envelope)

    async def keep_passphrase(self, envelope: Envelope, verdict: Verdict, passphrase: str) -> None:
        """Keep what opens a protected message, for a tutor who loses it (`escrow`)."""
        await self.escrow.keep(envelope.queue_id, tutor_of(envelope), passphrase, about_of(envelope, verdict))

    async def enqueue(self, *mails: Outgoing, delay: timedelta = timedelta(0)) -> tuple[int, ...]:
        """Put mail into the outbox; it leaves after *delay* unless let go or withdrawn before."""
        return await self.outbox.enqueue(*mails, delay=delay)

    async def let_go(self, *mails: int) -> None:
        """Send delayed mail now."""
        await self.outbox.let_go(*mails)

    async def withdraw(self, *mails: int) -> None:
        """Take delayed mail back."""
        await self.outbox.withdraw(*mails)

    def courier(
        self,
        relay: Relay,
        reports: Reports | None = None,
        outbox: sections.Outbox = sections.Outbox(),
        *,
        poll: float = 1.0,
    ) -> Courier:
        """
        The worker that carries the outbox to this relay; run one in each process.

        *reports* writes to senders whose recipients failed. Every *poll* seconds it
        looks for what other processes have put in.
        """
        give_up_after = timedelta(seconds=outbox.give_up_after)
        return Courier(
            self.core, self.outbox, self.leases, relay, reports, give_up_after=give_up_after, poll=poll
        )

    async def save_register(self, people: People, *, source: str, replacing: str | None = None) -> str:
        """
        Make this the register in force; returns its version.

        Raises:
            RegisterChanged: the one in force is no longer *replacing*.
        """
        return await self.registers.save(people, source=source, replacing=replacing)

    async def load_register(self) -> People | None:
        """The register in force, or None before the first import."""
        return await self.registers.load()

    async def register_version(self) -> str | None:
        """The version of the register in force; cheap enough to ask every second."""
        return await self.registers.version()

    async def erase_messages(
        self, is_about: IsAbout, people: Collection[str] = (), *, who: str = GATEWAY
    ) -> int:
        """
        Delete every kept message, mail and notice that *is_about* says yes to; returns how many.

        With them those whose findings are about *people* (ids in the register), and what was
        kept of protected messages.
        """
        return await self.erasure.messages(is_about, people, who)

    async def forget_addresses(self, addresses: Iterable[str]) -> None:
        """Delete that these were written to."""
        await self.history.forget(addresses)

    async def record_erasure(self, kind: str, person: str, messages: int, who: str) -> None:
        """Keep that a person (by their id) was erased, and how many messages with them."""
        await self.erasure.record(kind, person, messages, who)


async def _unlock(database: Database, key_file: Path) -> Vault:
    """
    The vault, once its key has opened what the store's first start sealed.

    Raises:
        StoreUnusable: the key is missing or is another store's.
    """
    async with database.write() as connection:
        check = await connection.scalar(select(meta.c.value).where(meta.c.name == _CHECK))
        key = await asyncio.to_thread(read_key, key_file, create=check is None)
        vault = Vault(key)
        if check is None:
            await connection.execute(
                insert(meta).values(name=_CHECK, value=vault.seal(f"meta/{_CHECK}", _CHECK.encode()))
            )
            return vault
    try:
        vault.open(f"meta/{_CHECK}", check)
    except Tampered:
        raise StoreUnusable(
            f"store.key_file: found a key that does not open the store at {database.place}, "
            "expected the key that it was begun with"
        ) from None
    return vault
