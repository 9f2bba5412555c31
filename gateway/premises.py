"""What a configuration presupposes beyond its own form: that files are there, and that names mean something."""

import codecs
import os
import re
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.quantities import is_address
from gateway.sections import Review, Settings
from gateway.settings import SettingsProblem

_LEAST = 1_000  # bytes; somebody who wrote less meant megabytes
_BASE = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")
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
    mapping = settings.register.mapping
    if mapping is not None and not mapping.is_file():
        yield "register.mapping", str(mapping), "a TOML file that names columns (docs/register.md)"


def _authorities(settings: Settings) -> Iterator[Wrong]:
    named: list[tuple[str, Path | None]] = [
        ("relay.ca_file", settings.relay.ca_file),
        ("smtp.tls.client_ca_file", settings.smtp.tls.client_ca_file if settings.smtp.tls else None),
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
    smtp, relay = settings.smtp, settings.relay
    if not smtp.listen and not smtp.listen_tls:
        yield "smtp.listen", "no address", 'at least one, such as "127.0.0.1:2525"'
    if smtp.proxy_protocol and not smtp.proxies:
        yield "smtp.proxy_protocol", "true without proxies", "smtp.proxies: who begins with a PROXY line"
    if any(char.isspace() for char in smtp.hostname):
        yield "smtp.hostname", repr(smtp.hostname), "a host's name, such as mail.agency.example"
    if relay.user and relay.tls == "none":
        yield "relay.tls", '"none" beside relay.user', '"required": no password is sent without TLS'
    if relay.user and not (relay.password_file or os.environ.get("CHAPERONE_RELAY_PASSWORD")):
        yield "relay.password_file", "nothing beside relay.user", "a file, or CHAPERONE_RELAY_PASSWORD"
    if settings.ldap and not settings.ldap.url.startswith(("ldap://", "ldaps://")):
        yield "ldap.url", repr(settings.ldap.url), "the directory, with ldap:// or ldaps:// in front"


def _quantities(settings: Settings) -> Iterator[Wrong]:
    for key, size in (
        ("max_message_size", settings.smtp.max_message_size),
        ("max_in_flight", settings.smtp.max_in_flight),
    ):
        if size < _LEAST:
            yield f"smtp.{key}", f"{size} bytes", 'a size with its unit, such as "50MB"'
    for key, time in (
        ("smtp.idle_timeout", settings.smtp.idle_timeout),
        ("relay.timeout", settings.relay.timeout),
        ("outbox.give_up_after", settings.outbox.give_up_after),
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
    notices = settings.notices
    addresses: list[tuple[str, Iterable[str]]] = [
        ("notices.sender", filter(None, [notices.sender])),
        ("notices.contact", filter(None, [notices.contact])),
        ("notices.reviewers", notices.reviewers),
        ("notices.administrators", notices.administrators),
        ("notices.digest", notices.digest),
        ("smtp.shared_mailboxes", settings.smtp.shared_mailboxes),
    ]
    for key, given in addresses:
        for each in given:
            if not is_address(each):
                yield key, repr(each), "an address"
    if not _BASE.fullmatch(settings.web.base_url):
        expected = "where people reach the console, with http:// or https:// in front"
        yield "web.base_url", repr(settings.web.base_url), expected
