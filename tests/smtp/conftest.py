"""A listener on a free port, what it was given, and a client that says exactly what it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trustme
import uvloop

from gateway.mail.account import Account
from gateway.mail.envelope import Envelope
from gateway.mail.reply import Reply
from gateway.quantities import HostPort, Network
from gateway.register.register import Agency
from gateway.remedy.outgoing import Outgoing
from gateway.sections import Relay, Settings, Smtp, Tls
from gateway.smtp.relay import RelayClient
from gateway.smtp.server import SmtpServer
from gateway.smtp.trace import Seal

TAKEN = Reply(250, "2.0.0", ("Taken by the next server",))


class Dialogue:
    """A client on a raw socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """The next whole reply; "" when the other side has closed."""
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 60)).decode()
            lines.append(line)
            if line[3:4] != "-":
                return "".join(lines).rstrip("\r\n")

    async def say(self, command: str | bytes) -> str:
        """Send one line and wait for its reply."""
        self.send(command)
        return await self.reply()

    def send(self, command: str | bytes) -> None:
        self.writer.write((command.encode() if isinstance(command, str) else command) + b"\r\n")

    def raw(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def begin(self, sender: str = "tom@agency.example", *recipients: str) -> None:
        """EHLO (unless said), MAIL, RCPT, DATA; the message is the caller's."""
        assert (await self.say("EHLO client.example")).startswith("250")
        assert (await self.say(f"MAIL FROM:<{sender}>")).startswith("250")
        for each in recipients or ("ana@family.example",):
            assert (await self.say(f"RCPT TO:<{each}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    async def message(self, content: bytes) -> str:
        """Send content and the final dot as they are given; the reply to them."""
        self.raw(content + b"\r\n.\r\n")
        return await self.reply()

    async def closed(self) -> bool:
        """Whether nothing but the end of the connection is left to read."""
        try:
            return await asyncio.wait_for(self.reader.read(), 60) == b""
        except ConnectionError:
            return True

    async def start_tls(self, context: ssl.SSLContext, name: str = "gateway.example") -> None:
        assert (await self.say("STARTTLS")).startswith("220")
        await self.writer.start_tls(context, server_hostname=name)

    def close(self) -> None:
        self.writer.close()


class Inbox:
    """What the listener handed over, and what it is told in return."""

    def __init__(self) -> None:
        self.messages: list[tuple[Envelope, bytes]] = []
        self.answer: Callable[[Envelope, bytes], Awaitable[Reply]] | None = None
        self.came = asyncio.Event()

    async def handle(self, envelope: Envelope, raw: bytes) -> Reply:
        self.came.set()
        reply = TAKEN if self.answer is None else await self.answer(envelope, raw)
        self.messages.append((envelope, raw))
        return reply


class People:
    """Accounts in memory, with passwords that only tests have."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def verify(self, name: str, password: str) -> Account | None:
        self.asked.append(name)
        if (name, password) == ("tom", "correct horse"):
            return Account("tom", ("tom@agency.example", "office@agency.example"))
        return None


class Listener:
    """A running server and the way to it."""

    def __init__(self, server: SmtpServer, address: HostPort, inbox: Inbox, people: People) -> None:
        self.server = server
        self.address = address
        self.inbox = inbox
        self.people = people

    async def connect(self) -> Dialogue:
        dialogue = await self.dial()
        assert (await dialogue.reply()).startswith("220 ")
        return dialogue

    async def dial(self) -> Dialogue:
        return Dialogue(*await asyncio.open_connection(self.address.host, self.address.port))


AGENCY = Agency(name="Brightpath Tutors", domains=("agency.example",), safeguarding_lead="dsl@agency.example")


@asynccontextmanager
async def running(
    smtp: Smtp, relay: Relay | None = None, seal: Seal | None = None
) -> AsyncIterator[Listener]:
    """A listener; with *relay*, one that asks it for recipients and passes everything on to it unjudged."""
    inbox, people = Inbox(), People()
    settings = Settings(agency=AGENCY, smtp=smtp, relay=relay or Relay())
    client = RelayClient(settings) if relay is not None else None
    if client is not None:

        async def pass_on(envelope: Envelope, raw: bytes) -> Reply:
            return (await client.deliver(outgoing_of(envelope, raw))).reply

        inbox.answer = pass_on
    server = SmtpServer(settings, inbox.handle, people, client, seal=seal)
    (address,) = await server.start()
    try:
        yield Listener(server, address, inbox, people)
    finally:
        await server.stop(5)
        if client is not None:
            await client.close()


def outgoing_of(envelope: Envelope, raw: bytes) -> Outgoing:
    """The message unchanged, as the pipeline sends it."""
    return Outgoing(
        mail_from=envelope.mail_from,
        recipients=envelope.recipients,
        raw=raw,
        mail_options=envelope.mail_options,
        smtputf8=envelope.smtputf8,
        trace=envelope.trace,
    )


def smtp(**changes: object) -> Smtp:
    """Settings for a listener on a free port, with *changes*."""
    base = Smtp(listen=(HostPort("127.0.0.1:0"),), hostname="gateway.example")
    return msgspec.structs.replace(base, **changes)


@pytest.fixture(scope="session", params=[None, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    """Everything is tried on both loops: `serve` runs on uvloop, other commands on asyncio's own."""
    return request.param() if request.param else asyncio.DefaultEventLoopPolicy()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no relay that hangs, and no name server that is silent."""
    for name in ("relay._FIRST_PATIENCE", "relay.EARLY_PATIENCE", "next_hops._PATIENCE", "mta_sts._PATIENCE"):
        monkeypatch.setattr(f"gateway.smtp.{name}", 60.0)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """A listener that trusts this machine."""
    async with running(smtp()) as up:
        yield up


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def tls_files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder: Path = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("gateway.example", "localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(folder / "cert.pem"), append=number > 0)
    return Tls(certificate=folder / "cert.pem", key=folder / "key.pem")


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
async def stranger(tls_files: Tls) -> AsyncIterator[Listener]:
    """A listener with a certificate that trusts nobody."""
    async with running(smtp(tls=tls_files, trusted_networks=(Network("192.0.2.0/24"),))) as up:
        yield up
