"""
The keys of recipients: from a folder, the agency's directory, and the directories of their own domains.

The folder is read again when something in it has changed. What is found is checked each
time that it is used: a key may have ended since.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from pysequoia import Cert

from gateway.keys import certificates, openpgp
from gateway.keys.files import KINDS, PRIVATE, File, addresses_of, keys_in, why_nobodys, why_unread
from gateway.keys.unusable import Unusable
from gateway.mail.address import canonical
from gateway.remedy.protection import Key
from gateway.review.known_key import RecipientKey
from gateway.sections import Keys
from gateway.settings import SettingsProblem

if TYPE_CHECKING:  # they bring clients along, which few need
    from gateway.keys.ldap_certificates import LdapCertificates
    from gateway.keys.wkd import Directory

_State = tuple[tuple[str, int, int], ...]
_Kept = Callable[[], Awaitable[Sequence[File]]]


class Rejected(msgspec.Struct, frozen=True):
    """A file of the folder, and why something in it is not used."""

    file: str
    why: str


class Keyring:
    """
    Finds keys. Reads nothing until it is asked; *kept* are the files of the store.

    Raises:
        SettingsProblem: the authorities of `[keys] ca_file` cannot be read.
    """

    def __init__(
        self,
        section: Keys = Keys(),
        directory: "Directory | None" = None,
        kept: _Kept | None = None,
        ldap: "LdapCertificates | None" = None,
    ) -> None:
        self._folder = section.folder
        self._roots = _authorities(section.ca_file)
        self._directory = directory or (_of_domains() if section.wkd else None)
        self._kept = kept
        self._ldap = ldap
        self._seen: _State | None = None
        self._certificates: dict[str, list[x509.Certificate]] = {}
        self._between: list[x509.Certificate] = []
        self._openpgp: dict[str, list[Cert]] = {}
        self.unread: list[Rejected] = []

    async def find(self, addresses: Iterable[str], at: datetime) -> Mapping[str, Key]:
        """The keys of those who have one that can be used, by canonical address; S/MIME goes first."""
        addresses = tuple(addresses)
        stored = tuple(await self._kept()) if self._kept else ()
        found = await asyncio.to_thread(self._find, addresses, at, stored)
        if self._ldap is not None:
            missing = [each for each in addresses if canonical(each) not in found]
            listed = await asyncio.gather(*map(self._ldap.of, missing))
            for address, certs in zip(missing, listed, strict=True):
                found |= await asyncio.to_thread(self._listed, canonical(address), certs, at)
        if self._directory is not None:
            missing = [each for each in addresses if canonical(each) not in found]
            answers = await asyncio.gather(
                *map(self._directory.key, missing)
            )  # a silent domain holds up no other
            for address, data in zip(missing, answers, strict=True):
                key = _published(data, address, at) if data else None
                if key is not None:
                    found[canonical(address)] = key
        return found

    async def close(self) -> None:
        """Give connections back."""
        if self._directory is not None:
            await self._directory.close()

    def _find(self, addresses: tuple[str, ...], at: datetime, stored: Sequence[File]) -> dict[str, Key]:
        self._read(stored)
        found = {}
        for address in map(canonical, addresses):
            for certificate in self._certificates.get(address, ()):
                if not self._why_not(certificate, at):
                    found[address] = Key("smime", certificates.der(certificate))
            for key in self._openpgp.get(address, ()):
                if address not in found:
                    with suppress(Unusable):
                        found[address] = Key("openpgp", bytes(openpgp.usable(key, at)))
        return found

    def examine(self, at: datetime) -> tuple[int, tuple[Rejected, ...]]:
        """How many addresses have a key in the folder that can be used, and what cannot."""
        self._read(())
        usable, rejected = self._examined(at)
        return len(usable), rejected

    def examine_files(
        self, files: Iterable[File], at: datetime
    ) -> tuple[tuple[str, ...], tuple[Rejected, ...]]:
        """The addresses for which one of these files has a key that can be used, and what cannot."""
        self._take(files)
        return self._examined(at)

    def describe(
        self, files: Sequence[File], at: datetime
    ) -> tuple[tuple[tuple[RecipientKey, ...], str], ...]:
        """Of each file its keys, and what else is wrong with it; the certificates of all may complete a chain."""
        self._take(files)
        return tuple(self._described(name, data, at) for name, data in files)

    def _described(self, name: str, data: bytes, at: datetime) -> tuple[tuple[RecipientKey, ...], str]:
        try:
            inside = keys_in(name, data)
        except ValueError as fault:
            return (), why_unread(fault)
        keys: list[RecipientKey] = []
        trouble = ""
        for each in inside:
            addresses = addresses_of(each)
            if not addresses:
                is_between = not isinstance(each, Cert) and certificates.is_authority(each)
                trouble = "" if is_between else why_nobodys(each)
            elif isinstance(each, Cert):
                why = self._why_not(each, at)
                keys.append(RecipientKey(addresses, "openpgp", each.fingerprint, openpgp.ends(each), why))
            else:
                why = self._why_not(each, at)
                keys.append(
                    RecipientKey(
                        addresses, "smime", certificates.fingerprint(each), each.not_valid_after_utc, why
                    )
                )
        return tuple(keys), trouble

    def _examined(self, at: datetime) -> tuple[tuple[str, ...], tuple[Rejected, ...]]:
        rejected = list(self.unread)
        usable = []
        for group in (self._certificates, self._openpgp):
            for address, keys in group.items():
                for each in keys:
                    why = self._why_not(each, at)
                    if why:
                        rejected.append(Rejected(f"the key of {address}", why))
                    else:
                        usable.append(address)
        return tuple(dict.fromkeys(usable)), tuple(rejected)

    def _listed(self, address: str, listed: tuple[x509.Certificate, ...], at: datetime) -> dict[str, Key]:
        """The certificate of an entry, if it can be used and says itself that it is for this address."""
        between = [*self._between, *filter(certificates.is_authority, listed)]
        for each in listed:
            try:
                if address in map(canonical, certificates.addresses_of(each)):
                    certificates.check(each, at, self._roots, between)
                    return {address: Key("smime", certificates.der(each))}
            except (ValueError, UnsupportedAlgorithm, Unusable):
                continue
        return {}

    def _why_not(self, key: x509.Certificate | Cert, at: datetime) -> str:
        try:
            if isinstance(key, Cert):
                openpgp.usable(key, at)
            else:
                certificates.check(key, at, self._roots, self._between)
        except Unusable as reason:
            return str(reason)
        return ""

    def _read(self, stored: Sequence[File]) -> None:
        """Read folder and stored files if something has changed."""
        paths: list[Path] = []
        folder_fault = ""
        if self._folder is not None:
            try:
                paths = sorted(
                    each for each in self._folder.iterdir() if each.suffix.lower() in KINDS | PRIVATE
                )
                inside = tuple((each.name, each.stat().st_mtime_ns, each.stat().st_size) for each in paths)
            except OSError as fault:
                paths, inside = [], ()
                folder_fault = f"cannot be read ({type(fault).__name__})"
        else:
            inside = ()
        state = (*inside, *((name, hash(data), len(data)) for name, data in stored))
        if state == self._seen and not folder_fault:
            return
        files: list[File] = []
        unread = [Rejected("the folder", folder_fault)] if folder_fault else []
        for path in paths:
            try:
                files.append((path.name, path.read_bytes()))
            except OSError:
                unread.append(Rejected(path.name, "cannot be read"))
        self._take([*files, *stored])
        self.unread += unread
        self._seen = state

    def _take(self, files: Iterable[File]) -> None:
        found: dict[str, list[x509.Certificate]] = {}
        between: list[x509.Certificate] = []
        keys: dict[str, list[Cert]] = {}
        unread: list[Rejected] = []
        for name, data in files:
            try:
                inside = keys_in(name, data)
            except ValueError as fault:
                unread.append(Rejected(name, why_unread(fault)))
                continue
            for each in inside:
                addresses = addresses_of(each)
                if not isinstance(each, Cert) and certificates.is_authority(each):
                    between.append(each)
                elif not addresses:
                    unread.append(Rejected(name, why_nobodys(each)))
                for address in addresses:
                    if isinstance(each, Cert):
                        keys.setdefault(canonical(address), []).append(each)
                    else:
                        found.setdefault(canonical(address), []).append(each)
        self._certificates, self._between, self._openpgp, self.unread = found, between, keys, unread


def _published(data: bytes, address: str, at: datetime) -> Key | None:
    """The key of a directory, if it can be used and says itself that it is for this address."""
    try:
        for each in openpgp.read(data):
            if canonical(address) in map(canonical, openpgp.addresses_of(each)):
                return Key("openpgp", bytes(openpgp.usable(each, at)))
    except (ValueError, Unusable):
        pass
    return None


def _of_domains() -> "Directory":
    from gateway.keys.wkd import Directory

    return Directory()


def _authorities(file: Path | None) -> list[x509.Certificate] | None:
    if file is None:
        return None
    try:
        return certificates.read(file.read_bytes())
    except (OSError, ValueError) as problem:
        raise SettingsProblem(
            file, "keys.ca_file", type(problem).__name__, "authorities' certificates in PEM"
        ) from None
