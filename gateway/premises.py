"""What a configuration presupposes beyond its own form: that files are there, and that names mean something."""

import codecs
import os
import re
import ssl
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from gateway.quantities import LOOPBACK, HostPort, is_address
from gateway.sections import Review, Settings
from gateway.settings import SettingsProblem

_LEAST = 1_000  # bytes; somebody who wrote less meant megabytes
_BASE = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")
_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[A-Za-z0-9:.]+\]")
_LDAP = re.compile(r"ldaps?://[^\s/?#]+.*")
_BREAKS = frozenset({"Cc", "Zl", "Zp"})  # control characters, separators of lines and paragraphs
# What stands wrong: the key, what was found, what is expected.
Wrong = tuple[str, str, str]


def check_premises(settings: Settings, rules: Iterable[str]) -> None:
    """
    Look whether a gateway can serve by these settings; *rules* are the ids of those that are installed.

    Raises:
        SettingsProblem: the first thing that is missing, or means nothing.
    """
    known = frozenset(rules)
    for key, found, expected in (
        *_folders(settings),
        *_authorities(settings),
        *_doors(settings),
        *_relay(settings),
        *_directory(settings),
        *_sign_in(settings),
        *_quantities(settings),
        *_names(settings, known),
    ):
        raise SettingsProblem("configuration", key, found, expected)


def _folders(settings: Settings) -> Iterator[Wrong]:
    spool = settings.smtp.spool_folder
    if not (spool.is_dir() and os.access(spool, os.W_OK | os.X_OK)):
        yield "smtp.spool_folder", str(spool), "a folder that can be written to"
    for key, folder in (
        ("notices.templates", settings.notices.templates),
        ("keys.folder", settings.keys.folder),
    ):
        if folder is not None and not folder.is_dir():
            yield key, str(folder), "a folder that is there"
    watch = settings.register.watch
    if watch is not None and watch.resolve() == settings.base:  # what arrives there is removed
        yield "register.watch", str(watch), "a folder of its own, not the configuration's"
    mapping = settings.register.mapping
    if mapping is not None and not mapping.is_file():
        yield "register.mapping", str(mapping), "a TOML file that names columns (docs/register.md)"


def _authorities(settings: Settings) -> Iterator[Wrong]:
    named: list[tuple[str, Path | None]] = [
        ("relay.ca_file", settings.relay.ca_file),
        ("smtp.tls.client_ca_file", settings.smtp.tls.client_ca_file if settings.smtp.tls else None),
        ("keys.ca_file", settings.keys.ca_file),
        ("ldap.ca_file", settings.ldap.ca_file if settings.ldap else None),
    ]
    for key, file in named:
        if file is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
            except OSError as problem:  # of which ssl.SSLError is one
                why = "no PEM" if isinstance(problem, ssl.SSLError) else problem.strerror
                yield key, f"{file} ({why})", "a file of certificates in PEM"


def _doors(settings: Settings) -> Iterator[Wrong]:
    smtp = settings.smtp
    if not smtp.listen and not smtp.listen_tls:
        yield "smtp.listen", "no address", 'at least one, such as "127.0.0.1:2525"'
    if smtp.proxy_protocol and not smtp.proxies:
        yield "smtp.proxy_protocol", "true without proxies", "smtp.proxies: who begins with a PROXY line"
    if smtp.listen_tls and smtp.tls is None:
        yield "smtp.listen_tls", "no [smtp.tls]", "a certificate for it"
    if smtp.tls and not all(_HOST.fullmatch(each.removeprefix("*.")) for each in smtp.tls.trusted_clients):
        yield "smtp.tls.trusted_clients", "what is no name", "hosts' names, such as mail.provider.example"
    if smtp.hostname and not _HOST.fullmatch(smtp.hostname):
        yield "smtp.hostname", repr(smtp.hostname), "a host's name, such as mail.agency.example"
    for address, accounts in smtp.shared_mailboxes.items():
        if not is_address(address):
            yield "smtp.shared_mailboxes", repr(address), "an address"
        if not all(map(str.strip, accounts)):
            yield f"smtp.shared_mailboxes.{address}", "an empty text", "the accounts that may send as it"


def _relay(settings: Settings) -> Iterator[Wrong]:
    relay = settings.relay
    if relay.user and relay.tls == "none":
        yield "relay.tls", '"none" beside relay.user', '"required": no password is sent without TLS'
    if relay.user and not (relay.password_file or os.environ.get("CHAPERONE_RELAY_PASSWORD")):
        yield "relay.password_file", "nothing beside relay.user", "a file, or CHAPERONE_RELAY_PASSWORD"
    if relay.user:
        yield from _secret("relay.password_file", relay.password_file)
    if any(each.port == 0 for each in relay.address if isinstance(each, HostPort)):
        yield "relay.address", "port 0", "the relay's port, such as 25 or 587"


