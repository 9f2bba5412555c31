"""Findings to verdict: how strict to be, as the policy says, rule by rule."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Literal

import msgspec

from gateway.policy.finding import Finding


class Action(IntEnum):
    """What happens to a message, in rising strictness."""

    DELIVER = 0
    FIX = 1
    ENCRYPT = 2
    QUARANTINE = 3
    REJECT = 4

    @property
    def word(self) -> str:
        """As configuration and reports write it."""
        return self.name.lower()


ActionName = Literal["deliver", "fix", "encrypt", "quarantine", "reject"]
Stage = Literal["observe", "advise", "enforce"]


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clause of a policy that a rule enforces: its number and its words."""

    number: str
    text: str
    source: str = ""


class KindPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one kind of a rule's findings is treated, where it differs from the rule."""

    action: ActionName | None = None
    stage: Stage | None = None


class RulePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    How strict to be about one rule.

    *low_confidence* is the action for findings that are not sure; *kinds* sets
    variants apart by the finding's kind.
    """

    action: ActionName
    stage: Stage = "enforce"
    low_confidence: ActionName | None = None
    kinds: dict[str, KindPolicy] = {}
    clauses: tuple[Clause, ...] = ()


class Judged(msgspec.Struct, frozen=True):
    """A finding, with what the policy makes of it."""

    finding: Finding
    action: Action
    stage: Stage
    clauses: tuple[Clause, ...]


class Verdict(msgspec.Struct, frozen=True):
    """
    What happens to the message, and why.

    *judged* holds every finding, the strictest first; those that are only
    observed or advised do not weigh in *action*.
    """

    action: Action
    judged: tuple[Judged, ...]
    policy_version: str = ""
    register_version: str = ""

    @property
    def decisive(self) -> tuple[Judged, ...]:
        """The findings that ask for something to be done."""
        return tuple(each for each in self.judged if each.stage == "enforce" and each.action > Action.DELIVER)

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules behind the verdict, each once, the strictest first."""
        return tuple(dict.fromkeys(each.finding.rule for each in self.decisive))

    @property
    def advice(self) -> tuple[Judged, ...]:
        """The findings that the tutor is told of without anything being stopped."""
        return tuple(each for each in self.judged if each.stage == "advise")


class Policy(msgspec.Struct, frozen=True):
    """The policy in force: its name, its version, and how strict it is rule by rule."""

    name: str
    version: str
    rules: dict[str, RulePolicy]

    def judge(self, finding: Finding) -> Judged:
        """
        Weigh one finding.

        Raises:
            KeyError: the policy says nothing of that rule (the chain does not
                run such rules).
        """
        rule = self.rules[finding.rule]
        name, stage = rule.action, rule.stage
        if finding.confidence == "low" and rule.low_confidence:
            name = rule.low_confidence
        kind = rule.kinds.get(finding.kind)
        if kind:
            name = kind.action or name
            stage = kind.stage or stage
        action = Action[name.upper()]
        if action in (Action.FIX, Action.ENCRYPT) and finding.remedy is None:
            action = Action.QUARANTINE  # nothing to apply: a person decides
        return Judged(finding, action, stage, rule.clauses)

    def decide(self, findings: Iterable[Finding], register_version: str = "") -> Verdict:
        """The verdict: the strictest action of all enforced findings."""
        judged = sorted(
            map(self.judge, findings),
            key=lambda each: (each.stage != "enforce", -each.action, each.finding.rule),
        )
        action = max((each.action for each in judged if each.stage == "enforce"), default=Action.DELIVER)
        return Verdict(action, tuple(judged), self.version, register_version)
