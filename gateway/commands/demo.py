"""
``chaperone demo``: the whole line at work, with a made-up agency.

A gateway and a receiving relay start on free loopback ports, a real SMTP client
sends what `config/demo/scenes.toml` lists, a reviewer releases what was held, and
a table says what became of each message. Nothing in it is staged: it ends with
status 1 when a message fared otherwise than the scene says.
"""

import argparse
import asyncio
import re
import smtplib
import sys
import tempfile
from email import message_from_bytes, policy
from pathlib import Path

import msgspec
from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway import journal
from gateway.commands.demo_relay import Arrived, ReceivingRelay
from gateway.quantities import HostPort
from gateway.running import Gateway
from gateway.sections import Settings
from gateway.settings import config_folder, read_toml, settings_from

_PATIENCE = 90.0  # seconds until a part that does not answer ends the demo


class Scene(msgspec.Struct, frozen=True):
    """One message of the demo, and the verdict that it must get."""

    mail: str
    what: str
    sender: str
    recipients: tuple[str, ...]
    verdict: str
    release: bool = False


class Outcome(msgspec.Struct):
    """What became of one scene's message."""

    scene: Scene
    code: int
    reply: str
    left: list[Arrived]
    told: list[Arrived]
    released: bool = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--keep", action="store_true", help="leave it running afterwards, to try things out")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="save the table as a picture too")


def run(args: argparse.Namespace) -> int:
    """Play all scenes; 0 when every message fared as it should."""
    journal.configure("text", "error")
    with tempfile.TemporaryDirectory(prefix="chaperone-demo-") as folder:
        return asyncio.run(_demo(Path(folder), keep=args.keep, svg=args.svg))


async def _demo(folder: Path, *, keep: bool, svg: Path | None) -> int:
    console = Console(highlight=False, record=svg is not None, width=None if sys.stdout.isatty() else 118)
    source = config_folder() / "demo"
    scenes = msgspec.convert(read_toml(source / "scenes.toml")["scenes"], list[Scene])
    async with ReceivingRelay() as relay:
        file = _configuration(source, folder, relay.address)
        settings = settings_from(read_toml(file), file)
        async with Gateway.running(settings) as gateway:
            at = gateway.addresses[0]
            console.print(
                f"\n[bold]{settings.agency.name}[/bold]: tutors ─▶ gateway {at} ─▶ relay {relay.address}\n"
            )
            outcomes = [await _play(scene, source, at, relay, file) for scene in scenes]
            console.print(_table(outcomes))
            console.print(_one_explanation(outcomes))
            if svg is not None:
                _save(console, svg)
            if keep:
                await _stay(console, at, file, settings)
    wrong = [each for each in outcomes if _verdict(each) != each.scene.verdict]
    for each in wrong:
        console.print(f"{each.scene.mail}: expected {each.scene.verdict}, got {_verdict(each)}: {each.reply}")
    return 1 if wrong else 0


def _configuration(source: Path, folder: Path, relay: HostPort) -> Path:
    """The demo's own configuration, with free ports and a folder of its own."""
    text = (source / "chaperone.toml").read_text("utf-8")
    text = text.replace('source = "register.json"', f'source = "{source / "register.json"}"')
    text += f"""
[smtp]
listen = ["127.0.0.1:0"]

[relay]
address = "{relay}"

[store]
url = "sqlite:///{folder / "chaperone.db"}"
key_file = "{folder / "chaperone.key"}"

[web]
listen = "127.0.0.1:0"
"""
    file = folder / "chaperone.toml"
    file.write_text(text, "utf-8")
    return file


async def _play(scene: Scene, source: Path, at: HostPort, relay: ReceivingRelay, file: Path) -> Outcome:
    """Send one message and wait until the relay has whatever has to follow from it."""
    raw = (source / "mail" / scene.mail).read_bytes()
    before = len(relay.arrived)
    code, reply = await asyncio.to_thread(_send, at, scene, raw)
    expected = {"deliver": 1, "fix": 2, "encrypt": 3, "quarantine": 1, "reject": 1}[scene.verdict]
    await relay.wait_for(before + expected, _PATIENCE)
    outcome = Outcome(scene, code, reply, [], [])
    if scene.release and code == 250:
        outcome.released = await _release(reply, file)
        await relay.wait_for(before + expected + 1, _PATIENCE)
    await relay.quiet()
    for each in relay.arrived[before:]:
        (outcome.told if each.mail_from == "" else outcome.left).append(each)
    return outcome


