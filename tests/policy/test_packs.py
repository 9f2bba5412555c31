"""Every pack that comes with the product can be served, and cites a clause for each rule."""

import msgspec
import pytest

from gateway.compose import build_rules
from gateway.policy.chain import installed
from gateway.policy.verdict import RulePolicy
from gateway.register.register import Agency
from gateway.sections import PolicySource, Settings
from gateway.settings import config_folder

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


def test_every_installed_rule_is_in_a_pack():
    named = {
        rule
        for name in PACKS
        for rule in build_rules(Settings(agency=Agency(), policy=PolicySource(pack=name))).policy.rules
    }
    assert set(installed()) <= named
