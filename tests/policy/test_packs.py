"""Every pack that comes with the product can be served, and cites a clause for each rule."""

import ast
import inspect
from datetime import date
from importlib import import_module
from typing import get_args, get_type_hints

import msgspec
import pytest

from gateway.compose import build_rules
from gateway.policy.chain import installed
from gateway.policy.packs import PackProblem, build_policy
from gateway.policy.verdict import RulePolicy
from gateway.register.register import Agency
from gateway.sections import PolicySource, Settings
from gateway.settings import SettingsProblem, config_folder

PACKS = sorted(file.stem for file in (config_folder() / "policies").glob("*.toml"))


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_builds_its_chain_and_cites_its_clauses(name):
    settings = Settings(agency=Agency(domains=("a.example",)), policy=PolicySource(pack=name))
    rules = build_rules(settings)
    assert rules.policy.name == name
    assert {step.filter.rule for step in rules.chain.steps} == set(rules.policy.rules)
    assert all(
        rule.clauses and all(clause.source for clause in rule.clauses) for rule in rules.policy.rules.values()
    )


def test_there_is_a_pack_for_each_of_the_five_policies():
    assert PACKS == [
        "home-tutoring",
        "schools-partnership",
        "special-school",
        "staffing-agency",
        "tutor-platform",
    ]


@pytest.mark.parametrize("name", PACKS)
def test_the_four_rules_of_the_core_are_in_every_pack(name):
    rules = build_rules(Settings(agency=Agency(), policy=PolicySource(pack=name))).policy.rules
    assert {
        "subject_name",
        "parent_missing",
        "bulk_disclosure",
        "unprotected_attachment",
        "uninspectable",
    } <= set(rules)


def test_an_override_changes_one_key_and_leaves_the_others():
    source = PolicySource(pack="home-tutoring", rules={"bulk_disclosure": {"threshold": 9}})
    rules = build_rules(Settings(agency=Agency(), policy=source))
    step = next(each for each in rules.chain.steps if each.filter.rule == "bulk_disclosure")
    assert msgspec.to_builtins(step.settings)["threshold"] == 9
    assert rules.policy.rules["bulk_disclosure"].action == "reject"


def _of(rule: str, **own: object) -> RulePolicy:
    source = PolicySource(pack="home-tutoring", rules={rule: own})
    return build_rules(Settings(agency=Agency(), policy=source)).policy.rules[rule]


def test_a_rule_that_the_agency_makes_milder_is_milder_in_all_its_kinds():
    assert _of("recipient_doubt").kinds["no_mail"].action == "reject"
    assert _of("recipient_doubt", action="deliver").kinds["no_mail"].action == "deliver"
    assert _of("subject_name", action="deliver").kinds["from_outside"].action == "deliver"


def test_a_rule_that_the_agency_makes_stricter_keeps_its_milder_kinds():
    assert _of("subject_name", action="quarantine").kinds["from_outside"].action == "fix"


def test_what_the_agency_says_of_a_kind_stands():
    own = _of("recipient_doubt", action="deliver", kinds={"no_mail": {"action": "reject"}})
    assert own.kinds["no_mail"].action == "reject"


