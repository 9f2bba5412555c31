"""Sensitive matter is not referred to in a subject."""

import pytest

from filters.sensitive_subject import FILTER

from .agency import findings, message

COLLEAGUE = "clive@lindenmere-tutors.example"
SCHOOL = "m.knight@beckfoot.sch.example"


@pytest.mark.parametrize(
    "subject",
    [
        "Safeguarding referral",
        "EHCP",
        "EHC plan attached",
        "Self-harm",
        "Cause for concern",
        "MASH referral today",
    ],
)
def test_terms_that_are_hardly_ever_written_but_about_somebody(subject):
    assert findings(FILTER, message(subject, COLLEAGUE))


@pytest.mark.parametrize(
    "subject", ["A.P. - safeguarding", "Re: A.P.: diagnosis", "Your daughter's dyslexia", "AP: CAMHS"]
)
def test_terms_beside_a_person(subject):
    assert findings(FILTER, message(subject, SCHOOL))


def test_a_familys_recipient_is_the_person():
    assert findings(FILTER, message("About the diagnosis"))
    assert findings(FILTER, message("About the diagnosis", COLLEAGUE)) == []


@pytest.mark.parametrize(
    "subject",
    [
        "Safeguarding training, Thursday",
        "Safeguarding policy 2026",
        "Mental health awareness week",
        "Essay on the Court of Henry VIII",
        "Lesson notes",
        "A.P. - lesson notes",
        "Sent from home",
        "Will send the invoice tonight",
        "PLEASE SEND THE FORM",
        "Tennis court at four",
        "The Great Depression",
        "Behaviour of gases",
        "Call with the SENCo",
        "Autumn term",
    ],
)
def test_teaching_and_the_agencys_own_matters_are_not_sensitive(subject):
    assert findings(FILTER, message(subject)) == []


def test_the_finding_shows_the_term_to_the_tutor_alone():
    (finding,) = findings(FILTER, message("Safeguarding referral", COLLEAGUE))
    (evidence,) = finding.evidence
    assert evidence.quote[evidence.start : evidence.end] == "Safeguarding referral"
    assert "referral" not in finding.summary


def test_an_agency_adds_and_allows_terms():
    assert findings(FILTER, message("Code yellow", COLLEAGUE), more=("code yellow",)) != []
    assert findings(FILTER, message("EHCP", COLLEAGUE), allow=frozenset(["ehcp"])) == []
