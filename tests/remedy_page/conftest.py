"""A running gateway, a real relay, and a tutor with a telephone."""

import asyncio
import email
import html
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email.policy import default
from pathlib import Path

import httpx2
import msgspec
import pytest

from gateway.commands.demo_relay import Arrived, ReceivingRelay
from gateway.running import Gateway
from gateway.sections import Settings
from gateway.settings import read_toml, settings_from
from tests.end_to_end.conftest import TUTOR, configuration, submit

PUPIL, MOTHER = "zoe.marsh@pupil.example", "ana.marsh@family.example"
OTHERS = tuple(
    f"{name}@family.example"
    for name in (
        "folake.adeyemi",
        "lakshmi.raman",
        "marta.zielinski",
        "ngozi.okoro",
        "kenji.suzuki",
        "fiona.reid",
    )
)
CHILD_FILE = Path(__file__).parent.parent.parent / "config" / "demo" / "mail" / "6-medical-report.eml"


def letter(
    to: str = MOTHER,
    subject: str = "Thursday’s lesson",
    text: str = "Dear all,\n\nthe lesson is at five.\n\nTom\n",
    extra: str = "",
    number: int = 1,
) -> bytes:
    head = (
        f"From: Tom Reed <{TUTOR}>\nTo: {to}\nSubject: {subject}\n{extra}"
        f"Message-ID: <{number}@larkfield-tutors.example>\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    )
    return f"{head}\n{text}".encode().replace(b"\n", b"\r\n")


class MoodyRelay(ReceivingRelay):
    """A next hop that can be told to take nothing for the moment."""

    busy = False

    async def handle_DATA(self, server, session, envelope):
        if self.busy:
            return "451 4.3.2 Not now"
        return await super().handle_DATA(server, session, envelope)


@dataclass
class Phone:
    """What the tutor has: a mailbox, and a browser that knows no password."""

    gateway: Gateway
    relay: MoodyRelay
    settings: Settings
    client: httpx2.AsyncClient

    async def send(self, raw: bytes, *to: str, sender: str = TUTOR) -> tuple[int, str]:
        at = self.gateway.addresses[0]
        return await asyncio.to_thread(submit, at, raw, to or (MOTHER,), sender)

    async def refused(self, raw: bytes, *to: str) -> str:
        """Send something that is refused; returns the path of the link in the explanation."""
        before = len(self.relay.arrived)
        code, text = await self.send(raw, *to)
        assert code == 550, text
        return await self.link(before)

    async def link(self, before: int = 0) -> str:
        told = await self.told(before=before)
        found = re.search(r"http://[^/\s]+(/r/\S+)", plain(told[0]))
        assert found, plain(told[0])
        return found[1]

    async def told(self, who: str = TUTOR, about: str = "", *, before: int = 0) -> list[Arrived]:
        """What the gateway has written to them with that in its subject, once there is something."""

        def written() -> list[Arrived]:
            mails = [each for each in self.relay.arrived[before:] if about in each.subject]
            return [each for each in mails if each.recipients == (who,) and not each.mail_from]

        async with asyncio.timeout(60):
            while not written():
                await self.relay.wait_for(len(self.relay.arrived) + 1, 1)
        return written()

    async def settled(self) -> None:
        """Wait until nothing more is to leave, and the store knows it."""
        async with asyncio.timeout(60):
            while await self.gateway.store.leases.next_due() is not None:  # noqa: ASYNC110 -- it tells no event
                await asyncio.sleep(0.02)

    async def get(self, path: str, **more) -> httpx2.Response:
        return await self.client.get(path, **more)

    async def press(self, path: str, choice: str, **fields: str) -> httpx2.Response:
        """Fill in the form of that choice on the page, and send it, as a browser without scripts does."""
        page = await self.get(path)
        form = next(
            each for each in re.findall(r"<form.*?</form>", page.text, re.DOTALL) if f'"{choice}"' in each
        )
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        return await self.post(path, choice=choice, **hidden, **fields)

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        origin = str(self.client.base_url).rstrip("/")
        return await self.client.post(
            path, data=fields, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        )

    async def left(self, count: int = 1) -> list[Arrived]:
        """What has left under the tutor's name, once there are so many and a little later."""

        def theirs() -> list[Arrived]:
            return [each for each in self.relay.arrived if each.mail_from]

        while len(theirs()) < count:
            before = len(self.relay.arrived)
            await self.relay.wait_for(before + 1, 60)
            assert len(self.relay.arrived) > before, "nothing more left"
        await self.relay.quiet(0.3)
        return theirs()

    async def state(self, path: str) -> str:
        """The heading of the page."""
        found = re.search(r"<h1>(.*?)</h1>", (await self.get(path)).text, re.DOTALL)
        return html.unescape(found[1]).strip() if found else ""

    async def becomes(self, path: str, heading: str) -> None:
        """Reload until the page has that heading."""
        await self.reload(path, lambda page: f"<h1>{heading}</h1>" in page)

    async def reload(self, path: str, until: Callable[[str], bool]) -> str:
        """Reload as an impatient tutor would: nothing tells a page that something has changed."""
        async with asyncio.timeout(60):
            while not until(page := (await self.get(path)).text):  # noqa: ASYNC110 -- see above
                await asyncio.sleep(0.05)
        return page


def plain(arrived: Arrived) -> str:
    parsed = email.message_from_bytes(arrived.raw, policy=default)
    return parsed.get_body(("plain",)).get_content()


def without_trace(raw: bytes) -> bytes:
    """The message below the one Received field that the gateway adds."""
    return re.sub(rb"\AReceived: .*?\r\n(?![ \t])", b"", raw, count=1, flags=re.DOTALL)


@asynccontextmanager
async def running(folder: Path, **rules: str) -> AsyncIterator[Phone]:
    async with MoodyRelay() as relay:
        file = configuration(folder, relay.address)
        settings = settings_from(read_toml(file), file)
        strict = {
            rule: {**settings.policy.rules.get(rule, {}), "action": action} for rule, action in rules.items()
        }
        policy = msgspec.structs.replace(settings.policy, rules=settings.policy.rules | strict)
        settings = msgspec.structs.replace(settings, policy=policy)
        async with (
            Gateway.running(settings) as gateway,
            httpx2.AsyncClient(base_url=f"http://{gateway.web}", timeout=60) as client,
        ):
            yield Phone(gateway, relay, settings, client)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Phone]]:
    """`async with start() as phone:`; actions of rules as keywords."""
    return lambda **rules: running(
        tmp_path, **({"bulk_disclosure": "reject", "unprotected_attachment": "reject"} | rules)
    )


@pytest.fixture
async def phone(start) -> AsyncIterator[Phone]:
    async with start() as made:
        yield made
