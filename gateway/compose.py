"""
Builds the parts from the settings, for every command alike.

This is the one place where the pure centre, the edges and the rules meet; rules
come through entry points and are never named here.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.answers import Answers
from gateway.console.parts import Parts
from gateway.console.remedy import remedy_pages
from gateway.console.serving import bind, serving
from gateway.documents.documents import Documents
from gateway.intake.importing import read_register
from gateway.intake.leavers import Leavers
from gateway.intake.live import RegisterHolder, load_initial
from gateway.intake.watch import DropFolder
from gateway.judge import Rules
from gateway.mail.facts import DomainState, Facts
from gateway.mail.message import Message
from gateway.notices.notices import Mails
from gateway.pipeline import Pipeline
from gateway.policy.chain import FilterFault, installed
from gateway.policy.exemption import Exemption
from gateway.policy.packs import PackProblem, build_policy
from gateway.quantities import HostPort
from gateway.register.model import People
from gateway.register.register import Register
from gateway.remedy.link import Links
from gateway.repairs import Repairs
from gateway.settings import Settings, SettingsProblem, read_pack
from gateway.smtp.dns import MailDomains
from gateway.smtp.ldap_accounts import LdapAccounts
from gateway.smtp.or_queue import OrQueue
from gateway.smtp.relay import RelayClient
from gateway.smtp.senders import Current
from gateway.smtp.server import SmtpServer
from gateway.store.store import Store

# What is in flight when the gateway is told to stop has this long, in seconds, to end.
_GRACE = 30.0


class Domains(Protocol):
    """Asks DNS about recipients' domains."""

    async def states(self, domains: frozenset[str]) -> Mapping[str, DomainState]:
        """What DNS says of each, "unknown" where it says nothing in time."""
        ...


class History(Protocol):
    """Remembers whom the agency has written to."""

    async def known(self, addresses: tuple[str, ...]) -> frozenset[str] | None:
        """The canonical addresses, of these, that were written to before."""
        ...


class Lookups:
    """Gathers the facts that the rules in force need, and no others."""

    def __init__(
        self, documents: Documents, domains: Domains | None = None, history: History | None = None
    ) -> None:
        self._documents = documents
        self._domains = domains
        self._history = history

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:
        """Look up what *needs* names; a message without attachments costs nothing for documents."""
        facts = Facts()
        if "documents" in needs and message.files:
            facts = msgspec.structs.replace(facts, documents=await self._documents.read(message.files))
        if "domains" in needs and self._domains:
            names = frozenset(each.rpartition("@")[2].lower() for each in message.envelope.rcpt_to)
            facts = msgspec.structs.replace(facts, domains=await self._domains.states(names))
        if "known_recipients" in needs and self._history:
            facts = msgspec.structs.replace(
                facts, known_recipients=await self._history.known(message.envelope.rcpt_to)
            )
        return facts


def build_rules(settings: Settings) -> Rules:
    """
    The policy in force and the chain of its rules.

    Raises:
        SettingsProblem: the pack or an override cannot be used, or a rule that
            it names is missing or broken. Nothing may be served then.
    """
    pack = read_pack(settings)
    try:
        policy, chain = build_policy(pack, settings.policy.rules, installed())
    except PackProblem as problem:
        raise SettingsProblem(
            f"policy {settings.policy.pack}", problem.key, problem.found, problem.expected
        ) from None
    except FilterFault as fault:
        raise SettingsProblem(
            "filters", fault.rule, str(fault), "an installed package with that rule"
        ) from fault
    return Rules(policy, chain)


@asynccontextmanager
async def judging_parts(settings: Settings) -> AsyncIterator[tuple[Register, Lookups]]:
    """What judging alone needs: the register in force, and the look-ups. Writes nothing."""
    people = await people_in_force(settings)
    documents = Documents()
    try:
        yield Register(people, settings.agency), Lookups(documents)
    finally:
        documents.close()


async def people_in_force(settings: Settings) -> People:
    """The store's register if there is a store with one, else the file that the settings name."""
    url = settings.store.url
    if not url.startswith("sqlite:///") or (settings.base / url.removeprefix("sqlite:///")).exists():
        store = await Store.open(settings.store, settings.base)
        try:
            people = await store.load_register()
        finally:
            await store.close()
        if people is not None:
            return people
    section = settings.register
    if section.source is None:
        return People()
    today = datetime.now().astimezone().date()
    return read_register(section.source, settings, today=today).people


