"""Files with certificates or OpenPGP keys: what is in one, and what is said of one that holds none."""

from contextlib import suppress
from pathlib import Path

from cryptography import x509
from pysequoia import Cert

from gateway.keys import certificates, openpgp
from gateway.keys.unusable import Unreadable

KINDS = {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".asc", ".gpg", ".pgp"}
PRIVATE = {".p12", ".pfx", ".key"}  # not read, and named, for they are what people have at hand
_OPENPGP = {".asc", ".gpg", ".pgp"}
_NOBODYS_KEY = (
    "names no mail address that can be believed: not valid yet, of a rare kind, or signed with SHA-1"
)
File = tuple[str, bytes]


def files_in(folder: Path | None) -> list[File]:
    """The files of the folder, if there is one; those that cannot be read are left out."""
    found: list[File] = []
    with suppress(OSError):
        for path in sorted(folder.iterdir()) if folder else ():
            if path.suffix.lower() in KINDS | PRIVATE:
                with suppress(OSError):
                    found.append((path.name, path.read_bytes()))
    return found


def keys_in(name: str, data: bytes) -> list[x509.Certificate] | list[Cert]:
    """
    What is in a file, by its contents or the ending of its name.

    Raises:
        ValueError: nothing that can be read; `Unreadable`, if there is more to say.
    """
    kind = Path(name).suffix.lower()
    if kind in PRIVATE:
        raise Unreadable("may hold a private key, which is for its owner alone: give the certificate alone")
    if kind in _OPENPGP or b"-----BEGIN PGP" in data:
        return openpgp.read(data)
    return certificates.read(data)


def is_private(name: str, data: bytes) -> bool:
    """Whether some key in the file is a private one, whatever else is in it."""
    if (
        b"PRIVATE KEY-----" in data or b"PRIVATE KEY BLOCK-----" in data
    ):  # behind the first armour none is read
        return True
    try:
        return any(isinstance(each, Cert) and each.secrets is not None for each in keys_in(name, data))
    except ValueError:
        return False


def addresses_of(key: x509.Certificate | Cert) -> tuple[str, ...]:
    """The mail addresses that a key is for."""
    found = openpgp.addresses_of(key) if isinstance(key, Cert) else certificates.addresses_of(key)
    return tuple(dict.fromkeys(found))


def why_unread(fault: ValueError) -> str:
    """What is said of a file that could not be read."""
    return str(fault) if isinstance(fault, Unreadable) else "holds no key that can be read"


def why_nobodys(key: x509.Certificate | Cert) -> str:
    """What is said of a key without an address."""
    return _NOBODYS_KEY if isinstance(key, Cert) else "names no mail address"
