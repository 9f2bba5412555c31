"""``chaperone doctor``: looks whether everything is in place, and says what to do where it is not."""

import argparse
import asyncio
import ctypes
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import dns.asyncresolver
import dns.exception
import dns.resolver
import magic
import msgspec
from cryptography import x509
from rich.console import Console
from rich.text import Text

from gateway.commands import add_config
from gateway.commands.doctor_protecting import directory, keys, protecting
from gateway.commands.examined import Result, State
from gateway.compose import build_rules
from gateway.intake.importing import read_register
from gateway.policy.chain import installed
from gateway.premises import check_premises
from gateway.register.problems import RegisterProblem
from gateway.sections import Settings
from gateway.settings import read_settings
from gateway.smtp.next_hops import NextHops
from gateway.smtp.pool import Pool, SignInRefused
from gateway.smtp.relay import own_credential
from gateway.store.errors import StoreTrouble, StoreUnusable
from gateway.store.store import Store

_PATIENCE = 5.0  # seconds for each answer of DNS
_RELAY_PATIENCE = 30.0  # seconds; some greet late, on purpose or because they are busy
_DAYS_LEFT = 21  # a certificate that ends sooner should have been renewed
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON array")


def run(args: argparse.Namespace) -> int:
    """Check everything; 0 when nothing is bad, 1 when something is."""
    settings = read_settings(args.config)
    results = asyncio.run(_examine(settings))
    if args.json:
        print(msgspec.json.encode(results).decode())
    else:
        _print(results)
    return int(any(each.state == "bad" for each in results))


async def _examine(settings: Settings) -> list[Result]:
    rules = build_rules(settings)
    check_premises(settings, installed())
    results = [Result("configuration", "good", f"policy {rules.policy.name}, {len(rules.chain.steps)} rules")]
    if not settings.agency.safeguarding_lead:
        remedy = "name one in [agency] safeguarding_lead: who is told of what is held, and asked in doubt"
        results.append(Result("safeguarding lead", "look", "nobody is named", remedy))
    results += [each async for each in _store(settings)]
    results += await _relays(settings)
    results.append(_certificate(settings))
    results += await asyncio.gather(*(_domain(domain) for domain in settings.agency.domains))
    results += [
        *protecting(settings),
        *await directory(settings),
        _disk(settings),
        _clock(),
        _file_types(),
        _optional(),
        _unpacking(),
    ]
    return results


async def _store(settings: Settings) -> AsyncIterator[Result]:
    try:
        store = await Store.open(settings.store, settings.base)
    except StoreUnusable as problem:
        yield Result(
            "store", "bad", str(problem), "mend the key [store] names, or make the database reachable"
        )
        return
    try:
        people = await store.load_register()
        yield Result("store", "good", "opens with its key")
        if people is None or not people.pupils:
            yield _first_register(settings, none_yet=people is None)
        else:
            yield Result("register", "good", f"{len(people.pupils)} pupils, {len(people.carers)} carers")
        kept = [(each.name, each.data) for each in await store.keys.list()]
        if kept:
            for result in keys("kept keys", settings, kept):
                yield result
    except StoreTrouble:
        yield Result(
            "store", "bad", "opens, but cannot be read", "look at the database's own log and its disk"
        )
    finally:
        await store.close()


def _first_register(settings: Settings, *, none_yet: bool) -> Result:
    """How it stands with a register that is empty: *none_yet*, the next start loads what the settings name."""
    remedy = "chaperone register import FILE: without a register no rule knows who is a pupil"
    source = settings.register.source if none_yet else None
    if source is None:
        return Result("register", "bad", "nobody in it yet", remedy)
    try:
        people = read_register(source, settings, today=datetime.now().astimezone().date()).people
    except RegisterProblem as problem:
        return Result(
            "register", "bad", f"cannot be loaded: {problem}", "mend the file that [register] source names"
        )
    if not people.pupils:
        return Result("register", "bad", "no pupil in the file of [register] source", remedy)
    return Result(
        "register", "good", f"{len(people.pupils)} pupils, loaded at the first start from {source.name}"
    )


async def _relays(settings: Settings) -> list[Result]:
    hops = await NextHops(settings.relay).now()
    if not hops:
        remedy = "is the name in [relay] address right, and does this machine's name server answer?"
        return [Result("relay", "bad", "DNS names no server for it", remedy)]
    credential = own_credential(settings)
    name = settings.smtp.hostname or socket.getfqdn()
    return await asyncio.gather(*(_relay(Pool(each, settings.relay, name, credential)) for each in hops))


