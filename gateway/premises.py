"""What a configuration presupposes beyond its own form: that files are there, and that names mean something."""

import os
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.sections import Settings
from gateway.settings import SettingsProblem

# What stands wrong: the key, what was found, what is expected.
Wrong = tuple[str, str, str]


def check_premises(settings: Settings, rules: Iterable[str]) -> None:
    """
    Look whether a gateway can serve by these settings; *rules* are the ids of those that are installed.

    Raises:
        SettingsProblem: the first thing that is missing, or means nothing.
    """
    known = frozenset(rules)
    for key, found, expected in (*_folders(settings), *_authorities(settings), *_names(settings, known)):
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


def _names(settings: Settings, rules: frozenset[str]) -> Iterator[Wrong]:
    for key, named in (("two_people", settings.review.two_people), ("reserved", settings.review.reserved)):
        for unknown in sorted(named - rules):
            yield f"review.{key}", repr(unknown), f"rules, of {', '.join(sorted(rules))}"
    notices = settings.notices
    addresses: list[tuple[str, Iterable[str]]] = [
        ("notices.sender", filter(None, [notices.sender])),
        ("notices.contact", filter(None, [notices.contact])),
        ("notices.reviewers", notices.reviewers),
        ("notices.administrators", notices.administrators),
        ("smtp.shared_mailboxes", settings.smtp.shared_mailboxes),
    ]
    for key, given in addresses:
        for each in given:
            if "@" not in each:
                yield key, repr(each), "an address"
    if not settings.web.base_url.startswith(("http://", "https://")):
        expected = "where people reach the console, with http:// or https:// in front"
        yield "web.base_url", repr(settings.web.base_url), expected
