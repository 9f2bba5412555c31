"""Whatever plan is offered, its result passes the rules, and applying it again changes nothing."""

import asyncio
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.compose import Lookups, build_rules
from gateway.judge import Rules, repair
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.policy.verdict import Action, Verdict
from gateway.register.native import read_native
from gateway.register.register import Register
from gateway.remedy.apply import Repaired, apply
from gateway.remedy.outgoing import Outgoing
from gateway.settings import config_folder, read_toml, settings_from

NOW = datetime(2026, 10, 12, 16, 20, tzinfo=ZoneInfo("Europe/London"))
TUTOR = "tom.reed@larkfield-tutors.example"


@cache
def parts() -> tuple[Rules, Register]:
    file = config_folder() / "demo" / "chaperone.toml"
    made = settings_from(read_toml(file), file)
    people = config_folder() / "demo" / "register.json"
    return build_rules(made), Register(read_native(people.read_bytes(), str(people)).people, made.agency)


def judged(raw: bytes, to: tuple[Recipient, ...]) -> tuple[Message, Verdict]:
    rules, register = parts()
    message = Message.parse(raw, Envelope(mail_from=TUTOR, recipients=to, received_at=NOW))
    return message, rules.policy.decide(rules.chain.inspect(message, register))


def addresses() -> list[str]:
    people = parts()[1].people
    known = [each for person in (*people.pupils, *people.carers, *people.staff) for each in person.emails]
    return [*known, "ben@elsewhere.example", "office@hill-school.example", "Añá <aña@elsewhere.example>"]


def names() -> list[str]:
    return [f"{each.given_name} {each.family_name}" for each in parts()[1].people.pupils]


SEPARATORS = st.sampled_from([", ", ",", ",\r\n ", " ,\r\n\t"])


@st.composite
def drafts(draw: st.DrawFn, at_least: int = 1) -> tuple[bytes, tuple[Recipient, ...]]:
    chosen = draw(st.lists(st.sampled_from(addresses()), min_size=at_least, max_size=14, unique=True))
    where = [draw(st.sampled_from(["To", "Cc", "Bcc"])) for _ in chosen]
    words = draw(
        st.lists(
            st.sampled_from([*names(), "Thursday", "Re:", "örtlich", "=?utf-8?q?Zo=C3=AB?=", "x" * 90]),
            max_size=5,
        )
    )
    head = [f"From: Tom Reed <{TUTOR}>"]
    for name in ("To", "Cc", "Bcc"):
        inside = [address for address, place in zip(chosen, where, strict=True) if place == name]
        if inside and (name != "Bcc" or draw(st.booleans())):
            head.append(f"{name}: {draw(SEPARATORS).join(inside)}")
    head.append(f"Subject: {' '.join(words)}")
    head += draw(
        st.permutations(
            ["Message-ID: <1@a.example>", "References: <0@b.example>", f"Thread-Topic: {' '.join(words)}"]
        )
    )
    recipients = tuple(Recipient(each.rpartition("<")[2].rstrip(">"), ("NOTIFY=FAILURE",)) for each in chosen)
    return ("\r\n".join(head) + "\r\n\r\nHello.\r\n").encode(), recipients


def known(outgoing: Outgoing) -> tuple[bytes, tuple[str, ...]]:
    return outgoing.raw, tuple(each.address for each in outgoing.recipients)


def offered(message: Message, verdict: Verdict) -> Repaired | None:
    """What a tutor would be offered: worked out as the gateway does it."""
    rules, register = parts()
    lookups = Lookups(documents=None)  # nothing here has an attachment
    return asyncio.run(repair(message, verdict, rules, register, lookups, agreed=True))


SLOW = [HealthCheck.filter_too_much, HealthCheck.too_slow]


@settings(max_examples=150, suppress_health_check=SLOW)
@given(drafts())
def test_a_plan_satisfies_the_rules_and_a_second_application_changes_nothing(draft):
    message, verdict = judged(*draft)
    assume(verdict.decisive and all(each.finding.remedy for each in verdict.decisive))
    repaired = offered(message, verdict)
    assert repaired is not None, "every finding has a remedy, and yet there is no plan"
    reached = {recipient.address for each in repaired.outgoing for recipient in each.recipients}
    assert {each.address for each in message.envelope.recipients} <= reached, "somebody was left out"
    for outgoing in repaired.outgoing:
        again, verdict = judged(outgoing.raw, outgoing.recipients)
        assert verdict.action is Action.DELIVER, verdict.rules
        assert b"bcc:" not in outgoing.raw.lower().split(b"\r\n\r\n")[0]
        assert outgoing.raw.endswith(b"\r\n\r\nHello.\r\n")
        assert list(map(known, apply(again, repaired.plan).outgoing)) == [known(outgoing)]
        assert list(map(known, apply(again, ()).outgoing)) == [known(outgoing)]


@settings(max_examples=60, suppress_health_check=SLOW)
@given(drafts(at_least=8))
def test_no_copy_shows_another_family(draft):
    """Addresses that the tutor put into one message stay with their own household once copies are separate."""
    message, verdict = judged(*draft)
    assume(any(each.finding.rule == "bulk_disclosure" for each in verdict.decisive))
    repaired = offered(message, verdict)
    assume(repaired)
    register = parts()[1]
    for outgoing in repaired.outgoing:
        if all(register.is_inside(each.address) for each in outgoing.recipients):
            continue
        shown = Message.parse(outgoing.raw, message.envelope).visible
        homes = {
            match.person.household
            for box in shown
            for match in register.whose(box.address)
            if getattr(match.person, "household", "")
        }
        assert len(homes) <= 1
