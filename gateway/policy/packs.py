"""
Policy packs: a TOML file that says which rules run and how strict they are.

A pack has a table ``[pack]`` (name, version, sources) and one
``[rules.<id>]`` each: action, stage, clauses, and the rule's own settings. The
configuration's ``[policy.rules.<id>]`` override it key by key.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import msgspec

from gateway.misfit import in_words, shown
from gateway.policy.chain import Chain, Step
from gateway.policy.filter import Filter
from gateway.policy.verdict import ActionName, KindPolicy, Policy, RulePolicy, Stage

_POLICY_KEYS = frozenset(RulePolicy.__struct_fields__)


class _Head(msgspec.Struct, frozen=True):
    """What else a pack says of itself (version, sources, …) is for those who read it."""

    name: Any = "policy"


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pack: _Head = _Head()
    rules: dict[str, Any] = {}


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
    whole = _convert(pack, _Pack, "")
    tables = {rule: _table(table, f"rules.{rule}") for rule, table in whole.rules.items()}
    for rule, table in overrides.items():
        tables.setdefault(rule, {}).update(table)
    if not tables:  # which would let everything pass
        raise PackProblem("rules", "none", "a table [rules.<id>] for each rule that is to run")
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
        place = f"policy.rules.{rule}"
        strictness = _convert(policy, RulePolicy, place)
        _check_kinds(strictness, filters[rule])
        rules[rule] = _no_stricter(strictness, overrides.get(rule, {}))
        steps.append(Step(filters[rule], _convert(own, filters[rule].settings, place, _POLICY_KEYS)))
    digest = hashlib.sha256(msgspec.json.encode(tables, order="sorted")).hexdigest()[:16]
    return Policy(str(whole.pack.name), digest, rules), Chain(tuple(steps))


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


def _check_kinds(rule: RulePolicy, known: Filter[Any]) -> None:
    """
    A kind that no finding is of would be passed over in silence.

    Raises:
        PackProblem: one of the kinds is none of the filter's, as far as that says which it has.
    """
    if known.kinds is None:
        return
    for kind in rule.kinds:
        if kind not in known.kinds:
            listed = ", ".join(sorted(known.kinds))
            expected = f"one of {listed}" if listed else "none: this rule's findings are of no kind"
            raise PackProblem(f"policy.rules.{known.rule}.kinds.{kind}", "an unknown kind", expected)


def _table(found: Any, place: str) -> dict[str, Any]:
    if not isinstance(found, Mapping):
        raise PackProblem(place, repr(found)[:80], "a table")
    return dict(found)


def _convert(table: Mapping[str, Any], into: type[Any], place: str, besides: Iterable[str] = ()) -> Any:
    """*place* is the table's dotted key; *besides* are keys that it may have but were taken out."""
    try:
        return msgspec.convert(dict(table), into)
    except msgspec.ValidationError as problem:
        text, _, where = str(problem).replace("`key` in `$", "`$").partition(" - at `$")
        where = where.rstrip("`")
        key = f"{place}{where}".lstrip(".")
        unknown = text.partition("unknown field ")[2].strip("`")
        if unknown:
            known = sorted({*besides, *into.__struct_fields__}) if not where else _known(into, where)
            listed = f"one of {', '.join(known)}"
            raise PackProblem(f"{key}.{unknown}".lstrip("."), "an unknown key", listed) from None
        missing = text.partition("missing required field ")[2].strip("`")
        if missing:
            raise PackProblem(f"{key}.{missing}", "nothing", "this key: it is required") from None
        if text.startswith("Invalid enum value"):
            names = ", ".join(_choices(into, where))
            raise PackProblem(key, text.removeprefix("Invalid enum value "), f"one of {names}") from None
        expected, _, found = text.partition(", got ")
        raise PackProblem(
            key, in_words(found) or shown(table, where), in_words(expected.removeprefix("Expected "))
        ) from None


def _known(into: type[Any], where: str) -> list[str]:
    """The keys of a table within a table, such as a clause or a kind."""
    inner = _inmost(into, where)
    return sorted(getattr(inner, "__struct_fields__", ()))


def _choices(into: type[Any], where: str) -> tuple[str, ...]:
    """What may stand at a place that takes one of several words."""
    name = where.rpartition(".")[2].partition("[")[0]
    if name in KindPolicy.__struct_fields__:
        return get_args(Stage if name == "stage" else ActionName)
    return get_args(_inmost(into, where))


def _inmost(into: type[Any], where: str) -> Any:
    """The type of what stands in a field, of each of them where it is a list or a table of such."""
    name = where.lstrip(".").partition("[")[0].partition(".")[0]
    kind: Any = next(each.type for each in msgspec.structs.fields(into) if each.name == name)
    while (inner := get_args(kind)) and not isinstance(inner[0], str):
        kind = inner[1] if len(inner) == 2 and inner[0] is str else inner[0]
    return kind
