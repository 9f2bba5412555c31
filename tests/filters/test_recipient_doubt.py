"""Doubts about who a message goes to."""

import pytest

from filters.recipient_doubt import FILTER
from gateway.mail.facts import Facts

from .agency import findings, message


def doubts(to, **more):
    return [(each.kind, each.evidence[0].quote) for each in findings(FILTER, message(to=to, **more))]


@pytest.mark.parametrize("state", ["no_such_domain", "null_mx", "no_mail_host"])
def test_a_domain_that_takes_no_mail(state):
    facts = Facts(domains={"nowhere.shop": state})
    assert doubts("a@nowhere.shop", facts=facts) == [("no_mail", "a@nowhere.shop")]


@pytest.mark.parametrize("state", ["takes_mail", "unknown"])
def test_a_domain_that_takes_mail_or_may_do_so(state):
    assert doubts("a@nowhere.shop", facts=Facts(domains={"nowhere.shop": state})) == []


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("someone@gmial.com", "someone@gmail.com"),
        ("someone@gmail.co", "someone@gmail.com"),
        ("someone@hotmial.co.uk", "someone@hotmail.co.uk"),
        ("someone@outlok.com", "someone@outlook.com"),
        ("office@beckfoot.sch.exmaple", "office@beckfoot.sch.example"),
        ("office@beckf00t.sch.example", ""),  # two slips
        ("someone@gmаil.com", "someone@gmail.com"),  # a Cyrillic a
    ],
)
def test_a_domain_one_slip_away_from_a_known_one(address, meant):
    found = findings(FILTER, message(to=address))
    if not meant:
        assert found == []
        return
    (finding,) = found
    assert finding.kind == "lookalike_domain"
    assert f"Did you mean {meant}?" in finding.suggestion


@pytest.mark.parametrize(
    "address",
    ["a.person@mail.com", "b@yahoo.fr", "c@me.com", "d@elsewhere.example", "e@mail.beckfoot.sch.example"],
)
def test_domains_that_are_known_or_far_off_raise_no_doubt(address):
    assert doubts(address) == []


def test_an_address_one_slip_away_from_a_registered_one():
    (finding,) = findings(FILTER, message(to="caoimhe-mumm@homepost.example"))
    assert finding.kind == "lookalike_address"
    assert "Did you mean caoimhe-mum@homepost.example?" in finding.suggestion


@pytest.mark.parametrize(
    "address",
    [
        "caoimhe-mum@homepost.example",  # itself
        "CAOIMHE-MUM+x@homepost.example",  # itself
        "k.knight@beckfoot.sch.example",  # another initial, another person
        "someone.else@homepost.example",
    ],
)
def test_registered_and_different_addresses_raise_no_doubt(address):
    assert doubts(address) == []


def test_an_address_that_was_written_to_before_raises_no_doubt():
    facts = Facts(known_recipients=frozenset({"caoimhe-mumm@homepost.example"}))
    assert doubts("caoimhe-mumm@homepost.example", facts=facts) == []


def test_somebody_of_another_family_in_a_message_about_one_pupil():
    to = "angharad-mum@homepost.example, rhodri-mum@homepost.example"
    assert doubts(to, body="Angharad did well in her mock.") == [
        ("other_family", "rhodri-mum@homepost.example")
    ]
    assert doubts(to, body="Both did well.") == []
    assert doubts(to, body="Angharad and Rhodri did well.") == []


def test_siblings_are_one_family():
    to = "marcus@pupilpost.example, imogen@pupilpost.example, tindall-mum@homepost.example"
    assert doubts(to, body="Marcus did well.") == []


def test_a_namesake_of_another_family():
    (finding,) = findings(FILTER, message(to="gill-mum@homepost.example", body="Jaspreet Sandhu did well."))[
        :1
    ] or [None]
    assert finding is None or finding.kind in ("namesake", "other_family")


def test_a_name_and_an_address_of_two_people():
    found = doubts("Oisín O'Shea <rhodri-mum@homepost.example>", rcpt=["rhodri-mum@homepost.example"])
    assert found == [("namesake", "rhodri-mum@homepost.example")]
    assert doubts("Carys ap Hywel <rhodri-mum@homepost.example>", rcpt=["rhodri-mum@homepost.example"]) == []
    # a mother's mailbox under the child's name is usual
    assert doubts("Rhodri ap Hywel <rhodri-mum@homepost.example>", rcpt=["rhodri-mum@homepost.example"]) == []


def test_colleagues_raise_no_doubt():
    assert (
        doubts(
            "clive@lindenmere-tutors.example", facts=Facts(domains={"lindenmere-tutors.example": "null_mx"})
        )
        == []
    )


def test_doubts_can_be_chosen():
    assert findings(FILTER, message(to="a@gmial.com"), doubts=frozenset(["no_mail"])) == []


STRANGER = "d.archer@newclinic.example"
RECORD = (
    "Angharad Pritchard's EHCP review is attached to her file. She was diagnosed with autism and epilepsy, "
    "takes medication for both, and there is a child protection plan."
)


def of_first_time(to: str, body: str, known: frozenset[str] | None) -> list[tuple[str, str]]:
    return doubts(to, body=body, facts=Facts(known_recipients=known))


def test_sensitive_words_to_an_address_that_was_never_written_to():
    assert of_first_time(STRANGER, RECORD, frozenset()) == [("first_time", STRANGER)]


def test_what_is_known_or_registered_or_harmless_raises_no_such_doubt():
    assert of_first_time(STRANGER, RECORD, frozenset({STRANGER})) == []
    assert of_first_time("angharad-mum@homepost.example", RECORD, frozenset()) == []
    assert of_first_time("colleague@lindenmere-tutors.example", RECORD, frozenset()) == []
    assert of_first_time(STRANGER, "Angharad had a headache and left early.", frozenset()) == []
    assert of_first_time(STRANGER, "Please book the hall for the mock exam.", frozenset()) == []


def test_without_a_history_nobody_is_a_stranger():
    assert of_first_time(STRANGER, RECORD, None) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Dear both,\n\nDaisy missed two sessions.\n", True),
        ("Dear both,\n\nDaisy chains are on the plan.\n", False),
    ],
)
def test_a_word_that_is_a_name_counts_in_the_text_where_it_is_used_as_one(body, found):
    to = "daisy-mum@homepost.example, rhodri-mum@homepost.example"
    assert [kind for kind, _ in doubts(to, body=body)] == ["other_family"] * found


def test_a_short_address_of_a_family_is_recognised_with_a_slip():
    assert doubts("rhodri-mun@homepost.example") == [("lookalike_address", "rhodri-mun@homepost.example")]
