"""A console on a real store, a real register and the real rules, reached as a browser reaches it."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import msgspec
import pytest

from gateway import sections
from gateway.console.app import build
from gateway.console.parts import Parts
from gateway.documents.documents import Documents
from gateway.intake.uploads import Uploads
from gateway.judge import Rules, judge
from gateway.keys.known import KnownKeys
from gateway.mail.account import Account
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.facts import Facts
from gateway.mail.message import Message
from gateway.notices.notices import Mails
from gateway.policy.chain import installed
from gateway.policy.packs import build_policy
from gateway.policy.verdict import Action
from gateway.protecting import Protecting
from gateway.register.native import read_native
from gateway.register.register import Register
from gateway.remedy.protection import Protection
from gateway.repairs import Repairs
from gateway.sections import Settings
from gateway.settings import config_folder, read_pack, read_toml, settings_from
from gateway.store.store import Store

PASSWORD = "correct horse battery"
ORIGIN = "http://127.0.0.1:8025"
PEOPLE = {
    "rita": Account("rita", ("rita@larkfield-tutors.example",), ("reviewer",)),
    "dana": Account("dana", ("dsl@larkfield-tutors.example",), ("safeguarding_lead", "reviewer")),
    "adam": Account("adam", ("adam@larkfield-tutors.example",), ("administrator",)),
    "aude": Account("aude", ("aude@larkfield-tutors.example",), ("auditor",)),
    "tom": Account("tom", ("tom.reed@larkfield-tutors.example",), ("submit", "reviewer")),
    "olga": Account(
        "olga",
        ("olga@larkfield-tutors.example",),
        ("reviewer", "safeguarding_lead", "auditor", "administrator"),
    ),
    "sue": Account("sue", ("amira.haddad@larkfield-tutors.example",), ("submit",)),
}


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 12, 16, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **time: float) -> None:
        self.now += timedelta(**time)


class Lookups:
    """Reads attachments; asks no network."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def gather(self, message: Message, needs: frozenset[str]) -> Facts:
        return Facts(documents=await self._documents.read(message.attachments))

    async def protection(self, addresses: tuple[str, ...], register: Register, at: datetime) -> Protection:
        return await Protecting().of(addresses, register, at)


@dataclass
class Desk:
    """The whole console, and the means to fill it."""

    parts: Parts
    store: Store
    clock: Clock
    lookups: Lookups
    rules: Rules
    settings: Settings
    browsers: list[httpx2.AsyncClient] = field(default_factory=list)

    def browser(self) -> "Browser":
        """A new browser: no cookies yet."""
        app = build(self.parts)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=("192.0.2.7", 5))
        client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN)
        self.browsers.append(client)
        return Browser(client)

    async def token(self, name: str, *scopes: str) -> str:
        """A program's token for somebody's account."""
        return (await self.store.tokens.make(name, "test", scopes, timedelta(days=1), name))[1]

    async def hold(
        self,
        raw: bytes | str,
        sender: str = "tom.reed@larkfield-tutors.example",
        to: tuple[str, ...] = ("ana.marsh@family.example",),
        account: str | None = None,
    ) -> str:
        """Judge a message by the real rules and keep it as held; returns its id."""
        raw = raw.encode() if isinstance(raw, str) else raw
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        envelope = Envelope(
            mail_from=sender,
            recipients=tuple(map(Recipient, to)),
            received_at=self.clock(),
            account=account,
        )
        _, verdict = await judge(envelope, raw, self.rules, self.parts.register(), self.lookups)
        verdict = msgspec.structs.replace(verdict, action=Action.QUARANTINE)
        return await self.store.hold(raw, envelope, verdict)


def bearer(token: str) -> dict[str, str]:
    """The header that a program sends."""
    return {"Authorization": f"Bearer {token}"}


class Browser:
    """Follows no redirect by itself, and sends forms with the token of the page that they stand on."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.cookies = client.cookies

    async def get(self, path: str, **more) -> httpx2.Response:
        return await self.client.get(path, **more)

    async def post(self, path: str, on: str | None = None, **fields: str) -> httpx2.Response:
        """Fill the form for *path* that the page *on* shows, and send it."""
        page = await self.client.get(on or path)
        form = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', page.text, re.DOTALL)
        assert form, f"no form for {path} on {on or path}: {page.status_code}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0]))
        assert hidden["token"]
        return await self.send(path, **{**hidden, **fields})

    async def token(self, page: str = "/account") -> str:
        """The token that this browser's forms carry."""
        text = (await self.client.get(page)).text
        return text.partition('name="token" value="')[2][:64]

    async def send(self, path: str, **fields: str | list[str]) -> httpx2.Response:
        """Send fields as our own page would."""
        return await self.client.post(
            path, data=fields, headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
        )

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx2.Response:
        return await self.post("/sign-in", name=name, password=password)


@pytest.fixture(scope="session")
def demo_settings() -> Settings:
    file = config_folder() / "demo" / "chaperone.toml"
    return settings_from(read_toml(file) | {"web": {"listen": "127.0.0.1:0"}}, file)


@pytest.fixture(scope="session")
def documents():
    found = Documents(workers=1)
    yield found
    found.close()


@pytest.fixture(scope="session")
def rules(demo_settings: Settings) -> Rules:
    return Rules(*build_policy(read_pack(demo_settings), demo_settings.policy.rules, installed()))


@pytest.fixture(scope="session")
def register(demo_settings: Settings) -> Register:
    file = config_folder() / "demo" / "register.json"
    return Register(read_native(file.read_bytes(), str(file)).people, demo_settings.agency)


SECTION = sections.Store(url="sqlite:///desk.db", key_file=Path("desk.key"))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with all the people of PEOPLE in it, made once: their passwords take a while to hash."""
    folder = tmp_path_factory.mktemp("furnished")

    async def furnish() -> None:
        store = await Store.open(SECTION, folder, clock=Clock())
        for account in PEOPLE.values():
            await store.accounts.add(account, PASSWORD, "test")
        await store.close()

    asyncio.run(furnish())
    return folder


@pytest.fixture
async def desk(
    demo_settings: Settings,
    documents: Documents,
    rules: Rules,
    register: Register,
    furnished: Path,
    tmp_path: Path,
) -> AsyncIterator[Desk]:
    """A desk with all the people of PEOPLE and an empty queue."""
    clock = Clock()
    shutil.copytree(furnished, tmp_path / "store")
    review = sections.Review(
        two_people=frozenset({"bulk_disclosure"}), reserved=frozenset({"sensitive_body"})
    )
    store = await Store.open(SECTION, tmp_path / "store", review=review, clock=clock, patience=60)
    mails = Mails(demo_settings, store.core.vault.blind)
    parts = Parts(
        settings=demo_settings,
        store=store,
        sessions=store.sessions,
        notices=mails,
        documents=documents,
        register=lambda: register,
        policy=lambda: rules.policy,
        corrections=Repairs(
            agency=demo_settings.agency,
            rules=lambda: rules,
            register=lambda: register,
            lookups=Lookups(documents),
            kept=store.quarantine,
            steps=store.waiting,
            proposals=store.exemptions,
            escrow=store.escrow,
            pickups=store.pickups,
            notices=mails,
            clock=clock,
        ),
        imports=Uploads(store, demo_settings, clock),
        keys=KnownKeys(
            msgspec.structs.replace(demo_settings.keys, folder=tmp_path / "keys"), store.keys, clock
        ),
        clock=clock,
    )
    made = Desk(parts, store, clock, Lookups(documents), rules, demo_settings)
    yield made
    for client in made.browsers:
        await client.aclose()
    await store.close()
