"""Bytes to verdict: read the message, look up what the rules need, run them, decide; and put right."""

import asyncio
from dataclasses import dataclass

import msgspec

from gateway.edges import Lookups
from gateway.mail.address import canonical
from gateway.mail.document import Document
from gateway.mail.envelope import Envelope
from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from gateway.mail.mime import Limits
from gateway.mail.public import public
from gateway.policy.chain import Chain
from gateway.policy.exemption import Exemption, exempted
from gateway.policy.finding import CopyCarers, Finding, Protect, Remedy
from gateway.policy.verdict import Action, Policy, Verdict
from gateway.register.register import Register
from gateway.remedy.apply import Repaired, apply
from gateway.remedy.protect import CannotProtect
from gateway.remedy.protection import Protection
from gateway.remedy.share import Locks
from gateway.sensitivity.classify import is_weighed

# A message with this much text, that of its attachments included, is judged on the spot: the rules
# take less time for it than a hop to a thread and back, which fights the event loop for the lock.
_AT_ONCE = 32_768
_PASSED_OVER = 4  # so many times as much may be in files without a sensitive word: rules hardly look at those
_WEIGHED = (
    8  # and so many times less in those with one, whose sentences are gone through for people and words
)
_HEADER_AT_ONCE = 16_384  # octets; rules do more with those
# And so many octets that names are looked for in, letter by letter: some texts take 15 µs for each of theirs.
_NAMES_AT_ONCE = 512
_NAMED_IN = ("subject", "thread-topic", "keywords", "comments")

# Seconds for what is looked up. A client gives up ten minutes after its last octet (RFC 5321, 4.5.3.2.6) and
# sends again; the relay may need most of them. What was read of the attachments until then is remembered.
_LOOKING = 240.0

_ROUNDS = 3  # a remedy's consequences have consequences of their own at most once


@dataclass(frozen=True)
class Rules:
    """What a message is judged by; replaced as a whole when the configuration changes."""

    policy: Policy
    chain: Chain
    limits: Limits = Limits()
    exemptions: tuple[Exemption, ...] = ()


async def judge(
    envelope: Envelope, raw: bytes, rules: Rules, register: Register, lookups: Lookups
) -> tuple[Message | None, Verdict]:
    """
    Judge one message; None in place of a message that cannot be read.

    Raises:
        FilterFault: a rule failed, so nothing is known of the message.
        TimeoutError: so much is attached that it was not read in time.
    """
    try:
        message = Message.parse(raw, envelope, rules.limits)
    except MalformedMessage as malformed:
        finding = Finding(
            rule="uninspectable",
            summary=public("The message cannot be read to its end, so nobody can say what is in it."),
            suggestion=f"Write it anew in your mail program and send it again ({malformed.reason}).",
            kind="message",
        )
        return None, rules.policy.decide([finding], register.version)
    async with asyncio.timeout(_LOOKING):
        facts = await lookups.gather(message, rules.chain.needs)
    message = message.with_facts(facts)
    if _is_short(message):
        findings = rules.chain.inspect(message, register)
    else:
        findings = await asyncio.to_thread(rules.chain.inspect, message, register)
    return message, exempted(rules.policy.decide(findings, register.version), rules.exemptions, envelope)


def _is_short(message: Message) -> bool:
    """Whether the rules take no longer for it than the event loop may stand still."""
    if message.root.body > _HEADER_AT_ONCE:
        return False
    if (len(message.raw) > _AT_ONCE or message.facts.documents) and _text_size(message) > _AT_ONCE:
        return False
    fields = sum(len(field.raw) for name in _NAMED_IN for field in message.headers.all(name))
    return fields + sum(len(name) for part in message.attachments for name in part.names) <= _NAMES_AT_ONCE


def _text_size(message: Message) -> int:
    shown = sum(part.end - part.body for part in message.bodies)
    documents = message.facts.documents.values()
    locked = any(each.protection == "protected" for each in documents)  # its password may be in any of them
    hardly = 1 if locked else 1 / _PASSED_OVER
    return shown + sum(int(_length(each) * (_WEIGHED if is_weighed(each) else hardly)) for each in documents)


def _length(document: Document) -> int:
    return sum(len(passage.text) for passage in document.passages)


async def repair(
    message: Message,
    verdict: Verdict,
    rules: Rules,
    register: Register,
    lookups: Lookups,
    *,
    agreed: bool = False,
) -> Repaired | None:
    """
    Apply the findings' own remedies, and those of what the rules find in the result.

    A remedy may give another rule cause (carers who are copied in are seen by
    others), so the plan grows until nothing is found any more. Unless somebody has
    *agreed* to it, it grows only by what the policy itself would put right. None
    where there is no such plan.

    The rules see the message as one, as if everybody opened its files alike. Parted by who can
    open what, it is still the same message to the same people, and one that is encrypted as a
    whole says nothing to a rule. Where everybody has a key no file is locked just to be judged.
    """
    limit = Action.REJECT if agreed else Action.ENCRYPT
    plan = _remedies(verdict)
    if plan is None or (message.sealed and plan):
        return None
    locks = Locks()
    keys_work = True
    for _ in range(_ROUNDS):
        addresses = _reached(message, plan)
        protection = await _protection(addresses, plan, message, register, lookups)
        sealed = keys_work and all(canonical(each) in protection.keys for each in addresses)
        alike = protection.alike(without_files=sealed)
        repaired = await _applied(message, plan, alike, locks)
        if repaired is None:
            return None
        further: list[Remedy] = []
        for outgoing in repaired.outgoing:
            envelope = msgspec.structs.replace(message.envelope, recipients=outgoing.recipients)
            _, again = await judge(envelope, outgoing.raw, rules, register, lookups)
            more = _remedies(again)
            if more is None or again.action > limit:
                return None
            further += more
        if not further:
            made = repaired if protection == alike else await _applied(message, plan, protection, locks)
            if not sealed or made is None or all(each.way == "key" for each in made.readers):
                return made
            keys_work = False  # somebody gets locked files after all, which nobody has judged yet
        plan += tuple(each for each in dict.fromkeys(further) if each not in plan)
    return None


async def _applied(
    message: Message, plan: tuple[Remedy, ...], protection: Protection, locks: Locks
) -> Repaired | None:
    try:
        return await asyncio.to_thread(apply, message, plan, protection, locks)
    except CannotProtect:
        return None


def _reached(message: Message, plan: tuple[Remedy, ...]) -> tuple[str, ...]:
    """Everybody whom the plan leaves or makes a recipient."""
    joining = (address for each in plan if isinstance(each, CopyCarers) for address in each.add)
    return tuple(dict.fromkeys((*message.envelope.rcpt_to, *joining)))


async def _protection(
    addresses: tuple[str, ...],
    plan: tuple[Remedy, ...],
    message: Message,
    register: Register,
    lookups: Lookups,
) -> Protection:
    """How these recipients can come to open what the plan protects."""
    if not any(isinstance(each, Protect) for each in plan):
        return Protection()
    return await lookups.protection(addresses, register, message.envelope.received_at)


def _remedies(verdict: Verdict) -> tuple[Remedy, ...] | None:
    """The remedies of all that was found; None where something has none."""
    found = tuple(each.finding.remedy for each in verdict.decisive)
    remedies = tuple(each for each in found if each)
    return remedies if len(remedies) == len(found) else None
