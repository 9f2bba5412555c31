"""Certificates from the agency's LDAP directory, as mail programs find them there (RFC 4523, RFC 2798)."""

import asyncio
from time import monotonic
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from gateway import journal
from gateway.directory import DirectoryDown, LdapDirectory, escape_filter
from gateway.mail.address import canonical
from gateway.mail.public import public
from gateway.sections import Ldap
from gateway.settings import SettingsProblem

_CERTIFICATE, _SIGNED = "usercertificate", "usersmimecertificate"  # DER; PKCS #7 with a chain
_MOST_ENTRIES = 10
# Main addresses, and others as Active Directory and the iPlanet family keep them; what a directory does not know
# is false (RFC 4511, 4.5.1.7).
_NAMED = "(|(mail={0})(proxyAddresses=smtp:{0})(mailAlternateAddress={0}))"
_ANSWERED = {0, 4, 32}  # success, more than that many, no such object (RFC 4511, 4.1.9)
_REMEMBERED = 3_600.0  # seconds that an answer is believed
_TRIED_AGAIN = 60.0  # seconds after one that did not come
_MOST = 10_000  # answers that are remembered
_AT_ONCE = 4


class LdapCertificates:
    """
    Asks for one address at a time, and remembers the answers.

    Raises:
        SettingsProblem: the reader's password cannot be read.
    """

    def __init__(self, settings: Ldap) -> None:
        self._settings = settings
        self._directory = LdapDirectory(settings)
        self._password = _password(settings)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[str, tuple[float, tuple[x509.Certificate, ...]]] = {}

    async def of(self, address: str) -> tuple[x509.Certificate, ...]:
        """What the entries with this address hold, authorities' too; none while the directory is down."""
        address = canonical(address)
        known = self._known.get(address)
        if known and known[0] > monotonic():
            return known[1]
        lasts = _REMEMBERED
        found: tuple[x509.Certificate, ...] = ()
        try:
            async with self._slots:
                found = await asyncio.to_thread(self.ask, address)
        except DirectoryDown as fault:
            journal.trouble(public("the directory could not be asked for certificates"), fault)
            lasts = _TRIED_AGAIN
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[address] = (monotonic() + lasts, found)
        return found

    def ask(self, address: str) -> tuple[x509.Certificate, ...]:
        """
        The same, asked now. Blocks.

        Raises:
            DirectoryDown: it cannot be searched.
        """
        with self._directory.bound(self._settings.reader, self._password) as connection:
            if connection is None:
                raise DirectoryDown
            connection.search(
                self._settings.base,
                _NAMED.format(escape_filter(address)),
                attributes=[_CERTIFICATE, _SIGNED],  # with any option, ";binary" above all (RFC 4523, 2.1)
                size_limit=_MOST_ENTRIES,
            )
            if connection.result["result"] not in _ANSWERED:
                raise DirectoryDown
            entries = [each for each in connection.response or () if "raw_attributes" in each]
        return tuple(certificate for entry in entries for certificate in _inside(entry["raw_attributes"]))


def _inside(attributes: Any) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for name, values in attributes.items():
        for value in values:
            try:
                if name.lower().partition(";")[0] == _SIGNED:
                    found += pkcs7.load_der_pkcs7_certificates(value)
                else:
                    found.append(x509.load_der_x509_certificate(value))
            except (ValueError, UnsupportedAlgorithm):
                continue  # it is no certificate, and another may be
    return found


def _password(settings: Ldap) -> str:
    file = settings.reader_password_file
    try:
        return file.read_text("utf-8").strip() if file else ""
    except (OSError, ValueError) as problem:
        raise SettingsProblem(
            "configuration", "ldap.reader_password_file", type(problem).__name__, "a file with the password"
        ) from None
