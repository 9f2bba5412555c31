"""What seldom comes: each taught something when files of many programs were judged without looking."""

import base64
import io
import lzma
import struct
import zipfile
from collections.abc import Callable

import pysequoia
import pytest

from gateway.documents.formats.packed import libarchive
from gateway.documents.read import protection_of, read_document
from tests.documents import test_traps as traps
from tests.documents.test_disguises import NOTE, clear_signed
from tests.documents.test_protection import (
    OPEN,
    STRONG,
    TSK,
    UNKNOWN,
    aes_zip,
    agile,
    enveloped,
    pdf,
    plain_zip,
)

BLANK = b"This resource fork intentionally left blank   "


AES_CRYPT = b"AES\x02\0\0\x1bCREATED_BY\0aescrypt 3.10.0\0\0\x80" + bytes(128) + b"\0\0"


def double(said: bytes = b"com.apple.quarantine\0q/0081;5f;Safari;") -> bytes:
    """What macOS keeps of a file: 32 octets for the Finder and what came with it, and an empty resource fork."""
    info, fork = bytes(32) + said, bytes(30) + BLANK
    places = struct.pack(">6I", 9, 50, len(info), 2, 50 + len(info), len(fork))
    return struct.pack(">2I16sH", 0x00051607, 0x00020000, b"Mac OS X".ljust(16), 2) + places + info + fork


def single(content: bytes) -> bytes:
    """A file as one that macOS keeps with all that belongs to it."""
    return struct.pack(">2I16xH3I", 0x00051600, 0x00020000, 1, 1, 38, len(content)) + content


def beside(package: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO(package)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def signed_over(sealed: bytes) -> bytes:
    """A message that is signed, and what is signed is encrypted (RFC 8551, 3.7)."""
    return (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=x\r\n\r\n'
        b"--x\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(sealed) + b"\r\n"
        b"--x\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHAqCAMIACAQExAAAA\r\n--x--\r\n"
    )


def packed(form: str, content: bytes) -> bytes:
    library, out = libarchive(), io.BytesIO()
    assert library is not None
    how = ("raw", form) if form in ("lz4", "lzip", "compress") else (form,)
    with library.custom_writer(out.write, *how) as archive:
        archive.add_file_from_memory("a", len(content), content)
    return out.getvalue()


RARITIES = {
    "part of a PDF of which nothing can be read": (
        lambda: b"%PDF-1.7\n1 0 obj\n<</Length 900>>stream\n" + traps.NOISE[:900], UNKNOWN),
    "part of a PDF": (lambda: b"%PDF-1.7\n1 0 obj\n<</Length 900>>stream\nBT (Zoe) Tj ET\nendstream", OPEN),
    "locked PDF without its last line": (
        lambda: pdf(user="s", owner="o", R=6).replace(b"%%EOF", b"").rstrip() + b"\r\n\r\n", STRONG),
    "agile document with text behind it": (lambda: agile("a long password") + NOTE, OPEN),
    "agile document with padding behind it": (lambda: agile("a long password") + bytes(300), STRONG),
    "a signature over an encrypted message": (lambda: signed_over(enveloped()), STRONG),
    "an encrypted message, signed in the clear": (
        lambda: clear_signed(pysequoia.encrypt(bytes=NOTE, recipients=[TSK.extract_certificate()])), STRONG),
    "the same with text behind it": (
        lambda: clear_signed(pysequoia.encrypt(bytes=NOTE, recipients=[TSK.extract_certificate()])) + NOTE, OPEN),
    "AES zip with what macOS keeps of its file": (lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", double()), STRONG),
    "AES zip with what macOS keeps, and that tells": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", double(NOTE)), OPEN),
    "AES zip with a .DS_Store": (
        lambda: beside(aes_zip(a=NOTE), ".DS_Store", b"\0\0\0\1Bud1" + bytes(90) + "plan.docx".encode("utf-16-be")), STRONG),
    "AppleSingle of an AES zip": (lambda: plain_zip(a=single(aes_zip(a=NOTE))), STRONG),
    "AppleSingle of text": (lambda: single(NOTE), OPEN),
    "AES Crypt": (lambda: AES_CRYPT + traps.NOISE, STRONG),
    "AES Crypt before a few words": (lambda: AES_CRYPT + NOTE, OPEN),
    "AES Crypt before a zip": (lambda: AES_CRYPT + plain_zip(a=NOTE), OPEN),
    "lzma": (lambda: lzma.compress(NOTE, format=lzma.FORMAT_ALONE), OPEN),
}  # fmt: skip
# What looks like the beginning of something else within the first bytes of what holds it.
LOCKED = pdf(user="s", owner="o", R=6)
ARMOUR = bytes(pysequoia.encrypt(bytes=NOTE, recipients=[TSK.extract_certificate()])).replace(b"\n", b"\r\n")
HOLDERS: dict[str, Callable[[bytes], bytes]] = {
    "S/MIME signature": traps.signed_over,
    "OpenPGP signature": lambda content: bytes(pysequoia.sign(TSK.signer(), content, armor=False)),
    "AppleSingle": single,
    **({"lz4": lambda content: packed("lz4", content)} if libarchive() else {}),
}
for holder, hold in HOLDERS.items():
    for kind, content in {"a locked PDF": LOCKED, "OpenPGP": ARMOUR}.items():
        RARITIES[f"{holder} with {kind} in it"] = (lambda hold=hold, content=content: hold(content), STRONG)
if libarchive():
    for form in ("lz4", "lzip", "compress", "cpio", "ar_bsd", "xar", "iso9660"):
        RARITIES[f"{form} of text"] = (lambda form=form: packed(form, NOTE), OPEN)
        RARITIES[f"{form} of an AES zip"] = (lambda form=form: packed(form, aes_zip(a=NOTE)), STRONG)


@pytest.mark.parametrize("name", RARITIES)
def test_a_rarity_is_judged_like_what_is_common(name):
    make, expected = RARITIES[name]
    data = make()
    document = read_document(data)
    assert (document.protection, document.grade) == expected, document.reasons
    assert protection_of(data) == expected
    assert document.protection == "protected" or document.passages or not document.complete


def test_an_archive_made_on_a_mac_is_read_to_its_end():
    document = read_document(beside(plain_zip(a=NOTE), "__MACOSX/._a", double()))
    assert document.complete, document.unread
