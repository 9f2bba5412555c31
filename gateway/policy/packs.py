"""
Policy packs: a TOML file that says which rules run and how strict they are.

A pack has a table ``[pack]`` (name, version, sources) and one
``[rules.<id>]`` each: action, stage, clauses, and the rule's own settings. The
configuration's ``[policy.rules.<id>]`` override it key by key.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from gateway.policy.chain import Chain, Step
from gateway.policy.filter import Filter
from gateway.policy.verdict import ActionName, Policy, RulePolicy, Stage

_POLICY_KEYS = frozenset(RulePolicy.__struct_fields__)


class PackProblem(Exception):
    """
    The pack or its overrides cannot be used.

    *key* is the dotted key, *found* what stands there, *expected* what should.
    """

    def __init__(self, key: str, found: str, expected: str) -> None:
        super().__init__(f"{key}: found {found}, expected {expected}")
        self.key = key
        self.found = found
        self.expected = expected


def build_policy(
    pack: Mapping[str, Any],
    overrides: Mapping[str, Mapping[str, Any]],
    filters: Mapping[str, Filter[Any]],
) -> tuple[Policy, Chain]:
    """
    Put pack and overrides together into the policy and the chain of its rules.

    Raises:
        PackProblem: an unknown rule or key, or a bad value.
    """
    tables = {rule: dict(table) for rule, table in pack.get("rules", {}).items()}
    for rule, table in overrides.items():
        tables.setdefault(rule, {}).update(table)
    rules: dict[str, RulePolicy] = {}
    steps: list[Step] = []
    for rule in sorted(tables):
        table = tables[rule]
        if rule not in filters:
            raise PackProblem(
                f"policy.rules.{rule}", "a rule that is not installed", f"one of {', '.join(filters)}"
            )
        if "action" not in table:
            raise PackProblem(
                f"policy.rules.{rule}.action",
                "nothing",
                "deliver, fix, encrypt, quarantine or reject",
            )
        policy = {key: value for key, value in table.items() if key in _POLICY_KEYS}
        own = {key: value for key, value in table.items() if key not in _POLICY_KEYS}
        rules[rule] = _no_stricter(_convert(policy, RulePolicy, rule), overrides.get(rule, {}))
        steps.append(Step(filters[rule], _convert(own, filters[rule].settings, rule)))
    digest = hashlib.sha256(msgspec.json.encode(tables, order="sorted")).hexdigest()[:16]
    name = str(pack.get("pack", {}).get("name", "policy"))
    return Policy(name, digest, rules), Chain(tuple(steps))


def _no_stricter(rule: RulePolicy, own: Mapping[str, Any]) -> RulePolicy:
    """
    Whoever makes a rule milder means all of it: the pack's kinds and doubtful findings too.

    What the agency itself says of those (*own*, its overrides of this rule) stands.
    """
    if "action" not in own:
        return rule
    order = get_args(ActionName)

    def milder(name: ActionName | None) -> ActionName | None:
        return min(name, rule.action, key=order.index) if name else None

    kinds = {
        kind: msgspec.structs.replace(each, action=milder(each.action)) for kind, each in rule.kinds.items()
    }
    return msgspec.structs.replace(
        rule,
        kinds=rule.kinds if "kinds" in own else kinds,
        low_confidence=rule.low_confidence if "low_confidence" in own else milder(rule.low_confidence),
    )


def _convert(table: dict[str, Any], into: type[Any], rule: str) -> Any:
    try:
        return msgspec.convert(table, into)
    except msgspec.ValidationError as problem:
        text, _, where = str(problem).partition(" - at `$")
        key = f"policy.rules.{rule}{where.rstrip('`')}"
        unknown = text.partition("unknown field ")[2].strip("`")
        if unknown:
            known = sorted({*_POLICY_KEYS, *into.__struct_fields__})
            raise PackProblem(f"{key}.{unknown}", "an unknown key", f"one of {', '.join(known)}") from None
        if text.startswith("Invalid enum value"):
            names = get_args(Stage if key.endswith(".stage") else ActionName)
            raise PackProblem(
                key, text.removeprefix("Invalid enum value "), f"one of {', '.join(names)}"
            ) from None
        expected, _, found = text.partition(", got ")
        raise PackProblem(
            key, _in_words(found) or "a bad value", _in_words(expected.removeprefix("Expected "))
        ) from None


_WORDS = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`str`": "text in quotes",
    "`bool`": "true or false",
    "`array`": "a list in brackets",
    "`object`": "a table",
    "`null`": "nothing",
}


def _in_words(kind: str) -> str:
    """Msgspec's name of a kind of value, for whoever has never seen a type."""
    return " or ".join(
        _WORDS.get(each, _WORDS.get(f"`{each}`", each)) for each in kind.strip("`").split(" | ")
    )
