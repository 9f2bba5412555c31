"""Rules that no program can put right: what their tutor can do about them, clicked, down to the relay's bytes."""

import asyncio
from base64 import b64encode
from dataclasses import replace

import msgspec
import pytest

from tests.browser.conftest import violations, window
from tests.remedy_page.conftest import MOTHER, letter, start, without_trace  # noqa: F401 -- the same telephone

TYPO = "lakshmi.raman@gmial.com"
BROKEN = letter(number=2, extra="Subject: Friday\n")  # which of two subjects is shown?
UNREADABLE = (  # a ZIP archive of which little is left
    letter(
        number=3,
        extra='Content-Disposition: attachment; filename="scans.zip"\n',
        text=b64encode(b"PK\x03\x04\x14\x00\x00\x00\x08\x00and no more").decode() + "\n",
    )
    .replace(b"text/plain; charset=utf-8", b"application/zip")
    .replace(b"8bit", b"base64")
)
SENSITIVE = letter(subject="Safeguarding referral", number=4)
STRICT = {"recipient_doubt": "reject", "sensitive_subject": "reject", "uninspectable": "reject"}
CASES = {
    "recipient_doubt": (letter(to=f"{MOTHER}, {TYPO}"), (MOTHER, TYPO), "An address that may be wrong"),
    "structure": (BROKEN, (MOTHER,), "Something that could not be read"),
    "uninspectable": (UNREADABLE, (MOTHER,), "Something that could not be read"),
    "sensitive_subject": (SENSITIVE, (MOTHER,), "Sensitive details in the subject"),
}


@pytest.fixture
async def strict(start):  # noqa: F811
    async with start(**STRICT) as made:
        rules = made.gateway.rules  # the pack only advises on one of them
        enforced = {
            rule: msgspec.structs.replace(each, stage="enforce") for rule, each in rules.policy.rules.items()
        }
        made.gateway.rules = replace(rules, policy=msgspec.structs.replace(rules.policy, rules=enforced))
        yield made


async def opened(strict, chromium, raw, to, **more):
    """The tutor's page of a refused message, on a telephone."""
    path = await strict.refused(raw, *to)
    context = await window(chromium, width=390, **more)
    page = await context.new_page()
    await page.goto(f"http://{strict.gateway.web}{path}")
    return path, page


@pytest.mark.parametrize("name", CASES)
async def test_a_colleague_who_is_asked_sends_exactly_what_was_written(strict, chromium, name):
    raw, to, heading = CASES[name]
    path, page = await opened(strict, chromium, raw, to)
    assert await page.get_by_role("heading", name=heading).count() == 1
    assert await violations(page) == []
    await page.get_by_text("Ask a colleague", exact=True).click()
    await page.get_by_label("Why should it be sent as it is?").fill("I have checked it by telephone.")
    await page.get_by_role("button", name="Ask a colleague to decide").click()
    await page.get_by_text("A colleague is looking at it").wait_for()
    store = strict.gateway.store
    (held,) = await store.quarantine.list()
    assert "I have checked it by telephone." in str(await store.audit.about(held.id))
    assert await strict.left(0) == []
    await store.quarantine.release(held.id, "lead")
    (sent,) = await strict.left()
    assert (without_trace(sent.raw), sent.recipients) == (raw, to)
    await strict.becomes(path, "A colleague has sent your message")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_the_others_get_it_and_the_doubtful_address_does_not(strict, chromium, scripts):
    raw, to, _ = CASES["recipient_doubt"]
    _, page = await opened(strict, chromium, raw, to, java_script_enabled=scripts)
    await page.get_by_text("Send it to some people only").click()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Send it to those people only").click()
    assert (await page.get_by_role("heading", level=1).inner_text()).startswith("Your message ")
    (sent,) = await strict.left()
    assert (without_trace(sent.raw), sent.recipients) == (raw, (MOTHER,))
    code, text = await strict.send(without_trace(sent.raw), MOTHER)
    assert code == 250, text  # the rules find nothing in it


@pytest.mark.parametrize("name", ["structure", "uninspectable", "sensitive_subject"])
async def test_what_its_tutor_sends_anew_takes_its_place(strict, chromium, name):
    raw, to, _ = CASES[name]
    _, page = await opened(strict, chromium, raw, to)
    assert await page.get_by_role("heading", name="We cannot put this right for you").count() == 1
    number = int(raw.partition(b"Message-ID: <")[2][:1])
    better = letter(subject="Please ring me", number=number)
    code, text = await strict.send(better, *to)
    assert code == 250, text
    told = "Put your message right"
    async with asyncio.timeout(60):
        while told == "Put your message right":
            await page.reload()
            told = await page.get_by_role("heading", level=1).inner_text()
    assert told == "You have sent a newer version"
    (sent,) = await strict.left()
    assert (without_trace(sent.raw), sent.recipients) == (better, to)