@pytest.mark.parametrize(
    ("rule", "own", "key", "found", "expected"),
    [
        ("recipient_doubt", {"kinds": {"no_mial": {}}}, "kinds.no_mial", "an unknown kind", "one of first_time"),
        ("sensitive_body", {"action": "reject", "kinds": {"x": {}}}, "kinds.x", "an unknown kind", "none"),
        ("recipient_doubt", {"kinds": {"no_mail": {"acton": "fix"}}}, "kinds[...].acton", "an unknown key", "one of action, stage"),
        ("subject_name", {"kinds": {"from_outside": {"action": "mend"}}}, "kinds[...].action", "'mend'", "one of deliver, fix"),
        ("subject_name", {"stage": "enforced"}, "stage", "'enforced'", "one of observe, advise, enforce"),
        ("subject_name", {"low_confidence": "hold"}, "low_confidence", "'hold'", "one of deliver, fix"),
        ("subject_name", {"places": ["keyword"]}, "places[0]", "'keyword'", "one of thread_topic, keywords"),
        ("subject_name", {"allow": [""]}, "allow[0]", "''", "a word"),
        ("subject_name", {"own_name": "no"}, "own_name", "text in quotes", "true or false"),
        ("bulk_disclosure", {"threshold": -1}, "threshold", "-1", "a whole number, at least 0"),
        ("bulk_disclosure", {"lists": {"class of 7b": []}}, "lists", "{'class of 7b': []}", "an address"),
        ("parent_missing", {"lists": {"all@agency.example": ["ana"]}}, "lists[...][0]", "a bad value", "an address"),
        ("sensitive_bulk", {"recipients": -2}, "recipients", "-2", "a whole number, at least 0"),
        ("unprotected_attachment", {"threshold": "higher"}, "threshold", "'higher'", "one of low, medium, high"),
        ("sensitive_subject", {"more": ["*"]}, "more[0]", "'*'", "a word"),
        ("recipient_doubt", {"doubts": ["other"]}, "doubts[0]", "'other'", "one of no_mail, "),
        ("password_included", {"clauses": [{"number": "1"}]}, "clauses[0].text", "nothing", "this key"),
    ],
)  # fmt: skip
def test_what_a_rule_cannot_be_told_is_refused_in_one_sentence(rule, own, key, found, expected):
    with pytest.raises(SettingsProblem) as problem:
        _of(rule, **own)
    line = str(problem.value)
    assert line.startswith(f"policy home-tutoring: policy.rules.{rule}.{key}"), line
    assert f": found {found}, expected {expected}" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("pack", "says"),
    [
        ({"rule": {"subject_name": {"action": "reject"}}}, "rule: found an unknown key, expected one of pack, rules"),
        ({"rules": {"subject_name": 1}}, "rules.subject_name: found 1, expected a table"),
        ({"rules": ["subject_name"]}, "rules: found a list in brackets, expected a table"),
        ({"pack": {"name": "mine"}}, "rules: found none, expected a table"),
    ],
)  # fmt: skip
def test_a_pack_that_would_run_no_rule_is_refused(pack, says):
    with pytest.raises(PackProblem) as problem:
        build_policy(pack, {}, installed())
    assert str(problem.value).startswith(says)


@pytest.mark.parametrize(
    "head",
    [
        {"version": 1},
        {"version": 2026.1},
        {"version": date(2026, 11, 21)},
        {"description": "ours", "owner": {"name": "Office"}},
    ],
)
def test_the_head_of_a_pack_may_say_what_it_likes(head):
    rules = {"subject_name": {"action": "reject"}}
    policy, _ = build_policy({"pack": {"name": "mine", **head}, "rules": rules}, {}, installed())
    assert policy.name == "mine"


@pytest.mark.parametrize("rule", sorted(installed()))
def test_a_rule_declares_every_kind_that_it_writes_down(rule):
    module = import_module(f"filters.{rule}")
    written = set()
    for function in ast.parse(inspect.getsource(module)).body:
        for word in ast.walk(function):
            if isinstance(word, ast.keyword) and word.arg == "kind":
                written |= _values(word.value, getattr(module, getattr(function, "name", ""), None))
    assert written - {""} <= installed()[rule].kinds


def _values(node: ast.expr, function: object) -> set[str]:
    """What an argument can be: itself, or all that the type of the function's own argument allows."""
    if isinstance(node, ast.Constant):
        return {node.value}
    assert isinstance(node, ast.Name), ast.unparse(node)
    found = _literals(get_type_hints(function)[node.id])
    assert found, f"{node.id} has to be of a Literal type"
    return found


def _literals(kind: object) -> set[str]:
    return {
        text for each in get_args(kind) for text in ({each} if isinstance(each, str) else _literals(each))
    }


def test_every_installed_rule_is_in_a_pack():
    named = {
        rule
        for name in PACKS
        for rule in build_rules(Settings(agency=Agency(), policy=PolicySource(pack=name))).policy.rules
    }
    assert set(installed()) <= named