class Gateway:
    """The running gateway: every part, built once and wired together."""

    def __init__(self, rules: Rules, store: Store) -> None:
        self.rules = rules
        self.store = store
        self.addresses: tuple[HostPort, ...] = ()
        self.web = HostPort("")  # where the console listens

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
    async def running(cls, settings: Settings, *, first: bool = True) -> "AsyncIterator[Gateway]":
        """
        Start every part in order; on leaving, stop them in the opposite one.

        Of several processes the *first* alone runs the console and what works in
        the background; the others take mail.

        Raises:
            SettingsProblem, RegisterProblem, StoreUnusable: nothing is served then.
        """
        rules = build_rules(settings)
        async with AsyncExitStack() as stack:
            store = await Store.open(
                settings.store,
                settings.base,
                review=settings.review,
                web=settings.web,
                retention=settings.retention,
            )
            stack.push_async_callback(store.close)
            people = await load_initial(store, settings)
            holder = RegisterHolder(store, settings.agency, people)
            holder.start()
            stack.push_async_callback(holder.stop)
            gateway = cls(rules, store)
            documents = Documents()
            stack.callback(documents.close)
            lookups = Lookups(documents, MailDomains())
            relay = RelayClient(settings)
            stack.push_async_callback(relay.close)
            bound = None
            if first:
                bound, settings = _bound(settings)
                stack.callback(bound.close)
            mails = Mails(settings, store.core.vault.blind)
            repairs = Repairs(
                agency=settings.agency,
                rules=lambda: gateway.rules,
                register=lambda: holder.register,
                lookups=lookups,
                kept=store.quarantine,
                steps=store.waiting,
                proposals=store.exemptions,
                notices=mails,
            )
            pipeline = Pipeline(
                rules=lambda: gateway.rules,
                register=lambda: holder.register,
                lookups=lookups,
                relay=OrQueue(relay, store) if settings.relay.on_relay_down == "queue" else relay,
                store=store,
                notices=mails,
            )
            stop = asyncio.Event()
            work = {"exemptions": store.exemptions.watch(stop, gateway.exempt)}
            if first:
                work["outbox"] = store.courier(relay, mails, settings.outbox).run(stop)
                work["expiry"] = repairs.run(stop)
                work["retention"] = store.retention.run(stop)
                work["leavers"] = Leavers(store, settings).run(stop)
            if first and settings.register.watch:
                work["drop folder"] = DropFolder(settings.register.watch, store, settings).run(stop)
            tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
            stack.push_async_callback(_ended, tasks, stop)
            if bound is not None:
                parts = Parts(
                    settings=settings,
                    store=store,
                    sessions=store.sessions,
                    notices=mails,
                    documents=documents,
                    register=lambda: holder.register,
                    policy=lambda: gateway.rules.policy,
                    corrections=repairs,
                )
                pages = remedy_pages(repairs, settings, store.core.vault.blind)
                gateway.web = await stack.enter_async_context(serving(parts, bound, pages))
            passwords = (
                LdapAccounts(settings.ldap)
                if settings.smtp.auth == "ldap" and settings.ldap
                else store.accounts
            )
            accounts = Current(passwords, lambda: holder.register)
            answers = Answers(
                agency=settings.agency,
                address=mails.sender.address,
                links=Links(settings.web.base_url, store.core.vault.blind),
                repairs=repairs,
                notices=mails,
                outbox=store,
                otherwise=pipeline.handle,
            )
            server = SmtpServer(settings, answers.handle, accounts, relay, answers.is_ours)
            gateway.addresses = await server.start()
            stack.push_async_callback(server.stop, _GRACE)
            yield gateway


def _bound(settings: Settings) -> tuple[socket.socket, Settings]:
    try:
        return bind(settings)
    except OSError as problem:
        what = problem.strerror or type(problem).__name__
        raise SettingsProblem("web", "web.listen", what, "an address that is free") from None


async def _ended(tasks: "list[asyncio.Task[None]]", stop: asyncio.Event) -> None:
    stop.set()
    await asyncio.gather(*tasks)
