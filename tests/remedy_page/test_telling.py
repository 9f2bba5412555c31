"""How often tutors are told, and that nothing that is told undoes what was accepted."""

import asyncio
import sqlite3
from dataclasses import replace

import msgspec

from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import letter, plain

AMIRA = "amira.haddad@larkfield-tutors.example"


def told(phone, who: str = TUTOR) -> list:
    return [each for each in phone.relay.arrived if not each.mail_from and each.recipients == (who,)]


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
    (note,) = told(phone)
    assert note.subject == "Sent. A tip for your next message"
    assert "Use this subject: Z.M." in plain(note)
    assert len(told(phone, AMIRA)) == 1


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
        with sqlite3.connect(tmp_path / "chaperone.db", timeout=20) as connection:
            connection.execute("drop table told")

    await asyncio.to_thread(break_store)
    assert (await phone.send(letter(subject="Zoë Marsh")))[0] == 250
    assert len(await phone.left()) == 1
    assert told(phone) == []
