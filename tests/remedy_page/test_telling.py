"""How often tutors are told, and that nothing that is told undoes what was accepted."""

import asyncio
import sqlite3
from dataclasses import replace

import msgspec

from tests.remedy_page.conftest import PUPIL, letter, plain, without_trace

AMIRA = "amira.haddad@larkfield-tutors.example"


def treat(phone, **changes: object) -> None:
    """From now on the subject's rule is treated otherwise."""
    rules = phone.gateway.rules
    changed = msgspec.structs.replace(rules.policy.rules["subject_name"], **changes)
    policy = msgspec.structs.replace(rules.policy, rules={**rules.policy.rules, "subject_name": changed})
    phone.gateway.rules = replace(rules, policy=policy)


async def test_advice_comes_once_a_day_for_each_rule_and_tutor(phone):
    treat(phone, stage="advise")
    for number in range(3):
        assert (await phone.send(letter(subject="Zoë Marsh", number=number)))[0] == 250
    assert (await phone.send(letter(subject="Zoë Marsh", number=9), sender=AMIRA))[0] == 250
    await phone.left(4)
    (note,) = await phone.told()
    assert note.subject == "Sent. A tip for your next message"
    assert "Use this subject: Z.M." in plain(note)
    assert len(await phone.told(AMIRA)) == 1


async def test_a_message_that_was_only_advised_leaves_as_it_was_written(phone):
    treat(phone, stage="advise")
    raw = letter(subject="Zoë Marsh")
    await phone.send(raw)
    (sent,) = await phone.left()
    assert sent.raw.endswith(raw)


async def test_trouble_afterwards_does_not_undo_what_was_accepted(phone, tmp_path):
    """What is said once a day cannot be looked up: the message has left all the same, and only once."""
    treat(phone, stage="advise")

    def break_store() -> None:
        with sqlite3.connect(tmp_path / "chaperone.db", timeout=60) as connection:
            connection.execute("drop table told")

    await asyncio.to_thread(break_store)
    assert (await phone.send(letter(subject="Zoë Marsh")))[0] == 250
    assert len(await phone.left()) == 1
    assert not [each for each in phone.relay.arrived if not each.mail_from]


ANSWER = "In-Reply-To: <ill@family.example>\nReferences: <begin@family.example>\n <ill@family.example>\n"


async def test_an_answer_to_a_parents_own_subject_leaves_with_initials_and_is_told_of_once(phone):
    for number in range(3):
        raw = letter(subject="Re: Zoë Marsh is ill", extra=ANSWER, number=number)
        code, text = await phone.send(raw)
        assert code == 250, text
        sent = (await phone.left(number + 1))[number]
        subject = "Subject: Re: Zoë Marsh is ill".encode()
        assert without_trace(sent.raw) == raw.replace(subject, b"Subject: Re: Z.M. is ill")
    (note,) = await phone.told()
    assert "The subject is now: Re: Z.M. is ill" in plain(note)
    assert (await phone.send(raw, sender=AMIRA))[0] == 250  # another tutor has not heard of it
    await phone.left(4)
    assert len(await phone.told(AMIRA)) == 1


async def test_who_types_re_into_a_subject_of_their_own_is_refused(phone):
    code, text = await phone.send(letter(subject="Re: Zoë Marsh is ill"))
    assert (code, "[subject_name]" in text) == (550, True)


async def test_an_answer_with_something_else_in_it_is_refused_as_ever(phone):
    raw = letter(subject="Re: Zoë Marsh is ill", extra=ANSWER, to=PUPIL)
    code, text = await phone.send(raw, PUPIL)
    assert (code, "parent_missing" in text, "subject_name" in text) == (550, True, True)
