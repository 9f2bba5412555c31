"""The rules that run: found through entry points, settled by the policy, run one by one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from gateway.mail.lazy import lazy
from gateway.mail.message import Message
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Finding
from gateway.register.register import Register

GROUP = "chaperone.filters"


class FilterFault(Exception):
    """A rule raised or is not what it says. *rule* is its id; the cause is chained."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"the rule {rule} {what}")
        self.rule = rule


@dataclass(frozen=True)
class Step:
    """One rule with the settings it runs under."""

    filter: Filter[Any]
    settings: RuleSettings


@dataclass(frozen=True)
class Chain:
    """All rules of the policy, in the order of their ids. Order does not matter to any of them."""

    steps: tuple[Step, ...]

    @lazy
    def needs(self) -> frozenset[str]:
        """The facts that have to be looked up before the rules run."""
        return frozenset().union(*(step.filter.needs for step in self.steps))

    def inspect(self, message: Message, register: Register) -> list[Finding]:
        """
        Everything that any rule finds.

        Raises:
            FilterFault: a rule raised; nothing may be concluded from the others.
        """
        findings: list[Finding] = []
        for step in self.steps:
            try:
                findings.extend(step.filter.inspect(message, register, step.settings))
            except Exception as fault:
                raise FilterFault(step.filter.rule, "failed") from fault
        return findings


def installed(entries: Iterable[EntryPoint] | None = None) -> Mapping[str, Filter[Any]]:
    """
    Every rule that is installed, by its id; a third party's too.

    Raises:
        FilterFault: one cannot be imported, is no Filter, or has another id
            than its entry point.
    """
    found: dict[str, Filter[Any]] = {}
    for entry in entries if entries is not None else entry_points(group=GROUP):
        try:
            loaded = entry.load()
        except Exception as fault:
            raise FilterFault(entry.name, f"cannot be imported from {entry.value}") from fault
        if not isinstance(loaded, Filter) or loaded.rule != entry.name:
            raise FilterFault(entry.name, f"is not a Filter of that id at {entry.value}")
        found[entry.name] = loaded
    return dict(sorted(found.items()))
