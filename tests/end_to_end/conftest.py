"""A running gateway with a real relay behind it, and a real client in front."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from gateway.commands.demo_relay import ReceivingRelay
from gateway.quantities import HostPort
from gateway.running import Gateway
from gateway.settings import config_folder, read_toml, settings_from

TUTOR = "tom.reed@larkfield-tutors.example"
MOTHER = "ana.marsh@family.example"


class Running:
    """What a test has in its hands: the gateway, the relay, the configuration."""

    def __init__(self, gateway: Gateway, relay: ReceivingRelay, file: Path) -> None:
        self.gateway = gateway
        self.relay = relay
        self.file = file

    @property
    def at(self) -> HostPort:
        return self.gateway.addresses[0]

    async def send(self, raw: bytes, *recipients: str, sender: str = TUTOR) -> tuple[int, str]:
        """Submit with smtplib; returns the last reply."""
        return await asyncio.to_thread(submit, self.at, raw, recipients or (MOTHER,), sender)

    async def arrived(self, count: int) -> list:
        """Wait for that many messages at the relay, and a little for any too many."""
        await self.relay.wait_for(count, 60)
        await self.relay.quiet(0.3)
        return self.relay.arrived


def submit(at: HostPort, raw: bytes, recipients: tuple[str, ...], sender: str) -> tuple[int, str]:
    with smtplib.SMTP(at.host, at.port, timeout=250) as client:
        client.ehlo("laptop.example")
        code, text = client.mail(sender)
        for recipient in recipients:
            if code == 250:
                code, text = client.rcpt(recipient)
        if code == 250:
            client.putcmd("data")
            code, text = client.getreply()
            if code == 354:
                end = b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
                client.send(smtplib._quote_periods(raw) + end)
                code, text = client.getreply()
    return code, text.decode("ascii")


def configuration(folder: Path, relay: str, extra: str = "") -> Path:
    """The demo's agency, with its parts in *folder* and the relay at that address."""
    demo = config_folder() / "demo"
    text = (demo / "chaperone.toml").read_text("utf-8")
    text = text.replace('"register.json"', f'"{demo / "register.json"}"')
    tables = {
        "smtp": 'listen = ["127.0.0.1:0"]',
        "relay": f'address = "{relay}"\ntimeout = "60s"',
        "store": 'url = "sqlite:///chaperone.db"\nkey_file = "chaperone.key"',
        "web": 'listen = "127.0.0.1:0"',
    }
    for name, content in tables.items():
        if f"[{name}]" not in extra:
            text += f"\n[{name}]\n{content}\n"
    file = folder / "chaperone.toml"
    file.write_text(text + extra, "utf-8")
    return file


@asynccontextmanager
async def running(folder: Path, extra: str = "", relay: str = "") -> AsyncIterator[Running]:
    async with ReceivingRelay() as receiving:
        file = configuration(folder, relay or receiving.address, extra)
        async with Gateway.running(settings_from(read_toml(file), file)) as gateway:
            yield Running(gateway, receiving, file)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """Start a gateway: `async with start() as line:`; further TOML as its argument."""
    return lambda extra="", relay="": running(tmp_path, extra, relay)


@pytest.fixture
def third_party_rule(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Install a rule named `theirs` as another package would: code and an entry point."""

    def install(body: str) -> None:
        site = tmp_path_factory.mktemp("site")
        (site / "their_rules.py").write_text(
            "from gateway.mail.public import public\n"
            "from gateway.policy.filter import Filter, RuleSettings\n"
            "from gateway.policy.finding import Finding\n"
            "class Settings(RuleSettings, frozen=True):\n    word: str = 'x'\n"
            f"def inspect(message, register, settings):\n    {body}\n"
            "FILTER = Filter('theirs', Settings, inspect)\n",
            "utf-8",
        )
        info = site / "their_rules-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rules\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[chaperone.filters]\ntheirs = their_rules:FILTER\n")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.delitem(__import__("sys").modules, "their_rules", raising=False)

    return install


@pytest.fixture
def demo_mail() -> Callable[[str], bytes]:
    """One of the demo's messages, by the start of its name."""

    def read(name: str) -> bytes:
        (file,) = (config_folder() / "demo" / "mail").glob(f"{name}*.eml")
        return file.read_bytes()

    return read
