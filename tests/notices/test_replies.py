"""The SMTP reply is what a telephone shows."""

import pytest

from gateway.mail.public import Public
from gateway.notices.notices import Mails
from gateway.notices.replies import reply_for
from tests.notices.examples import ALL, NAME, PARENT, SETTINGS, blind, envelope, verdict


def test_a_refusal_names_the_rules_first():
    assert reply_for(verdict("reject", NAME), "").wire() == (
        "550 5.7.1 [subject_name] Not sent. The subject shows the full name of a pupil."
    )


def test_each_rule_has_its_sentence_and_all_ids_stand_on_the_first_line():
    first, *others = reply_for(verdict("reject", *ALL), "").wire().split("\r\n")
    ids = ", ".join(sorted(each.rule for each in ALL))
    assert first == f"550-5.7.1 [{ids}] Not sent. Many families can see one another's addresses."
    assert others == [
        "550-5.7.1 Also: The message goes to a pupil, and no parent or carer gets it too.",
        "550-5.7.1 Also: The subject shows the full name of a pupil.",
        "550 5.7.1 And 2 more.",
    ]


def test_the_last_line_says_where_to_put_it_right():
    reply = Mails(SETTINGS, blind).reply(verdict("reject", NAME, PARENT), envelope(), "Q7F3K-9WDTB")
    last = reply.wire().split("\r\n")[-1]
    assert last.startswith("550 5.7.1 Put it right here: http://127.0.0.1:8025/r/q7f3k9wdtb-")
    assert len(last) < 120


@pytest.mark.parametrize("changes", [{"mail_from": "x@elsewhere.example"}, {"queue_id": ""}])
def test_whoever_may_not_be_told_gets_no_link(changes):
    item = "" if "queue_id" in changes else "Q7F3K-9WDTB"
    reply = Mails(SETTINGS, blind).reply(verdict("reject", NAME), envelope(**changes), item)
    assert "http" not in reply.wire()


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


def test_every_line_fits_into_a_reply():
    finding = NAME.__class__(rule="subject_name", summary=Public("word " * 200))
    wire = reply_for(
        verdict("reject", finding, *ALL[1:]), "", "https://mail.agency.example/r/" + "x" * 60
    ).wire()
    assert max(map(len, wire.split("\r\n"))) <= 510