def _directory(settings: Settings) -> Iterator[Wrong]:
    ldap = settings.ldap
    if ldap is None:
        if settings.smtp.auth == "ldap":
            yield "smtp.auth", '"ldap" without [ldap]', "an [ldap] table"
        if settings.keys.ldap:
            yield "keys.ldap", "true", "a table [ldap] beside it"
        return
    if not _LDAP.fullmatch(ldap.url):
        yield "ldap.url", repr(ldap.url), "the directory, with ldap:// or ldaps:// in front"
    if settings.smtp.auth == "ldap":
        for key, text in (("user", ldap.user), ("filter", ldap.filter)):
            if "{name}" not in text:  # everybody would be the same person
                yield f"ldap.{key}", repr(text), "{name} in it, for the name that somebody signs in with"
    if not ldap.addresses or not all(map(str.strip, ldap.addresses)):
        yield "ldap.addresses", "no attribute", 'the attributes that hold addresses, such as ["mail"]'
    if ldap.reader and not ldap.reader_password_file:
        yield "ldap.reader_password_file", "nothing beside ldap.reader", "a file with the reader's password"
    if ldap.reader_password_file and not ldap.reader:
        yield "ldap.reader", "nothing beside ldap.reader_password_file", "whom to bind as"
    yield from _secret("ldap.reader_password_file", ldap.reader_password_file)


def _sign_in(settings: Settings) -> Iterator[Wrong]:
    """Signing in to the console by another service's word."""
    oidc = settings.web.oidc
    if oidc is None:
        return
    host = _host(oidc.issuer)
    if not host or not oidc.issuer.startswith(
        "https://" if host not in LOOPBACK else ("https://", "http://")
    ):
        yield "web.oidc.issuer", repr(oidc.issuer), "an https address"
    if not oidc.client_id.strip():
        yield "web.oidc.client_id", "an empty text", "what the service calls this console"
    if not oidc.label.strip():
        yield "web.oidc.label", "an empty text", "what the button says"
    yield from _secret("web.oidc.client_secret_file", oidc.client_secret_file)


def _host(url: str) -> str:
    """The host that a web address names; "" where it is none."""
    try:
        parts = urlsplit(url)
        return parts.hostname or "" if parts.port != 0 else ""
    except ValueError:  # brackets without their match, a port that is no number
        return ""


def _secret(key: str, file: Path | None) -> Iterator[Wrong]:
    """A file that holds a secret has to be there, and not be empty."""
    if file is None:
        return
    try:
        if file.read_text("utf-8").strip():
            return
        found = "an empty file"
    except (OSError, UnicodeDecodeError) as problem:
        found = type(problem).__name__
    yield key, f"{file} ({found})", "a file that can be read, with something in it"


def _quantities(settings: Settings) -> Iterator[Wrong]:
    for key, size in (
        ("max_message_size", settings.smtp.max_message_size),
        ("max_in_flight", settings.smtp.max_in_flight),
    ):
        if size < _LEAST:
            yield f"smtp.{key}", f"{size} bytes", 'a size with its unit, such as "50MB"'
    for key, time in (
        ("smtp.idle_timeout", settings.smtp.idle_timeout),
        ("ldap.timeout", settings.ldap.timeout if settings.ldap else 1),
        ("relay.timeout", settings.relay.timeout),
        ("outbox.give_up_after", settings.outbox.give_up_after),
        ("protect.page_for", settings.protect.page_for),
        ("retention.undecided", settings.retention.undecided),
        ("web.session_idle", settings.web.session_idle),
        ("web.session_longest", settings.web.session_longest),
    ):
        if time <= 0:
            yield key, "no time at all", 'a duration such as "10 minutes" or "3 days"'
    try:
        codecs.lookup(settings.register.encoding)
    except LookupError:
        yield (
            "register.encoding",
            repr(settings.register.encoding),
            "an encoding such as utf-8 or windows-1252",
        )


def _names(settings: Settings, rules: frozenset[str]) -> Iterator[Wrong]:
    for key, named in (("two_people", settings.review.two_people), ("reserved", settings.review.reserved)):
        for unknown in sorted(named - rules):
            yield f"review.{key}", repr(unknown), f"rules, of {', '.join(sorted(rules))}"
    usual = Review()  # which speaks of rules too that a later version brings
    for key, named in (("urgent", settings.review.urgent), ("serious", settings.review.serious)):
        for unknown in sorted(named - rules - usual.urgent - usual.serious):
            yield f"review.{key}", repr(unknown), f"rules, of {', '.join(sorted(rules))}"
    name = settings.agency.name
    if not name.strip() or any(unicodedata.category(sign) in _BREAKS for sign in name):
        yield "agency.name", repr(name), "the agency's name, in one line"
    notices = settings.notices
    addresses: list[tuple[str, Iterable[str]]] = [
        ("notices.sender", filter(None, [notices.sender])),
        ("notices.contact", filter(None, [notices.contact])),
        ("notices.reviewers", notices.reviewers),
        ("notices.administrators", notices.administrators),
        ("notices.digest", notices.digest),
    ]
    for key, given in addresses:
        for each in given:
            if not is_address(each):
                yield key, repr(each), "an address"
    try:
        ZoneInfo(notices.timezone)
    except (KeyError, OSError, ValueError):
        yield "notices.timezone", repr(notices.timezone), "a time zone such as Europe/London"
    if not _BASE.fullmatch(settings.web.base_url) or not _host(settings.web.base_url):
        expected = "where people reach the console, with http:// or https:// in front"
        yield "web.base_url", repr(settings.web.base_url), expected
