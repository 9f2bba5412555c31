"""Books that are kept outside the gateway: what was sent, what was promised, what arrived."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.quantities import HostPort
from gateway.settings import config_folder

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
    notices: int = 0

    def write(self, kind: Kind) -> Letter:
        letter = Letter(f"letter-{len(self.letters)}", kind)
        self.letters[letter.mark] = letter
        return letter


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
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    writer.write(b"250-relay.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 Go ahead\r\n")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    mark = MARK.search(content)
                    if mark:
                        books.arrived[mark[1].decode()] += 1
                    else:
                        books.notices += 1
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


def configuration(folder: Path, relay: HostPort, extra: str = "") -> Path:
    """A gateway for the demo's agency, with a store of its own."""
    register = config_folder() / "demo" / "register.json"
    file = folder / "chaperone.toml"
    file.write_text(
        f"""
[agency]
name = "Larkfield Tutors"
domains = ["larkfield-tutors.example"]
safeguarding_lead = "dsl@larkfield-tutors.example"
[smtp]
listen = ["127.0.0.1:0"]
hostname = "gateway.example"
[relay]
address = "{relay}"
timeout = "5s"
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
