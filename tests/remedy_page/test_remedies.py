"""For every remedy: message in, explanation, one click, and the exact bytes at the relay."""

import asyncio
import email
from email.policy import default

from gateway.policy.exemption import Scope
from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import (
    CHILD_FILE,
    MOTHER,
    OTHERS,
    PUPIL,
    letter,
    plain,
    without_trace,
)


async def test_initials(phone):
    raw = letter(subject="Re: Zoë Marsh and Thursday")
    path = await phone.refused(raw)
    assert (await phone.press(path, "corrected")).status_code == 303
    (sent,) = await phone.left()
    assert sent.recipients == (MOTHER,)
    assert without_trace(sent.raw) == raw.replace(
        "Subject: Re: Zoë Marsh and Thursday".encode(), b"Subject: Re: Z.M. and Thursday"
    )
    await phone.becomes(path, "Your message was sent")


async def test_the_carers_are_copied(phone):
    raw = letter(to=PUPIL)
    path = await phone.refused(raw, PUPIL)
    page = (await phone.get(path)).text
    assert MOTHER not in page
    await phone.press(path, "corrected")
    (sent,) = await phone.left()
    assert sent.recipients == (PUPIL, MOTHER)
    assert without_trace(sent.raw) == raw.replace(
        f"To: {PUPIL}\r\n".encode(), f"To: {PUPIL}\r\nCc: {MOTHER}\r\n".encode()
    )


async def test_each_family_gets_a_copy(phone):
    raw = letter(to=f"{MOTHER}, {', '.join(OTHERS)}, {TUTOR}")
    path = await phone.refused(raw, MOTHER, *OTHERS, TUTOR)
    await phone.press(path, "corrected")
    sent = await phone.left(8)
    assert sorted(each.recipients for each in sent) == sorted(
        [(MOTHER,), *((one,) for one in OTHERS), (TUTOR,)]
    )
    for each in sent:
        if each.recipients != (TUTOR,):
            (own,) = each.recipients
            assert b"family.example" not in each.raw.replace(own.encode(), b"")
            assert without_trace(each.raw).endswith(raw[raw.index(b"Subject:") :])


async def test_an_attachment_is_protected_and_the_passphrase_goes_to_the_tutor_alone(phone):
    path = await phone.refused(
        CHILD_FILE.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), "a.osei@hill-school.example"
    )
    page = (await phone.get(path)).text
    assert "The files will be protected" in page
    await phone.press(path, "corrected")
    (sent,) = await phone.left()
    (secret,) = await phone.told(about="passphrase")
    words = plain(secret).split("read this out:")[1].split("Do not send")[0].strip()
    assert words.encode() not in sent.raw
    escrow = phone.gateway.store.escrow
    assert [await escrow.look(each, "dsl", "lost") for each in await escrow.of_tutor(TUTOR)] == [words]
    file, opening = email.message_from_bytes(sent.raw, policy=default).iter_attachments()
    assert file.get_filename() in opening.get_content()
    assert b"EncryptedPackage".decode().encode("utf-16-le") in file.get_payload(decode=True)
    escrow = phone.gateway.store.escrow
    (item,) = await escrow.of_tutor(TUTOR)  # for whoever loses it
    assert await escrow.look(item, "dsl", "lost") == words


async def test_several_remedies_are_one_plan(phone):
    raw = letter(to=PUPIL, subject="Zoë Marsh: homework")
    path = await phone.refused(raw, PUPIL)
    await phone.press(path, "corrected")
    (sent,) = await phone.left()
    assert sent.recipients == (PUPIL, MOTHER)
    assert b"\r\nSubject: Z.M.: homework\r\n" in sent.raw
    assert f"\r\nCc: {MOTHER}\r\n".encode() in sent.raw


async def test_a_corrected_message_passes_when_it_is_sent_again(phone):
    path = await phone.refused(letter(to=PUPIL, subject="Zoë Marsh: homework"), PUPIL)
    await phone.press(path, "corrected")
    (sent,) = await phone.left()
    code, _ = await phone.send(without_trace(sent.raw), *sent.recipients)
    assert code == 250
    assert without_trace((await phone.left(2))[1].raw) == without_trace(sent.raw)


async def test_it_goes_unchanged_to_those_whom_it_may_reach(phone):
    raw = letter(to=f"{PUPIL}, ben@elsewhere.example")
    path = await phone.refused(raw, PUPIL, "ben@elsewhere.example")
    await phone.press(path, "fine")
    (sent,) = await phone.left()
    assert sent.recipients == ("ben@elsewhere.example",)
    assert without_trace(sent.raw) == raw


async def test_a_colleague_is_asked_and_told_why(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.press(path, "ask", reason="Her mother asked for the full name")
    await phone.becomes(path, "Put your message right")
    assert "A colleague is looking at it" in (await phone.get(path)).text
    (held,) = await phone.gateway.store.quarantine.list()
    history = (await phone.gateway.store.quarantine.get(held.id)).history
    assert history[-1].detail["note"] == "Her mother asked for the full name"
    assert await phone.told("safeguarding@larkfield-tutors.example")


async def test_a_wrong_finding_is_disputed_by_rule(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.press(path, "wrong", rule="subject_name", reason="That is a shop")
    (held,) = await phone.gateway.store.quarantine.list()
    history = (await phone.gateway.store.quarantine.get(held.id)).history
    assert history[-1].detail["note"] == "subject_name: That is a shop"
    (proposal,) = await phone.gateway.store.exemptions.list()
    assert (proposal.state, proposal.by, proposal.reason) == ("proposed", TUTOR, "That is a shop")
    assert proposal.scope == Scope(rule="subject_name", tutor=TUTOR, quote="Zoë Marsh")


async def test_an_approved_exemption_lets_the_next_one_pass(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.press(path, "wrong", rule="subject_name", reason="That is a shop")
    store = phone.gateway.store
    (proposal,) = await store.exemptions.list()
    await store.exemptions.approve(proposal.id, "dsl")
    async with asyncio.timeout(60):
        while not phone.gateway.rules.exemptions:  # noqa: ASYNC110 -- the gateway looks now and then
            await asyncio.sleep(0.05)
    assert (await phone.send(letter(subject="The Zoë Marsh sale", number=2)))[0] == 250


async def test_a_discarded_message_is_gone(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.press(path, "discard")
    assert await phone.state(path) == "Your message was deleted"
    assert await phone.left(0) == []


async def test_a_newer_version_closes_the_older(phone):
    path = await phone.refused(letter(subject="Zoë Marsh", number=1))
    assert (await phone.send(letter(subject="Z.M.", number=2)))[0] == 250
    assert await phone.state(path) == "You have sent a newer version"
    assert len(await phone.left()) == 1


async def test_the_reply_carries_the_same_link(phone):
    code, text = await phone.send(letter(subject="Zoë Marsh"))
    assert code == 550
    assert text.split()[-1].endswith(await phone.link())