def _send(at: HostPort, scene: Scene, raw: bytes) -> tuple[int, str]:
    """Submit as a mail program does; returns the last reply."""
    with smtplib.SMTP(at.host, at.port, timeout=_PATIENCE) as client:
        client.ehlo("laptop.larkfield-tutors.example")
        client.mail(scene.sender)
        for recipient in scene.recipients:
            client.rcpt(recipient)
        code, text = client.data(raw)
    return code, " ".join(text.decode("utf-8", "replace").splitlines())


async def _release(reply: str, file: Path) -> bool:
    """A reviewer releases the held message, from a process of their own."""
    item = reply.partition(" as ")[2].split()[0]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "quarantine", "release", item, "--config", str(file),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await child.communicate()
    if child.returncode:
        sys.stderr.write(output.decode("utf-8", "replace"))
    return child.returncode == 0


def _verdict(outcome: Outcome) -> str:
    """The verdict as it shows from outside: in the reply, and in what arrived at the relay."""
    if outcome.code == 550:
        return "reject"
    if outcome.code != 250:
        return "trouble"
    if "Held for review" in outcome.reply:
        return "quarantine"
    if any("passphrase" in one.subject.lower() for one in outcome.told):
        return "encrypt"
    if len(outcome.left) > 1 or outcome.told:
        return "fix"
    return "deliver" if outcome.left else "trouble"


_STYLES = {"deliver": "green", "fix": "cyan", "encrypt": "cyan", "quarantine": "yellow", "reject": "red"}


def _table(outcomes: list[Outcome]) -> Table:
    table = Table(show_lines=True, expand=True, box=box.ROUNDED)
    for title, ratio in (
        ("", 1),
        ("What the tutor sent", 10),
        ("Verdict", 5),
        ("What the mail program was told", 14),
        ("What left, and for whom", 16),
    ):
        table.add_column(title, ratio=ratio)
    for number, each in enumerate(outcomes, 1):
        verdict = _verdict(each)
        table.add_row(
            str(number),
            each.scene.what,
            Text(verdict, style=_STYLES.get(verdict, "bold red")),
            Text(f"{each.code} {each.reply}"),  # as Text: brackets are no markup
            Text(_left(each)),
        )
    return table


def _left(outcome: Outcome) -> str:
    lines = []
    if outcome.released:
        lines.append("released by a reviewer, and then:")
    if len(outcome.left) > 2:
        lines.append(f"{len(outcome.left)} copies, each showing its own family alone")
    else:
        lines += [f"to {', '.join(one.recipients)}{one.attachments}" for one in outcome.left]
    if not outcome.left:
        lines.append("nothing")
    for one in outcome.told:
        reader = "the tutor" if one.recipients == (outcome.scene.sender,) else "a reviewer"
        lines.append(f"and to {reader}: {one.subject}")
    return "\n".join(lines)


def _one_explanation(outcomes: list[Outcome]) -> Panel:
    """The text that the first refused tutor received."""
    refused = next((each for each in outcomes if each.told), None)
    if refused is None:
        return Panel("nobody was told anything")
    mail = message_from_bytes(refused.told[0].raw, policy=policy.default)
    body = mail.get_body(("plain",))
    text = body.get_content() if body else ""
    return Panel(
        Text(text.strip()), title=f"What message {outcomes.index(refused) + 1}'s tutor received", expand=True
    )


async def _stay(console: Console, at: HostPort, file: Path, settings: Settings) -> None:
    console.print(f"Still running. SMTP: {at}   configuration: {file}   console: {settings.web.base_url}")
    console.print("Try:  chaperone quarantine list --config " + str(file) + "     Ctrl-C ends it.")
    await asyncio.Event().wait()


def _save(console: Console, file: Path) -> None:
    """The terminal as a picture, in the reader's own monospace font: nothing is fetched."""
    svg = console.export_svg(title="chaperone demo")
    start, end = svg.find("@font-face"), svg.rfind("@font-face")
    if start >= 0:
        svg = svg[:start] + svg[svg.index("}", end) + 1 :]
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    file.write_text(svg.replace("Fira Code", "ui-monospace, Menlo, Consolas"), "utf-8")
