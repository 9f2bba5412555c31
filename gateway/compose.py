"""
Builds what judging needs from the settings, for every command alike.

Rules come through entry points and are never named here; `running` adds the rest.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

import msgspec

from gateway.documents.documents import Documents
from gateway.intake.importing import read_register
from gateway.judge import Rules
from gateway.mail.facts import DomainState, Facts
from gateway.mail.message import Message
from gateway.policy.chain import FilterFault, installed
from gateway.policy.packs import PackProblem, build_policy
from gateway.protecting import Protecting
from gateway.register.model import People
from gateway.register.register import Register
from gateway.remedy.protection import Protection
from gateway.sections import Settings
from gateway.settings import SettingsProblem, read_pack
from gateway.store.store import Store


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
        self,
        documents: Documents,
        domains: Domains | None = None,
        history: History | None = None,
        protecting: Protecting = Protecting(),
    ) -> None:
        self._documents = documents
        self._protecting = protecting
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

    async def protection(self, addresses: tuple[str, ...], register: Register, at: datetime) -> Protection:
        """How these recipients can come to open what is protected."""
        return await self._protecting.of(addresses, register, at)


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
