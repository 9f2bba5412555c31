"""What seldom comes: each taught something when files of many programs were judged without looking."""

import base64
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable

import pysequoia
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from gateway.documents.formats.packed import libarchive
from gateway.documents.read import read_document
from tests.documents import test_traps as traps
from tests.documents.test_disguises import NOTE, clear_signed
from tests.documents.test_protection import (
    CERTIFICATE,
    KEY,
    OPEN,
    STRONG,
    TSK,
    UNKNOWN,
    aes_zip,
    agile,
    enveloped,
    judged,
    pdf,
    plain_zip,
    word,
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


def detached() -> bytes:
    """A signature without what it signs (RFC 5652, 5.2)."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(NOTE).add_signer(CERTIFICATE, KEY, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature])


def signed_over(sealed: bytes, signature: bytes) -> bytes:
    """A message that is signed, and what is signed is encrypted (RFC 8551, 3.7)."""
    return (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=x\r\n\r\n'
        b"--x\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(sealed) + b"\r\n"
        b"--x\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(signature) + b"\r\n--x--\r\n"
    )


def packed(form: str, content: bytes) -> bytes:
    library, out = libarchive(), io.BytesIO()
    assert library is not None
    how = ("raw", form) if form in ("lz4", "lzip", "lzma", "compress", "zstd") else (form,)
    with library.custom_writer(out.write, *how) as archive:
        archive.add_file_from_memory("a", len(content), content)
    return out.getvalue()


LOCKED = pdf(user="s", owner="o", R=6)
MESSAGE = bytes(pysequoia.encrypt(bytes=NOTE, recipients=[TSK.extract_certificate()]))
ARMOUR = MESSAGE.replace(b"\n", b"\r\n")
CLEAR = clear_signed(MESSAGE)
SIGNED = b"-----BEGIN PGP SIGNATURE-----"
SIGNATURE = CLEAR[CLEAR.index(SIGNED) :]
DOUBLE = double()[:24]

RARITIES = {
    "part of a PDF of which nothing can be read": (
        lambda: b"%PDF-1.7\n1 0 obj\n<</Length 900>>stream\n" + traps.NOISE[:900], UNKNOWN),
    "part of a PDF": (lambda: b"%PDF-1.7\n1 0 obj\n<</Length 900>>stream\nBT (Zoe) Tj ET\nendstream", OPEN),
    "locked PDF without its last line": (
        lambda: pdf(user="s", owner="o", R=6).replace(b"%%EOF", b"").rstrip() + b"\r\n\r\n", STRONG),
    "agile document with text behind it": (lambda: agile("a long password") + NOTE, OPEN),
    "agile document with padding behind it": (lambda: agile("a long password") + bytes(300), STRONG),
    "locked PDF that ends before its last line, and text": (lambda: LOCKED[: LOCKED.rindex(b"startxref")] + NOTE, UNKNOWN),
    "locked PDF with text before a second end": (lambda: LOCKED + NOTE + b"startxref 1\n", OPEN),
    "the same with its mark": (lambda: LOCKED + NOTE + b"startxref 1\n%%EOF", OPEN),
    "locked PDF with text before its only end": (
        lambda: LOCKED.replace(b"%%EOF", b"") + NOTE + b"startxref 1\n", OPEN),
    "locked PDF with packed text behind it": (lambda: LOCKED + zlib.compress(traps.NOISE), UNKNOWN),
    "a signature over an encrypted message": (lambda: signed_over(enveloped(), detached()), STRONG),
    "an OpenPGP signature over one": (lambda: signed_over(enveloped(), SIGNATURE), STRONG),
    "text in the place of its signature": (lambda: signed_over(enveloped(), NOTE), OPEN),
    "text behind its signature": (lambda: signed_over(enveloped(), detached() + NOTE), OPEN),
    "a signature of text in the place of its signature": (
        lambda: signed_over(enveloped(), traps.signed_over(NOTE)), OPEN),
    "a document in the place of its signature": (lambda: signed_over(enveloped(), word()), OPEN),
    "an encrypted message, signed in the clear": (lambda: CLEAR, STRONG),
    "the same with text behind it": (lambda: CLEAR + NOTE, OPEN),
    "the same with text for a signature": (lambda: CLEAR.replace(SIGNATURE.split(b"\n\n")[1], NOTE), OPEN),
    "the same with a comment in its signature": (
        lambda: CLEAR.replace(SIGNED + b"\n", SIGNED + b"\nComment: " + NOTE.strip() + b"\n"), OPEN),
    "the same with a comment beside its hash": (
        lambda: CLEAR.replace(b"\nHash:", b"\nComment: " + NOTE.strip() + b"\nHash:"), OPEN),
    "an OpenPGP message with a comment": (
        lambda: ARMOUR.replace(b"MESSAGE-----\r\n", b"MESSAGE-----\r\nComment: " + NOTE.strip() + b"\r\n", 1), OPEN),
    "an OpenPGP message with its program's comment": (
        lambda: ARMOUR.replace(b"MESSAGE-----\r\n", b"MESSAGE-----\r\nComment: https://a.example\r\n", 1), STRONG),
    "an OpenPGP message with text behind it that begins like packets": (lambda: b"\xbb\n" + ARMOUR + NOTE, OPEN),
    "an OpenPGP message behind the beginning of another, and text": (lambda: b"\xcb\0\n" + ARMOUR + NOTE, OPEN),
    "an OpenPGP message with text in its padding": (
        lambda: bytes(pysequoia.encrypt(bytes=NOTE, recipients=[TSK.extract_certificate()], armor=False))
        + b"\xd5\xff" + struct.pack(">I", len(NOTE)) + NOTE, OPEN),
    "AES zip with what macOS keeps of its file": (lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", double()), STRONG),
    "AES zip with what macOS keeps, and that tells": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", double(NOTE)), OPEN),
    "AES zip with a .DS_Store": (
        lambda: beside(aes_zip(a=NOTE), ".DS_Store", b"\0\0\0\1Bud1" + bytes(90) + "plan.docx".encode("utf-16-be")), STRONG),
    "AES zip with what macOS keeps, without entries, and text": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", DOUBLE + bytes(2) + NOTE), OPEN),
    "AES zip with what macOS keeps, without entries, and a document": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", DOUBLE + bytes(2) + word()), UNKNOWN),
    "AES zip with what macOS keeps, with a document": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", double(word())), UNKNOWN),
    "AES zip with what macOS keeps, and too many entries": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", DOUBLE + b"\0\x15" + bytes(252)), UNKNOWN),
    "AES zip with what macOS keeps, and an entry behind its end": (
        lambda: beside(aes_zip(a=NOTE), "__MACOSX/._a", double()[:-1]), OPEN),
    "AES zip with a .DS_Store, and a document in it": (
        lambda: beside(aes_zip(a=NOTE), ".DS_Store", b"\0\0\0\1Bud1" + word()), UNKNOWN),
    "AES zip with a .DS_Store, and packed text in it": (
        lambda: beside(aes_zip(a=NOTE), ".DS_Store", b"\0\0\0\1Bud1" + zlib.compress(NOTE)), UNKNOWN),
    "AES zip with a large .DS_Store": (
        lambda: beside(aes_zip(a=NOTE), ".DS_Store", b"\0\0\0\1Bud1" + bytes(20_000)), UNKNOWN),
    "AppleSingle of an AES zip": (lambda: plain_zip(a=single(aes_zip(a=NOTE))), STRONG),
    "AppleSingle of text": (lambda: single(NOTE), OPEN),
    "AES Crypt": (lambda: AES_CRYPT + traps.NOISE, STRONG),
    "AES Crypt before a few words": (lambda: AES_CRYPT + NOTE, OPEN),
    "AES Crypt before a zip": (lambda: AES_CRYPT + plain_zip(a=NOTE), OPEN),
    "lzma": (lambda: lzma.compress(NOTE, format=lzma.FORMAT_ALONE), OPEN),
}  # fmt: skip
# What looks like the beginning of something else within the first bytes of what holds it.
HOLDERS: dict[str, Callable[[bytes], bytes]] = {
    "S/MIME signature": traps.signed_over,
    "OpenPGP signature": lambda content: bytes(pysequoia.sign(TSK.signer(), content, armor=False)),
    "AppleSingle": single,
    **({"compress": lambda content: packed("compress", content)} if libarchive() else {}),
}
for holder, hold in HOLDERS.items():
    for kind, content in {"a locked PDF": LOCKED, "OpenPGP": ARMOUR}.items():
        RARITIES[f"{holder} with {kind} in it"] = (lambda hold=hold, content=content: hold(content), STRONG)
if libarchive():
    for form in ("lz4", "lzip", "compress", "cpio", "ar_bsd", "xar", "iso9660"):
        RARITIES[f"{form} of text"] = (lambda form=form: packed(form, NOTE), OPEN)
        # Nobody sees what may lie beside the files of most of them, so none of those is called locked.
        expected = STRONG if form == "compress" else UNKNOWN
        RARITIES[f"{form} of an AES zip"] = (lambda form=form: packed(form, aes_zip(a=NOTE)), expected)
    for form in ("lz4", "lzip", "lzma", "cpio", "xar", "iso9660"):
        RARITIES[f"{form} of an AES zip with text behind it"] = (
            lambda form=form: packed(form, aes_zip(a=NOTE)) + NOTE,
            UNKNOWN,
        )
    RARITIES["zstd of an AES zip with text in a frame of its own"] = (
        lambda: packed("zstd", aes_zip(a=NOTE)) + b"\x50\x2a\x4d\x18" + struct.pack("<I", len(NOTE)) + NOTE,
        UNKNOWN,
    )


@pytest.mark.parametrize("name", RARITIES)
def test_a_rarity_is_judged_like_what_is_common(name):
    make, expected = RARITIES[name]
    document = judged(make(), expected)
    assert document.protection == "protected" or document.passages or not document.complete


def test_an_archive_made_on_a_mac_is_read_to_its_end():
    document = read_document(beside(plain_zip(a=NOTE), "__MACOSX/._a", double()))
    assert document.complete, document.unread