async def _relay(pool: Pool) -> Result:
    what = f"relay {pool.hop.address}"
    try:
        conversation = await pool.connect(_RELAY_PATIENCE)
    except ssl.SSLCertVerificationError as problem:
        found = f"its certificate is not valid: {problem.verify_message}"
        return Result(
            what, "bad", found, "renew it there; an authority of your own is named in [relay] ca_file"
        )
    except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPTimeoutError, OSError):
        return Result(what, "bad", "cannot be reached", "is [relay] address right, and is the relay running?")
    except SignInRefused as refused:
        found = f"refuses [relay] user with {refused.reply.code}"
        return Result(what, "bad", found, "is the password in [relay] password_file right?")
    except (aiosmtplib.SMTPException, ValueError) as problem:
        if pool.hop.tls in ("required", "encrypted") and "STARTTLS" in str(problem):
            remedy = 'set [relay] tls = "none" only if the way to it is safe'
            return Result(what, "bad", "offers no TLS", remedy)
        found = f"answers wrongly ({type(problem).__name__})"
        return Result(what, "bad", found, "look at the relay's log; a password is sent under TLS only")
    said = ["answers"]
    if conversation.transport.get_extra_info("sslcontext") is not None:
        said.append("with TLS, proved by DNS (DANE)" if pool.hop.tlsa else "with TLS")
    if pool.signs_in:
        said.append("takes our sign-in")
    conversation.quit()
    return Result(what, "good", ", ".join(said))


def _certificate(settings: Settings) -> Result:
    what = "certificate"
    tls = settings.smtp.tls
    if tls is None:
        remedy = "name one in [smtp.tls]: until then only trusted networks can submit, and nobody can sign in"
        return Result(what, "look", "none", remedy)
    try:
        certificate = x509.load_pem_x509_certificates(tls.certificate.read_bytes())[0]
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key)
    except (OSError, ValueError, ssl.SSLError) as problem:
        found = f"cannot be used ({type(problem).__name__})"
        return Result(what, "bad", found, "certificate and key must be PEM files that belong together")
    left = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    if left < 0:
        return Result(what, "bad", f"ended {-left} days ago", "renew it; it is taken over without a restart")
    state: State = "good" if left >= _DAYS_LEFT else "look"
    return Result(what, state, f"good for {left} more days", "" if state == "good" else "renew it soon")


async def _domain(domain: str) -> Result:
    what = f"DNS for {domain}"
    resolver = dns.asyncresolver.Resolver()
    try:
        answer = await resolver.resolve(domain, "MX", lifetime=_PATIENCE)
    except dns.resolver.NXDOMAIN:
        return Result(what, "bad", "there is no such domain", "is [agency] domains spelt right?")
    except dns.resolver.NoAnswer:
        return Result(what, "look", "it takes no mail (no MX)", "replies to your tutors would not arrive")
    except dns.exception.DNSException:
        remedy = "mail flows all the same, but addresses cannot be checked: look at the machine's resolver"
        return Result(what, "look", "DNS does not answer", remedy)
    return Result(what, "good", f"{len(answer)} mail servers")


def _disk(settings: Settings) -> Result:
    folder = Path(settings.store.url.removeprefix("sqlite:///"))
    folder = (settings.base / folder).parent if settings.store.url.startswith("sqlite") else settings.base
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f} GB free"
    if free < 5 * settings.smtp.max_message_size:
        return Result("disk", "bad", found, "make room: a full disk turns every held message into a 451")
    return Result("disk", "good" if free > 1e9 else "look", found, "" if free > 1e9 else "make room soon")


def _clock() -> Result:
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    if state == _TIME_ERROR:
        remedy = "run chrony or systemd-timesyncd: birthdays and expiries go by this clock"
        return Result("clock", "look", "not synchronised", remedy)
    return Result("clock", "good", "synchronised")


def _file_types() -> Result:
    kind = magic.from_buffer(b"%PDF-1.7\n", mime=True)
    if kind != "application/pdf":
        return Result("libmagic", "bad", f"takes a PDF for {kind}", "apt-get install --reinstall libmagic1")
    return Result("libmagic", "good", "tells a PDF by its bytes")


def _optional() -> Result:
    if shutil.which("tesseract"):
        return Result("reading scans", "good", "tesseract is there")
    remedy = "apt-get install tesseract-ocr: until then, scanned pages count as not read"
    return Result("reading scans", "look", "tesseract is not there", remedy)


def _unpacking() -> Result:
    from gateway.documents.formats.packed import libarchive

    if libarchive():
        return Result("unpacking rar", "good", "libarchive is there")
    remedy = "apt-get install libarchive13: until then, rar and zstd files count as not read"
    return Result("unpacking rar", "look", "libarchive is not there", remedy)


_STYLES = {"good": "green", "look": "yellow", "bad": "red"}


def _print(results: list[Result]) -> None:
    console = Console(highlight=False)
    for each in results:
        console.print(Text.assemble((f"{each.state:5}", _STYLES[each.state]), f"{each.what}: {each.found}"))
        if each.remedy:
            console.print(Text(f"       {each.remedy}"))
    bad = [each for each in results if each.state == "bad"]
    console.print()
    if not bad:
        console.print("Nothing stands in the way.")
        return
    console.print(f"To do before the gateway can work, {len(bad)}:")
    for number, each in enumerate(bad, 1):
        console.print(Text(f" {number}. {each.what}: {each.remedy}"))
