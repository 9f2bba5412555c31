"""What a mail program writes when it answers or passes on, and what a sender only typed."""

import pytest

from gateway.mail.answer import answers_outside, topic
from tests.filters.agency import DOMAIN, message

THEIRS = "In-Reply-To: <abc@mail.homepost.example>\r\n"


@pytest.mark.parametrize(
    "prefix",
    [
        *("Re: ", "RE:", "re : ", "Fwd: ", "FW: ", "Re[2]: ", "AW (3): ", "Antw: ", "SV: ", "R: ", "I: "),
        *(
            "Rép : ",
            "TR: ",
            "Odp: ",
            "Ateb: ",
            "VS: ",
            "Ynt: ",
            "ΑΠ: ",
            "Ответ: ",
            "回复：",
            "返信: ",
            "رد: ",
        ),
        *("Re: Fwd: ", "[EXTERNAL] Re: ", "Re: [EXTERNAL] "),
    ],
)
def test_an_answer_in_any_language_to_somebody_outside(prefix):
    assert answers_outside(message(f"{prefix}Oisín is ill", fields=THEIRS), (DOMAIN,))


def test_references_alone_name_the_answered_message_last():
    fields = f"References: <first@{DOMAIN}> <second@mail.homepost.example>\r\n"
    assert answers_outside(message("Re: x", fields=fields), (DOMAIN,))
    fields = f"References: <first@mail.homepost.example>\r\n <second@{DOMAIN}>\r\n"
    assert not answers_outside(message("Re: x", fields=fields), (DOMAIN,))


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        ("Re: Oisín is ill", ""),  # typed, or the mail program lost the thread: nothing was answered
        ("Re: Oisín is ill", "In-Reply-To:\r\n"),
        ("Oisín is ill", THEIRS),  # a new subject in an old thread
        ("Regarding: Oisín", THEIRS),
        ("Reports: Oisín", THEIRS),
        ("Re: Oisín is ill", f"In-Reply-To: <abc@{DOMAIN}>\r\n"),  # a colleague's subject
        ("Re: Oisín is ill", f"In-Reply-To: <abc@mail.{DOMAIN.upper()}>\r\n"),
    ],
)
def test_what_is_written_here_is_not_from_outside(subject, fields):
    assert not answers_outside(message(subject, fields=fields), (DOMAIN,))


def test_the_topic_is_what_is_left():
    assert topic("Re: AW: Fwd[2]: Lesson") == "Lesson"
    assert topic("Results: Lesson") == "Results: Lesson"
