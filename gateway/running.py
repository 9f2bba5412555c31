"""
The running gateway: every part, built once and wired together.

This is the one place where the pure centre, the edges and the rules meet.
"""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from gateway.answers import Answers
from gateway.background import Work, going_on
from gateway.compose import Lookups, build_rules
from gateway.console.parts import Parts
from gateway.console.pickup import pickup_pages
from gateway.console.remedy import remedy_pages
from gateway.console.serving import bind, serving
from gateway.documents.documents import Documents
from gateway.intake.leavers import Leavers
from gateway.intake.live import RegisterHolder, load_initial
from gateway.intake.uploads import Uploads
from gateway.intake.watch import DropFolder
from gateway.judge import Rules
from gateway.keys.keyring import Keyring
from gateway.keys.known import KnownKeys
from gateway.notices.busy import Busy
from gateway.notices.digest import Digest
from gateway.notices.notices import Mails
from gateway.notices.texting import Texting, read_url
from gateway.pipeline import Pipeline
from gateway.policy.chain import installed
from gateway.policy.exemption import Exemption
from gateway.premises import check_premises
from gateway.protecting import Protecting
from gateway.quantities import HostPort
from gateway.remedy.link import Links
from gateway.repairs import Repairs
from gateway.sections import Settings
from gateway.settings import SettingsProblem
from gateway.smtp.accounts import Accounts
from gateway.smtp.dns import MailDomains
from gateway.smtp.or_queue import OrQueue
from gateway.smtp.rates import Hourly
from gateway.smtp.relay import RelayClient
from gateway.smtp.remembering import Remembering
from gateway.smtp.senders import Current
from gateway.smtp.server import SmtpServer
from gateway.store.core import utc_now
from gateway.store.store import Store
from gateway.wording import catalogue

if TYPE_CHECKING:
    from gateway.keys.ldap_certificates import LdapCertificates

# What is in flight when the gateway is told to stop has this long, in seconds, to end.
_GRACE = 30.0


class Gateway:
    """What serves; `reload` and `exempt` change how it judges while it does."""

    def __init__(self, rules: Rules, store: Store) -> None:
        self.rules = rules
        self.store = store
        self.addresses: tuple[HostPort, ...] = ()
        self.web = HostPort("")  # where the console listens
        self.pupils = 0  # in the register, when everything had started

    def reload(self, settings: Settings) -> None:
        """
        Judge by these settings from the next message on; those in work keep theirs.

        What listens and where it delivers stays as it is until the next start.

        Raises:
            SettingsProblem: they cannot be used; nothing has changed.
        """
        self.rules = replace(build_rules(settings), exemptions=self.rules.exemptions)

    def exempt(self, exemptions: tuple[Exemption, ...]) -> None:
        """Judge with these exemptions from the next message on."""
        self.rules = replace(self.rules, exemptions=exemptions)

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        settings: Settings,
        *,
        first: bool = True,
        hourly: Hourly | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> "AsyncIterator[Gateway]":
        """
        Start every part in order; on leaving, stop them in the opposite one.

        Of several processes the *first* alone runs the console and what works in
        the background; the others take mail, and all count by one *hourly*. The store goes by *clock*.

        Raises:
            SettingsProblem, RegisterProblem, StoreUnusable: nothing is served then.
        """
        rules = build_rules(settings)
        check_premises(settings, installed())
        read_url(settings.protect)  # what is wrong with it stops the start
        async with AsyncExitStack() as stack:
            store = await _open_store(stack, settings, clock)
            gateway = cls(rules, store)
            bound = None
            if first:
                bound, settings = _bound(settings)
                stack.callback(bound.close)
            shared = await _share(stack, gateway, settings)
            gateway.pupils = len(shared.holder.register.people.pupils)
            # What is wrong with it stops the start before anything is sent.
            server = _listener(gateway, shared, hourly)
            await stack.enter_async_context(going_on(_work(gateway, shared, first=first)))
            if bound is not None:
                gateway.web = await stack.enter_async_context(_console(gateway, shared, bound))
            gateway.addresses = await server.start()
            stack.push_async_callback(server.stop, _GRACE)
            yield gateway


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """What mail, background work and console of one process have in common."""

    settings: Settings
    store: Store
    holder: RegisterHolder
    documents: Documents
    lookups: Lookups
    relay: RelayClient
    remembering: Remembering  # the same relay, for what is sent
    mails: Mails
    repairs: Repairs
    busy: Busy


async def _open_store(stack: AsyncExitStack, settings: Settings, clock: Callable[[], datetime]) -> Store:
    store = await Store.open(
        settings.store,
        settings.base,
        review=settings.review,
        web=settings.web,
        retention=settings.retention,
        protect=settings.protect,
        clock=clock,
    )
    stack.push_async_callback(store.close)
    return store


async def _stored_keys(store: Store) -> tuple[tuple[str, bytes], ...]:
    return tuple((each.name, each.data) for each in await store.keys.list())


