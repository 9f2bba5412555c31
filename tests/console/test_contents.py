"""Nobody sees what is in a message before they have said why; and it can do nothing when they do."""

import pytest

from tests.console.conftest import bearer
from tests.console.letters import ANA, NAME_IN_SUBJECT, TOM
from tests.mail_programs import File, Letter, gmail

SECRETS = ("Marsh", "Zoë", "assessment", "dyspraxia", "very well this term")


@pytest.fixture
async def held(desk):
    browser = desk.browser()
    await browser.sign_in("rita")
    return browser, await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))


async def opened(browser, item, reason="To decide on this message", more=""):
    return await browser.post(f"/items/{item}/open", on=f"/items/{item}", reason=reason, more=more)


async def test_before_a_reason_nothing_of_the_message_is_shown(desk, held):
    browser, item = held
    for path in ("/queue", f"/items/{item}"):
        page = (await browser.get(path)).text
        assert not [each for each in SECRETS if each in page], path
        assert "Tom Reed" in page
    for path in ("body", "source", "files/1"):
        assert (await browser.get(f"/items/{item}/{path}")).status_code == 403


async def test_the_queue_says_why_and_to_whom_without_naming_anybody(desk, held):
    browser, _ = held
    page = (await browser.get("/queue")).text
    assert "A name in the subject" in page
    assert "to carer" in page
    assert "Z. M. r. a." in page


async def test_the_look_is_on_record_before_anything_is_shown(desk, held):
    browser, item = held
    await opened(browser, item, more="Ana Marsh called")
    last = (await desk.store.audit.about(item))[-1]
    assert (last.what, last.who) == ("opened", "rita")
    assert last.detail["reason"] == "To decide on this message: Ana Marsh called"
    page = (await browser.get(f"/items/{item}")).text
    assert "<mark>Zoë Marsh</mark>" in page
    assert "ana.marsh@family.example" in page


async def test_a_reason_is_needed(desk, held):
    browser, item = held
    answer = await browser.post(f"/items/{item}/open", on=f"/items/{item}", reason="whatever", more=" ")
    assert answer.status_code == 400
    assert len(await desk.store.audit.about(item)) == 1


async def test_what_people_wrote_is_read_by_those_who_have_opened_it(desk, held):
    """A note may hold a name: neither a closed item, nor the audit page, nor a program's list tells it."""
    browser, item = held
    await opened(browser, item, more="Ana Marsh called")
    await browser.post(f"/items/{item}/decide/return", on=f"/items/{item}", note="Zoë is ill")
    secret = ("Ana Marsh called", "Zoë is ill")
    paths = (f"/items/{item}", f"/audit?item={item}", "/audit")
    dana, aude = desk.browser(), desk.browser()
    await dana.sign_in("dana")
    await aude.sign_in("aude")
    for who, path in [*((dana, each) for each in paths), *((aude, each) for each in paths[1:])]:
        page = (await who.get(path)).text
        assert not [each for each in secret if each in page], path
        assert "To decide on this message: a note, shown when opened" in page, path
    token = await desk.token("olga", "items:read", "items:open", "audit:read")
    client = desk.browser().client
    for path in (f"/items/{item}", f"/audit?item={item}", "/audit"):
        text = (await client.get(f"/api/v1{path}", headers=bearer(token))).text
        assert "a note, shown when opened" in text, path
        assert not [each for each in secret if each in text], path
    answer = await client.post(f"/api/v1/items/{item}/open", json={"reason": "x"}, headers=bearer(token))
    assert all(each in answer.text for each in secret)
    await opened(dana, item)
    for path in paths[:2]:
        page = (await dana.get(path)).text
        assert all(each in page for each in secret), path


async def test_it_closes_again_after_a_quarter_of_an_hour(desk, held):
    browser, item = held
    await opened(browser, item)
    desk.clock.go(minutes=14)
    assert (await browser.get(f"/items/{item}/body")).status_code == 200
    desk.clock.go(minutes=2)
    assert (await browser.get(f"/items/{item}/body")).status_code == 403


async def test_it_is_open_to_nobody_else_and_not_in_a_later_session(desk, held):
    browser, item = held
    await opened(browser, item)
    dana = desk.browser()
    await dana.sign_in("dana")
    assert (await dana.get(f"/items/{item}/body")).status_code == 403
    await browser.post("/sign-out", on="/queue")
    desk.clock.go(seconds=1)
    await browser.sign_in("rita")
    assert (await browser.get(f"/items/{item}/body")).status_code == 403


async def test_the_body_is_sealed_off(desk, held):
    browser, item = held
    await opened(browser, item)
    answer = await browser.get(f"/items/{item}/body")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "very well this term" in answer.text


async def test_a_file_is_only_ever_a_download_and_that_is_recorded(desk, held):
    browser, item = held
    await opened(browser, item)
    page = (await browser.get(f"/items/{item}")).text
    path = page.split(f"/items/{item}/files/")[1].split('"')[0]
    answer = await browser.get(f"/items/{item}/files/{path}")
    assert b"dyspraxia" in answer.content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    last = (await desk.store.audit.about(item))[-1]
    assert (last.what, last.detail["reason"]) == ("opened", f"downloaded file {path}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.html", "report.html"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\x.exe", "x.exe"),
        ('a"; filename="b.exe', "a__ filename=_b.exe"),
        ("a\r\nSet-Cookie: x=y", "a  Set-Cookie_ x=y"),
        ("\u202egpj.exe", "gpj.exe"),
        ("...", "file"),
        ("Zeugnis für Zoë.pdf", "Zeugnis f_r Zo_.pdf"),
        ("x" * 400 + ".pdf", "x" * 150),
    ],
)
def test_a_file_s_name_cannot_do_anything(name, expected):
    from gateway.console.contents import as_file

    header = as_file(name.replace("\\", "/").rpartition("/")[2] if "/" in name or "\\" in name else name)
    assert header.split('"')[1] == expected
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


async def test_markup_in_every_header_is_only_text(desk):
    """Subject, names, file names and addresses are shown as they are, and do nothing."""
    evil = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    raw = gmail(
        Letter(
            subject=evil,
            text="hello",
            sender=TOM,
            to=(ANA,),
            files=(File(f"{evil}.txt", b"x", "text/plain"),),
        )
    )
    item = await desk.hold(raw, TOM.address, (ANA.address, '"<svg/onload=1>"@family.example'))
    browser = desk.browser()
    await browser.sign_in("rita")
    await opened(browser, item, more=evil)
    for path in ("/queue", f"/items/{item}", f"/items/{item}/source"):
        page = (await browser.get(path)).text
        assert "<img" not in page
        assert "<svg/" not in page
        assert "49" not in page.split("<main")[1].split("{{7*7}}")[0][-20:]
    assert "&lt;img src=x onerror=alert(1)&gt;" in (await browser.get(f"/items/{item}")).text
