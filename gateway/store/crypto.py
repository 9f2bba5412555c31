"""
Encryption at rest: AES-256-GCM, every value bound to the row it belongs to.

The identity of the row ("items/Q7F3K-9WDTB/verdict") is the associated data, so
a value that is copied into another row does not open there. One key file opens
everything; the keys for sealing, for blind indexes and for the audit chain are
derived from it (HKDF, RFC 5869).
"""

import base64
import binascii
import os
from pathlib import Path
from secrets import token_hex

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.store.errors import StoreUnusable, Tampered

KEY_VARIABLE = "CHAPERONE_STORE_KEY"
_KEY_SIZE = 32
_NONCE_SIZE = 12
_FORM = b"\x01"  # the first byte of everything sealed, should the form ever change


class Vault:
    """Seals and opens values; makes digests that only the holder of the key can make."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derive(key, b"seal"))
        # Begun once and copied: to set up a key costs four times as much as the digest itself.
        self._blind = HMAC(_derive(key, b"blind index"), hashes.SHA256())
        self._chain = HMAC(_derive(key, b"audit chain"), hashes.SHA256())

    def seal(self, identity: str, plain: bytes) -> bytes:
        """Encrypt *plain* for the place that *identity* names."""
        nonce = os.urandom(_NONCE_SIZE)
        return _FORM + nonce + self._cipher.encrypt(nonce, plain, identity.encode())

    def open(self, identity: str, sealed: bytes) -> bytes:
        """
        Decrypt what was sealed for that place.

        Raises:
            Tampered: it was changed, moved, or sealed with another key.
        """
        if sealed[:1] != _FORM:
            raise Tampered
        nonce = sealed[1 : 1 + _NONCE_SIZE]
        try:
            return self._cipher.decrypt(nonce, sealed[1 + _NONCE_SIZE :], identity.encode())
        except (InvalidTag, ValueError):
            raise Tampered from None

    def blind(self, text: str) -> str:
        """A digest to find rows by, which tells nobody without the key what the text was."""
        return _mac(self._blind, text.encode())[:16].hex()

    def chain(self, data: bytes) -> bytes:
        """The 32 bytes that link one audit entry to the next."""
        return _mac(self._chain, data)


def read_key(file: Path, *, create: bool) -> bytes:
    """
    The key, from CHAPERONE_STORE_KEY or from the file.

    With *create* (a new store) a missing file is made, readable to its owner only.

    Raises:
        StoreUnusable: there is no key, or what is there is none.
    """
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return _decode(given, f"${KEY_VARIABLE}")
    try:
        return _decode(file.read_text("ascii"), str(file))
    except FileNotFoundError:
        if not create:
            raise StoreUnusable(
                f"{file}: store.key_file: found nothing, expected the key that this store was begun with"
            ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise StoreUnusable(
            f"{file}: store.key_file: found {type(problem).__name__}, expected a readable key"
        ) from None
    try:
        _create(file)
    except OSError as problem:
        raise StoreUnusable(
            f"{file}: store.key_file: found {type(problem).__name__}, expected a folder that can be written to"
        ) from None
    return _decode(file.read_text("ascii"), str(file))


def _decode(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_SIZE:
        raise StoreUnusable(f"{place}: found no key, expected {_KEY_SIZE} random bytes in base64")
    return key


def _create(file: Path) -> None:
    """Write a new key beside its place and link it in: two processes that start at once share one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, base64.b64encode(os.urandom(_KEY_SIZE)) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # the other process was first: its key counts
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_SIZE, salt=None, info=b"chaperone " + purpose).derive(key)


def _mac(begun: HMAC, data: bytes) -> bytes:
    mac = begun.copy()
    mac.update(data)
    return mac.finalize()
