"""Links: looked at by everybody, used once, by their tutor, while they last."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from gateway.mail.account import Account
from gateway.remedy.link import Links
from tests.end_to_end.conftest import TUTOR
from tests.remedy_page.conftest import MOTHER, PUPIL, letter

LOOSE = "This link does not work"


async def test_a_hundred_visits_change_nothing_and_one_click_works_once(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    for number in range(100):
        response = await (phone.client.head if number % 3 == 0 else phone.client.get)(path)
        assert response.status_code == 200
    page = await phone.get(path)
    digest = page.text.split('name="digest" value="')[1].split('"')[0]
    answers = [await phone.post(path, choice="corrected", digest=digest) for _ in range(5)]
    assert {each.status_code for each in answers} <= {200, 303}
    assert len(await phone.left()) == 1


async def test_the_link_alone_shows_the_shape_and_its_tutor_signed_in_sees_all(phone):
    path = await phone.refused(letter(to=PUPIL, subject="Zoë Marsh: homework"), PUPIL)
    hidden = (await phone.get(path)).text.replace("<wbr>", "")
    for secret in ("Marsh", "homework", PUPIL, MOTHER, "family.example"):
        assert secret not in hidden
    assert "z•••@p•••.example" in hidden
    accounts = phone.gateway.store.accounts
    await accounts.add(Account("tom", (TUTOR,), ("submit",)), "correct horse battery", "test")
    await accounts.add(
        Account("eve", ("eve@larkfield-tutors.example",), ("submit",)), "correct horse battery", "test"
    )
    for name, sees in (("eve", False), ("tom", True)):
        form = await phone.get("/sign-in")
        token = form.text.split('name="token" value="')[1].split('"')[0]
        await phone.post("/sign-in", token=token, name=name, password="correct horse battery", next=path)
        page = (await phone.get(path)).text
        page = page.replace("<wbr>", "")
        assert (MOTHER in page, "<mark>Zoë Marsh</mark>" in page) == (sees, sees)
        phone.client.cookies.clear()


async def test_a_link_that_was_tampered_with_opens_nothing(phone):
    path = await phone.refused(letter(subject="Zoë Marsh", number=1))
    other = await phone.refused(letter(subject="Priya Raman", number=2), "lakshmi.raman@family.example")
    item, ends, proof = path.removeprefix("/r/").split("-")
    strange = [
        f"{item}-{ends}-{'a' if proof[0] != 'a' else 'b'}{proof[1:]}",
        f"{item}-{ends}-{other.split('-')[-1]}",
        f"{other.removeprefix('/r/').split('-')[0]}-{ends}-{proof}",
        f"{item}-zzzz-{proof}",
        f"{item}-{ends}-",
        f"{item}-{ends}-{proof}a",
        "x",
        "%00",
        "a" * 500,
    ]
    for token in strange:
        assert await phone.state(f"/r/{token}") == LOOSE, token
        answer = await phone.post(f"/r/{token}", choice="discard")
        assert answer.status_code == 404
    assert await phone.state(path.upper().replace("/R/", "/r/")) == "Put your message right"
    assert await phone.left(0) == []


def made(phone, path: str, ends: datetime, tutor: str = TUTOR, key: str = "") -> str:
    item = path.removeprefix("/r/").split("-")[0].upper()
    blind = phone.gateway.store.core.vault.blind
    links = Links("http://x", (lambda text: blind(key + text)))
    return f"/r/{links.token(item[:5] + '-' + item[5:], tutor, ends)}"


async def test_a_link_ends(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    old = made(phone, path, datetime.now(UTC) - timedelta(hours=2))
    response = await phone.get(old)
    assert response.status_code == 410
    assert await phone.state(old) == "Your message was not sent"
    await phone.post(old, choice="discard")
    assert (
        await phone.state(made(phone, path, datetime.now(UTC) + timedelta(hours=2)))
        == "Put your message right"
    )


@pytest.mark.parametrize(
    ("tutor", "key"), [("amira.haddad@larkfield-tutors.example", ""), (TUTOR, "another gateway")]
)
async def test_a_foreign_link_opens_nothing(phone, tutor, key):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    assert await phone.state(made(phone, path, datetime.now(UTC) + timedelta(hours=2), tutor, key)) == LOOSE


@pytest.mark.parametrize(
    ("decision", "heading"),
    [("release", "A colleague has sent your message"), ("reject", "Your message was not sent")],
)
async def test_a_reviewer_who_was_quicker_is_respected(phone, decision, heading):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    digest = (await phone.get(path)).text.split('name="digest" value="')[1].split('"')[0]
    await phone.press(path, "ask", reason="Please")
    store = phone.gateway.store
    (held,) = await store.quarantine.list()
    await getattr(store.quarantine if hasattr(store.quarantine, decision) else store.decisions, decision)(
        held.id, "dsl"
    )
    await phone.post(path, choice="corrected", digest=digest)
    await phone.becomes(path, heading)
    assert len(await phone.left(decision == "release")) == (decision == "release")


async def test_a_register_that_changed_meanwhile_is_asked_again(phone):
    path = await phone.refused(letter(to=PUPIL), PUPIL)
    digest = (await phone.get(path)).text.split('name="digest" value="')[1].split('"')[0]
    store = phone.gateway.store
    people = await store.load_register()
    carers = tuple(
        msgspec.structs.replace(each, emails=("ana.new@family.example",)) if each.id == "c1" else each
        for each in people.carers
    )
    await store.save_register(msgspec.structs.replace(people, carers=carers), source="test")
    await phone.reload(path, lambda page: digest not in page)
    answer = await phone.post(path, choice="corrected", digest=digest)
    assert answer.status_code == 409
    assert "Something has changed since you opened this page" in answer.text
    assert await phone.left(0) == []
    await phone.press(path, "corrected")
    assert (await phone.left())[0].recipients == (PUPIL, "ana.new@family.example")


async def test_what_is_fine_by_now_may_be_sent_as_it_is(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    store = phone.gateway.store
    people = await store.load_register()
    pupils = tuple(each for each in people.pupils if each.id != "p1")
    await store.save_register(msgspec.structs.replace(people, pupils=pupils), source="test")
    await phone.reload(path, lambda page: "Your message may be sent as it is" in page)
    await phone.press(path, "corrected")
    assert "Subject: Zoë Marsh\r\n".encode() in (await phone.left())[0].raw


async def test_with_the_relay_down_the_page_says_so_and_the_message_is_safe(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    await phone.relay.quiet(0.3)
    phone.relay.busy = True
    await phone.press(path, "corrected")
    await phone.becomes(path, "Your message is waiting for the mail server")
    assert await phone.left(0) == []


async def test_the_page_speaks_welsh_and_is_not_kept_anywhere(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    welsh = await phone.get(path, headers={"Accept-Language": "cy-GB,cy;q=0.9,en;q=0.5"})
    assert '<html lang="cy">' in welsh.text
    assert "Cywirwch eich neges" in welsh.text
    assert (
        "Put your message right"
        in (await phone.get(f"{path}?lang=en", headers={"Accept-Language": "cy"})).text
    )
    assert welsh.headers["cache-control"] == "no-store"
    assert "unsafe-inline" not in welsh.headers["content-security-policy"]


async def test_a_post_from_another_site_does_nothing(phone):
    path = await phone.refused(letter(subject="Zoë Marsh"))
    answer = await phone.client.post(
        path,
        data={"choice": "discard"},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert await phone.state(path) == "Put your message right"
