"""Reports of breaches and concerns: filled in, kept as written, read by two people, and never mailed."""

import io

import pypdf
import pytest

from tests.console.letters import ANA, NAME_IN_SUBJECT, TOM
from tests.console.test_decisions import reviewer, state
from tests.store.conftest import ScriptedRelay

EVIL = '<b>x</b><img src="http://tracker.example/x.gif"/><script>alert(1)</script>'


@pytest.fixture
async def opened(desk):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    return await reviewer(desk, "rita", item), item


async def report(browser, item, kind="breach", **fields):
    path = f"/items/{item}/reports/new"
    words = {"happened": "It was sent to the wrong family.", "affected": "Zoë Marsh"} | fields
    answer = await browser.post(path, on=f"{path}?kind={kind}", **words)
    assert answer.status_code == 303
    return answer.headers["location"]


def words_of(pdf: bytes) -> str:
    return "\n".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(pdf)).pages)


async def test_the_form_is_filled_in_from_the_message(desk, opened):
    browser, item = opened
    page = (await browser.get(f"/items/{item}/reports/new?kind=breach")).text
    assert "Ana Marsh &lt;ana.marsh@family.example&gt;, carer" in page
    assert "Subject: Zoë Marsh: reading assessment" in page
    assert "File: assessment.txt" in page
    assert "The gateway stopped the message before it left." in page


async def test_the_form_says_once_that_nobody_knows_the_reader(desk):
    item = await desk.hold(NAME_IN_SUBJECT, TOM.address, ("someone@nowhere.example",))
    browser = await reviewer(desk, "rita", item)
    page = (await browser.get(f"/items/{item}/reports/new?kind=breach")).text
    assert "&lt;someone@nowhere.example&gt;, not in the register" in page
    assert "nknown &lt;" not in page


async def test_a_report_is_kept_and_the_lead_gets_a_link_and_no_word_of_it(desk, opened):
    browser, item = opened
    where = await report(browser, item)
    page = (await browser.get(where)).text
    assert "It was sent to the wrong family." in page
    relay = ScriptedRelay()
    await desk.store.courier(relay).carry(await desk.store.leases.claim())
    (sent,) = relay.got
    assert sent.recipients[0].address == desk.settings.agency.safeguarding_lead
    mail = sent.raw.decode().replace("=\r\n", "")
    assert where in mail
    assert "Subject: A data breach was reported" in mail
    for private in ("Marsh", "wrong family", "reading", "rita"):
        assert private not in mail
    (entry,) = [each for each in await desk.store.audit.about(item) if each.what == "reported"]
    assert (entry.who, entry.detail["kind"]) == ("rita", "breach")
    assert "family" not in str(entry.detail)


async def test_only_its_author_and_the_lead_read_it(desk, opened):
    browser, item = opened
    where = await report(browser, item)
    for name, status in (("dana", 200), ("olga", 200), ("tom", 404)):
        other = await reviewer(desk, name)
        for path in (where, f"{where}/pdf"):
            assert (await other.get(path)).status_code == status, name
    other = await desk.hold(NAME_IN_SUBJECT, TOM.address, (ANA.address,))
    assert (await browser.get(where.replace(item, other))).status_code == 404


async def test_who_has_not_opened_the_message_writes_no_report(desk, opened):
    _, item = opened
    other = await reviewer(desk, "olga")
    for path in (f"/items/{item}/reports/new", f"/exceptions/new?item={item}&rule=subject_name"):
        answer = await other.get(path)
        assert answer.status_code == 403
        assert f'href="/items/{item}">Back to the message' in answer.text
    token = await other.token()
    answer = await other.send(
        f"/items/{item}/reports/new", token=token, kind="breach", happened="x", affected="y"
    )
    assert answer.status_code == 403
    assert await desk.store.concerns.about(item) == ()


async def test_a_concern_passes_the_message_to_the_lead_if_so_wished(desk, opened):
    browser, item = opened
    await report(browser, item, "concern", reserve="yes")
    assert (await desk.store.quarantine.get(item)).held.reserved
    assert await state(desk, item) == "held"


async def test_a_report_without_a_word_is_none(desk, opened):
    browser, item = opened
    path = f"/items/{item}/reports/new"
    answer = await browser.post(path, on=f"{path}?kind=concern", happened=" ", affected="")
    assert answer.status_code == 400
    assert await desk.store.concerns.about(item) == ()


async def test_the_pdf_has_every_word_and_runs_nothing(desk, opened):
    browser, item = opened
    where = await report(browser, item, happened=f"Line one\nOluwaṣeun, Łukasz, 王 {EVIL}", affected="Zoë")
    answer = await browser.get(f"{where}/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = words_of(answer.content)
    assert "Data breach" in text
    assert "Oluwaseun, Łukasz, [U+738B]" in text
    assert "<script>alert(1)</script>" in text.replace("\n", "")
    assert "Zoë" in text
    assert item in text
    assert b"/JavaScript" not in answer.content
    history = [each.what for each in await desk.store.audit.about(item)]
    assert history[-1] == "report_exported"


async def test_a_subject_access_request_is_answered_on_paper(desk, opened):
    _, item = opened
    for _ in range(80):
        await desk.store.quarantine.look(item, "rita", "a data protection request " * 20 + EVIL)
    aude = await reviewer(desk, "aude")
    for scope, name in (("item", item), ("tutor", TOM.address)):
        answer = await aude.post("/audit/export", on="/audit", scope=scope, name=name, form="pdf")
        assert answer.headers["content-type"] == "application/pdf"
        text = words_of(answer.content)
        assert text.count(item) >= 81
        assert "Stopped for review" in text
        assert "rita" in text
