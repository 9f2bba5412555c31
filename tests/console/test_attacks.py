"""What somebody would try who wants in, or wants out what is inside."""

import io
import zipfile

import pyotp
import pytest

from gateway.console import factors
from tests.console.letters import ANA, TOM
from tests.console.test_decisions import reviewer
from tests.mail_programs import File, Letter, outlook

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
async def halfway(desk):
    """A browser that knows the password and is asked for the code."""
    kept = factors.write(factors.Factors(secret=SECRET))
    assert await desk.store.accounts.set_factors("rita", b"", kept, "rita")
    browser = desk.browser()
    assert (await browser.sign_in("rita")).headers["location"] == "/sign-in/code"
    return browser


async def code(browser, text):
    return await browser.post("/sign-in/code", code=text)


async def test_codes_cannot_be_tried_one_after_the_other(desk, halfway):
    """Not even by giving the password again in between; from anywhere, since the name is what counts."""
    right = pyotp.TOTP(SECRET).at(desk.clock())
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert (await code(halfway, wrong)).status_code == 403
    assert (await code(halfway, right)).status_code == 429
    assert (await halfway.get("/queue")).status_code == 303


async def test_the_password_alone_opens_nothing(desk, halfway):
    """The ticket between the two steps is no session, whatever cookie it is put into."""
    halfway.cookies.set("session", halfway.cookies["halfway"])
    assert (await halfway.get("/queue")).status_code == 303
    assert (await halfway.get("/account")).status_code == 303


async def test_a_code_that_was_seen_is_worth_nothing(desk, halfway):
    right = pyotp.TOTP(SECRET).at(desk.clock())
    assert (await code(halfway, right)).status_code == 303
    thief = desk.browser()
    await thief.sign_in("rita")
    assert (await code(thief, right)).status_code == 403


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("../../../../tmp/chaperone-was-here", "/tmp/chaperone-was-here", "..\\..\\evil.txt"):
            made.writestr(name, "x")
    return out.getvalue()


async def test_an_archive_is_handed_out_as_it_came_and_never_unpacked(desk, tmp_path):
    """Its names lead out of any folder ("zip slip"); nothing here writes where they say."""
    data = archive()
    letter = Letter(
        sender=TOM,
        to=(ANA,),
        subject="files",
        text="see there",
        files=(File("../../../etc/passwd.zip", data, "application/zip"),),
    )
    item = await desk.hold(outlook(letter), TOM.address, (ANA.address,))
    browser = await reviewer(desk, "rita", item)
    page = (await browser.get(f"/items/{item}")).text
    path = page.partition(f'href="/items/{item}/files/')[2].partition('"')[0]
    answer = await browser.get(f"/items/{item}/files/{path}")
    assert answer.content == data
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; ")
    assert "/" not in disposition
    assert not [each for each in tmp_path.rglob("*") if "was-here" in each.name or "evil" in each.name]


@pytest.mark.parametrize(
    "part", ["../source", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "1%00", "0", "99", "1.1.1"]
)
async def test_a_path_that_is_no_file_of_the_message_finds_nothing(desk, part):
    item = await desk.hold("Subject: x\n\ny", TOM.address, (ANA.address,))
    browser = await reviewer(desk, "rita", item)
    answer = await browser.get(f"/items/{item}/files/{part}")
    assert answer.status_code in (404, 200)
    if answer.status_code == 200:  # "../source" is the address of the source, and asked for as such
        assert answer.url.path == f"/items/{item}/source"


async def test_nobody_changes_another_s_account_by_naming_it(desk):
    """Forms about "your account" know whose it is from the session; a name in them counts for nothing."""
    rita = await reviewer(desk, "rita")
    token = await rita.token()
    fields = {"token": token, "name": "dana", "who": "dana", "account": "dana"}
    await rita.send("/account/password", **fields, old="correct horse battery", new="another long password")
    assert await desk.store.accounts.verify("dana", "correct horse battery") is not None
    dana = await reviewer(desk, "dana")
    await rita.send("/account/everywhere", **fields)
    assert (await dana.get("/queue")).status_code == 200
