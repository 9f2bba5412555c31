"""What an exemption covers: exactly its scope, for exactly its time."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.public import public
from gateway.policy.exemption import Exemption, Scope, exempted
from gateway.policy.finding import Evidence, Finding
from gateway.policy.verdict import Action, Judged, Verdict

NOW = datetime(2026, 10, 12, 16, 0, tzinfo=UTC)
ENVELOPE = Envelope(
    mail_from="tom@agency.example",
    recipients=(Recipient("Office@Hill.example"), Recipient("head@hill.example")),
    received_at=NOW,
    account="tom",
)
NAME = Finding(
    rule="subject_name",
    summary=public("The subject names a pupil."),
    evidence=(Evidence("subject", "Trip to Amelia Road", 8, 19),),
    about=("p1",),
)
PARENT = Finding(rule="parent_missing", summary=public("No parent."), about=("p2",))


def verdict(*findings: Finding) -> Verdict:
    return Verdict(Action.REJECT, tuple(Judged(each, Action.REJECT, "enforce", ()) for each in findings))


def action(scope: Scope, *findings: Finding, expires_in: timedelta = timedelta(days=1)) -> Action:
    exemption = Exemption(id="x", scope=scope, expires_at=NOW + expires_in)
    return exempted(verdict(*findings), [exemption], ENVELOPE).action


@pytest.mark.parametrize(
    "scope",
    [
        Scope(rule="subject_name", quote="amelia  ROAD"),
        Scope(rule="subject_name", tutor="tom"),
        Scope(rule="subject_name", tutor="Tom@Agency.example"),
        Scope(rule="subject_name", about=("p1", "p9")),
        Scope(rule="subject_name", recipients=("head@hill.example", "office@hill.example", "x@y.example")),
        Scope(rule="subject_name", tutor="tom", quote="Amelia Road", about=("p1",)),
    ],
)
def test_what_is_in_scope_is_only_observed(scope: Scope) -> None:
    assert action(scope, NAME) is Action.DELIVER


@pytest.mark.parametrize(
    "scope",
    [
        Scope(rule="subject_name"),  # nothing but a rule covers nothing
        Scope(rule="parent_missing", tutor="tom"),
        Scope(rule="subject_name", tutor="amira"),
        Scope(rule="subject_name", quote="Amelia"),
        Scope(rule="subject_name", about=("p2",)),
        Scope(rule="subject_name", recipients=("office@hill.example",)),
        Scope(rule="subject_name", tutor="tom", quote="Amelia"),
    ],
)
def test_what_is_out_of_scope_is_enforced(scope: Scope) -> None:
    assert action(scope, NAME) is Action.REJECT


def test_other_findings_keep_their_action() -> None:
    assert action(Scope(rule="subject_name", tutor="tom"), NAME, PARENT) is Action.REJECT


def test_it_ends_when_it_expires() -> None:
    assert action(Scope(rule="subject_name", tutor="tom"), NAME, expires_in=timedelta(0)) is Action.REJECT


def test_the_finding_stays_on_record() -> None:
    exemption = Exemption(
        id="x", scope=Scope(rule="subject_name", tutor="tom"), expires_at=NOW + timedelta(1)
    )
    after = exempted(verdict(NAME, PARENT), [exemption], ENVELOPE)
    assert [(each.finding.rule, each.stage) for each in after.judged] == [
        ("parent_missing", "enforce"),
        ("subject_name", "observe"),
    ]
    assert after.rules == ("parent_missing",)


def test_a_finding_without_evidence_is_not_covered_by_a_quote() -> None:
    assert action(Scope(rule="parent_missing", quote="anything"), PARENT) is Action.REJECT