async def _share(stack: AsyncExitStack, gateway: Gateway, settings: Settings) -> _Shared:
    store = gateway.store
    holder = RegisterHolder(store, settings.agency, await load_initial(store, settings))
    holder.start()
    stack.push_async_callback(holder.stop)
    documents = Documents()
    stack.callback(documents.close)
    await store.history.load()
    keyring = Keyring(settings.keys, kept=partial(_stored_keys, store), ldap=_certificates(settings))
    stack.push_async_callback(keyring.close)
    links = Links(settings.web.base_url, store.core.vault.blind)
    notices = settings.notices
    first = catalogue(notices.language, notices.templates).gettext if notices.language != "en" else None
    protecting = Protecting(settings.protect, keyring, links, first)
    lookups = Lookups(documents, MailDomains(), store.history, protecting)
    relay = RelayClient(settings)
    stack.push_async_callback(relay.close)
    mails = Mails(settings, store.core.vault.blind)
    repairs = Repairs(
        agency=settings.agency,
        rules=lambda: gateway.rules,
        register=lambda: holder.register,
        lookups=lookups,
        kept=store.quarantine,
        steps=store.waiting,
        proposals=store.exemptions,
        escrow=store.escrow,
        pickups=store.pickups,
        notices=mails,
    )
    busy = Busy(mails, store)
    stack.push_async_callback(busy.close)
    return _Shared(
        settings=settings,
        store=store,
        holder=holder,
        documents=documents,
        lookups=lookups,
        relay=relay,
        remembering=Remembering(relay, store.history),
        mails=mails,
        repairs=repairs,
        busy=busy,
    )


def _work(gateway: Gateway, shared: _Shared, *, first: bool) -> dict[str, Work]:
    """What goes on without being asked; of several processes the first does what there may be one of."""
    settings, store = shared.settings, shared.store
    # What is exempt, and whom it has written to, is each process's own knowledge; everything else is done once.
    work: dict[str, Work] = {
        "exemptions": lambda stop: store.exemptions.watch(stop, gateway.exempt),
        "history": store.history.run,
    }
    if not first:
        work["withdrawals"] = store.outbox.make_good
    if first:
        relay = Texting(shared.remembering, store, read_url(settings.protect))
        work["outbox"] = lambda stop: store.courier(relay, shared.mails, settings.outbox).run(stop)
        work["expiry"] = shared.repairs.run
        work["escalation"] = lambda stop: store.review.watch(stop, shared.mails.escalated)
        work["digest"] = Digest(settings, store.news, shared.mails.digest, shared.mails.news).run
        work["retention"] = store.retention.run
        work["leavers"] = Leavers(store, settings, lambda: shared.holder.register).run
    if first and settings.register.watch:
        work["drop folder"] = DropFolder(settings.register.watch, store, settings).run
    return work


@asynccontextmanager
async def _console(gateway: Gateway, shared: _Shared, bound: socket.socket) -> AsyncIterator[HostPort]:
    parts = Parts(
        settings=shared.settings,
        store=shared.store,
        sessions=shared.store.sessions,
        notices=shared.mails,
        documents=shared.documents,
        register=lambda: shared.holder.register,
        policy=lambda: gateway.rules.policy,
        corrections=shared.repairs,
        imports=Uploads(shared.store, shared.settings, lambda: datetime.now().astimezone()),
        keys=KnownKeys(shared.settings.keys, shared.store.keys),
    )
    blind = shared.store.core.vault.blind
    pages = [*remedy_pages(shared.repairs, shared.settings, blind), *pickup_pages(shared.settings, blind)]
    async with serving(parts, bound, pages) as address:
        yield address


def _bound(settings: Settings) -> tuple[socket.socket, Settings]:
    try:
        return bind(settings)
    except OSError as problem:
        what = problem.strerror or type(problem).__name__
        raise SettingsProblem("web", "web.listen", what, "an address that is free") from None


def _listener(gateway: Gateway, shared: _Shared, hourly: Hourly | None) -> SmtpServer:
    """SMTP in: a message is an answer to one of our mails, or goes down the pipeline."""
    settings, store, relay = shared.settings, shared.store, shared.remembering
    pipeline = Pipeline(
        rules=lambda: gateway.rules,
        register=lambda: shared.holder.register,
        lookups=shared.lookups,
        relay=OrQueue(relay, store) if settings.relay.on_relay_down == "queue" else relay,
        store=store,
        notices=shared.mails,
    )
    answers = Answers(
        agency=settings.agency,
        address=shared.mails.sender.address,
        links=Links(settings.web.base_url, store.core.vault.blind),
        repairs=shared.repairs,
        notices=shared.mails,
        outbox=store,
        otherwise=pipeline.handle,
    )
    accounts = Current(_accounts(shared), lambda: shared.holder.register)
    return SmtpServer(
        settings,
        answers.handle,
        accounts,
        shared.relay,
        answers.is_ours,
        seal=store.core.vault.blind,
        on_limit=shared.busy,
        hourly=hourly,
    )


def _certificates(settings: Settings) -> "LdapCertificates | None":
    """
    The directory that is asked for certificates.

    Raises:
        SettingsProblem: none is named, or its reader's password cannot be read.
    """
    if not settings.keys.ldap:
        return None
    if settings.ldap is None:
        raise SettingsProblem("configuration", "keys.ldap", "true", "a table [ldap] beside it")
    from gateway.keys.ldap_certificates import LdapCertificates

    return LdapCertificates(settings.ldap)


def _accounts(shared: _Shared) -> Accounts:
    """Who checks a sign-in."""
    settings = shared.settings
    if settings.smtp.auth != "ldap" or settings.ldap is None:
        return shared.store.accounts
    from gateway.smtp.ldap_accounts import LdapAccounts

    return LdapAccounts(settings.ldap)
