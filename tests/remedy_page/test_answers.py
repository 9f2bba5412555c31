"""Answering the explanation by mail, for whoever cannot open the page."""

import email
import re
from email.policy import default

import msgspec
import pytest

from gateway.register.model import Pupil
from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import MOTHER, letter, plain

AMIRA = "amira.haddad@larkfield-tutors.example"


async def answer_address(phone, raw: bytes) -> str:
    before = len(phone.relay.arrived)
    await phone.refused(raw)
    told = next(each for each in phone.relay.arrived[before:] if each.recipients == (TUTOR,))
    return email.message_from_bytes(told.raw, policy=default)["reply-to"].addresses[0].addr_spec


def answer(text: str, extra: str = "", to: str = "x@y.example") -> bytes:
    return letter(
        to=to, subject="Re: Not sent: your message needs a change", text=text, extra=extra, number=9
    )


async def told(phone) -> str:
    """The confirmation that followed."""
    while not (found := [each for each in phone.relay.arrived if "answer" in each.subject.lower()]):
        await phone.relay.wait_for(len(phone.relay.arrived) + 1, 60)
    assert found[-1].recipients == (TUTOR,)
    return plain(found[-1])


@pytest.mark.parametrize(
    "text",
    [
        "SEND\n",
        "send",
        "\n\n  Send, please!\n\n> Your message was not sent\n",
        "ANFON os gwelwch yn dda",
        "*SEND*",
    ],
)
async def test_send_sends_the_corrected_message(phone, text):
    to = await answer_address(phone, letter(subject="Zoë Marsh: homework"))
    assert (await phone.send(answer(text), to))[0] == 250
    (sent,) = await phone.left()
    assert sent.recipients == (MOTHER,)
    assert b"\r\nSubject: Z.M.: homework\r\n" in sent.raw
    assert "The corrected message is on its way." in await told(phone)


async def test_an_html_answer_is_read_too(phone):
    to = await answer_address(phone, letter(subject="Zoë Marsh"))
    raw = answer("<html><body><div>SEND</div><blockquote>DISCARD</blockquote></body></html>")
    assert (await phone.send(raw.replace(b"text/plain", b"text/html"), to))[0] == 250
    assert len(await phone.left()) == 1


async def test_ask_brings_it_to_a_reviewer_with_the_reason(phone):
    to = await answer_address(phone, letter(subject="Zoë Marsh"))
    await phone.send(
        answer("ASK because it is a shop.\nReally.\n\nOn Monday the gateway wrote:\n> Your message"), to
    )
    assert "A colleague will look at your message." in await told(phone)
    (held,) = await phone.gateway.store.quarantine.list()
    history = (await phone.gateway.store.quarantine.get(held.id)).history
    assert history[-1].detail["note"] == "because it is a shop. Really."


async def test_discard_deletes_and_a_second_answer_finds_nothing(phone):
    to = await answer_address(phone, letter(subject="Zoë Marsh"))
    await phone.send(answer("Discard"), to)
    assert "Your message was deleted" in await told(phone)
    assert (await phone.send(answer("SEND"), to))[0] == 250
    assert await phone.left(0) == []


@pytest.mark.parametrize(
    ("text", "extra", "sender", "code"),
    [
        ("Thank you, I will see to it.", "", TUTOR, "550 5.6.0"),
        ("", "", TUTOR, "550 5.6.0"),
        ("SEND", "Auto-Submitted: auto-replied\n", TUTOR, "550 5.7.1"),
        ("SEND", "", "", "550 5.7.1"),
        ("SEND", "", AMIRA, "550 5.7.1"),
        ("SEND", "", "tom.reed@elsewhere.example", "550 5.7.1"),
    ],
)
async def test_nothing_else_and_nobody_else_decides(phone, text, extra, sender, code):
    to = await answer_address(phone, letter(subject="Zoë Marsh"))
    number, reply = await phone.send(answer(text, extra), to, sender=sender)
    assert f"{number} {reply}".startswith(code)
    assert await phone.left(0) == []


async def test_a_made_up_address_is_refused(phone):
    to = await answer_address(phone, letter(subject="Zoë Marsh"))
    local, _, domain = to.partition("@")
    forged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    assert (await phone.send(answer("SEND"), forged))[0] == 550
    assert await phone.left(0) == []


async def test_other_mail_to_the_gateways_domain_goes_its_way(phone):
    assert (await phone.send(answer("SEND"), "chaperone+hello@larkfield-tutors.example"))[0] == 250
    assert (await phone.left())[0].recipients == ("chaperone+hello@larkfield-tutors.example",)


async def test_an_answer_does_no_more_than_the_mail_said(phone):
    """A second child of the subject is registered meanwhile: the mail had said nothing of them."""
    to = await answer_address(phone, letter(subject="Zoë Marsh and Rosalind Quex"))
    found = re.search(r"http://[^/\s]+(/r/\S+)", plain(phone.relay.arrived[0]))
    digest = (await phone.get(found[1])).text.split('name="digest" value="')[1].split('"')[0]
    store = phone.gateway.store
    people = await store.load_register()
    pupil = Pupil(id="p99", given_name="Rosalind", family_name="Quex")
    await store.save_register(msgspec.structs.replace(people, pupils=(*people.pupils, pupil)), source="test")
    await phone.reload(found[1], lambda page: digest not in page)
    await phone.send(answer("SEND"), to)
    assert "Something has changed since we wrote to you. Nothing was sent." in " ".join(
        (await told(phone)).split()
    )
    assert await phone.left(0) == []
