"""Books that are kept outside the gateway: what was sent, what was promised, what arrived."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from gateway.mail.envelope import Recipient
from gateway.quantities import HostPort
from gateway.remedy.outgoing import Outgoing
from gateway.settings import config_folder, read_settings
from gateway.store.core import utc_now
from gateway.store.store import Store

MARK = re.compile(rb"^X-Fault-Suite: (\S+)\r$", re.MULTILINE)
TUTOR = "tom.reed@larkfield-tutors.example"


@dataclass(frozen=True)
class Kind:
    """A sort of message, and where it must be once it has been acknowledged."""

    mail: str
    recipients: tuple[str, ...]
    verdict: str


KINDS = (
    Kind("1-lesson-time.eml", ("ana.marsh@family.example",), "deliver"),
    Kind("8-broken-archive.eml", ("rhian.pryce@family.example",), "quarantine"),
    Kind("3-name-in-subject.eml", ("ana.marsh@family.example",), "reject"),
    Kind("6-medical-report.eml", ("a.osei@hill-school.example",), "encrypt"),
)


@dataclass
class Letter:
    """One message of the books."""

    mark: str
    kind: Kind
    attempts: int = 0
    in_doubt: int = 0  # attempts that ended without an answer after the final dot
    reply: str = ""
    answered: Callable[[], None] = lambda: None

    @property
    def acknowledged(self) -> bool:
        return self.reply.startswith("250")

    @property
    def content(self) -> bytes:
        raw = (config_folder() / "demo" / "mail" / self.kind.mail).read_bytes()
        # Of two letters with one text the store would close the earlier as superseded.
        mark = self.mark.encode()
        unlike = re.sub(rb"<demo-\d", b"<" + mark, raw, count=1).replace(b"Dear", b"Dear (" + mark + b")", 1)
        return b"X-Fault-Suite: " + mark + b"\r\n" + unlike


@dataclass
class Books:
    letters: dict[str, Letter] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)
    contents: dict[str, list[bytes]] = field(default_factory=dict)  # of letters, by their marks
    notices: list[bytes] = field(default_factory=list)
    senders: dict[str, list[str]] = field(default_factory=dict)  # the name in EHLO of whoever brought it
    refuses: bytes = b""  # what the next hop says to MAIL instead of 250
    holds: asyncio.Event | None = None  # it answers no message before this is set
    answers: int = 0  # to mail programs, after the final dot

    def write(self, kind: Kind) -> Letter:
        letter = Letter(f"letter-{len(self.letters)}", kind, answered=self._count)
        self.letters[letter.mark] = letter
        return letter

    def _count(self) -> None:
        self.answers += 1


async def reply_of(reader: asyncio.StreamReader) -> str:
    lines = []
    while True:
        line = (await reader.readline()).decode("utf-8", "replace")
        if not line:
            raise ConnectionResetError
        lines.append(line)
        if line[3:4] != "-":
            return "".join(lines)


async def post(letter: Letter, address: HostPort) -> None:
    """One attempt, as a mail program makes it; its outcome goes into the letter."""
    letter.attempts += 1
    dotted = False
    writer = None
    try:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        await reply_of(reader)
        commands = ["EHLO client.example", f"MAIL FROM:<{TUTOR}>"]
        commands += [f"RCPT TO:<{each}>" for each in letter.kind.recipients]
        for command in [*commands, "DATA"]:
            writer.write(f"{command}\r\n".encode())
            reply = await reply_of(reader)
            if not reply.startswith(("2", "3")):
                letter.reply = reply
                return
        writer.write(letter.content.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        dotted = True
        letter.reply = await reply_of(reader)
        letter.answered()
    except (ConnectionError, OSError):
        letter.in_doubt += dotted
        letter.reply = ""
    finally:
        if writer is not None:
            writer.close()


@asynccontextmanager
async def receiving(books: Books, folder: Path) -> AsyncIterator[HostPort]:
    """The next hop: takes everything, and notes what came before it says 250."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.example ESMTP\r\n")
        name = ""
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"MAIL" and books.refuses:
                    writer.write(books.refuses)
                elif verb == b"EHLO":
                    name = line[4:].decode().strip()
                    writer.write(b"250-relay.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 Go ahead\r\n")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    mark = MARK.search(content)
                    if mark:
                        books.arrived[mark[1].decode()] += 1
                        books.contents.setdefault(mark[1].decode(), []).append(content)
                        books.senders.setdefault(mark[1].decode(), []).append(name)
                    else:
                        books.notices.append(content)
                    if books.holds is not None:
                        await books.holds.wait()
                    writer.write(b"250 2.0.0 Taken\r\n")
                else:
                    writer.write(b"250 2.0.0 OK\r\n")
                if verb == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=10_000_000)
    try:
        yield HostPort(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()


def configuration(
    folder: Path, relay: HostPort, extra: str = "", *, name: str = "gateway", queue: bool = False
) -> Path:
    """A gateway for the demo's agency, with a store that all in one folder share."""
    register = config_folder() / "demo" / "register.json"
    file = folder / f"{name}.toml"
    file.write_text(
        f"""
[agency]
name = "Larkfield Tutors"
domains = ["larkfield-tutors.example"]
safeguarding_lead = "dsl@larkfield-tutors.example"
[smtp]
listen = ["127.0.0.1:0"]
hostname = "{name}.example"
[relay]
address = "{relay}"
timeout = "60s"
on_relay_down = "{"queue" if queue else "defer"}"
[store]
url = "sqlite:///chaperone.db"
key_file = "chaperone.key"
[register]
source = "{register}"
[web]
listen = "127.0.0.1:0"
{extra}
""",
        "utf-8",
    )
    return file


async def enqueue(config: Path, letters: Sequence[Letter], ahead: float = 0.0) -> None:
    """Put letters into the outbox of that gateway, by a clock that is so many seconds ahead."""
    settings = read_settings(config)
    store = await Store.open(
        settings.store, settings.base, clock=lambda: utc_now() + timedelta(seconds=ahead)
    )
    try:
        await store.enqueue(
            *(
                Outgoing(
                    mail_from=TUTOR,
                    recipients=tuple(map(Recipient, each.kind.recipients)),
                    raw=each.content,
                )
                for each in letters
            )
        )
    finally:
        await store.close()
