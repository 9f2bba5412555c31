"""The SMTP reply is what a telephone shows."""

import pytest

from gateway.mail.public import Public
from gateway.notices.replies import reply_for
from tests.notices.examples import ALL, NAME, PARENT, verdict


def test_a_refusal_names_the_rules_first():
    assert reply_for(verdict("reject", NAME), "").wire() == (
        "550 5.7.1 [subject_name] Not sent. The subject shows the full name of a pupil."
    )


def test_all_rules_stand_on_the_first_line():
    lines = reply_for(verdict("reject", *ALL), "").wire().split("\r\n")
    rules = "[bulk_disclosure, parent_missing, subject_name, uninspectable, unprotected_attachment]"
    assert lines[0].startswith(f"550-5.7.1 {rules} Not sent. ")
    assert lines[1] == "550 5.7.1 There are 4 more things."


def test_a_held_message_is_accepted_under_its_number():
    assert reply_for(verdict("quarantine", NAME, PARENT), "Q7").wire() == (
        "250 2.0.0 Held for review as Q7 [parent_missing, subject_name]"
    )


@pytest.mark.parametrize(
    ("summary", "said"),
    [("Other people’s addresses – many…", "Other people's addresses - many..."), ("a\r\n250 ok", "a250 ok")],
)
def test_a_reply_is_ascii_in_one_line(summary: str, said: str):
    finding = NAME.__class__(rule="subject_name", summary=Public(summary))
    assert reply_for(verdict("reject", finding), "").wire() == f"550 5.7.1 [subject_name] Not sent. {said}"
