"""Files in another's dress, and what hides in front of, between and behind what is encrypted."""

import base64
import bz2
import io
import lzma
import random
import re

import compressed_rtf
import py7zr
import pytest

from gateway.documents.read import read_document
from tests.documents.compound import compound
from tests.documents.rar import rar5
from tests.documents.test_protection import (
    OPEN,
    STRONG,
    TSK,
    UNKNOWN,
    WEAK,
    aes_zip,
    enveloped,
    judged,
    pdf,
    plain_zip,
    traditional_zip,
    word,
)
from tests.documents.test_traps import NOTE, signed_over, stored_zip, tarred_plain

CIPHERTEXT = random.Random(11).randbytes(640)
AGE = b"age-encryption.org/v1\n-> X25519 abc\nxyz\n--- mac\n"
LOCKED = pdf(user="s", owner="o", R=4)
OPENED = pdf()
RAR_END = b"\x1d\x77\x56\x51\x03\x05\x04\x00"


def seven(**files: bytes) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", password="a long secret") as archive:
        for name, data in files.items():
            archive.writestr(data, name)
    return out.getvalue()


def handled_by(name: bytes) -> bytes:
    """A PDF that says another handler than that of passwords has its key."""
    return LOCKED.replace(b"/Filter /Standard", b"/Filter /" + name)


def said_locked(data: bytes) -> bytes:
    """An open PDF with the lock of another; its streams stay as they are."""
    number = re.search(rb"/Encrypt (\d+) 0 R", LOCKED)[1]
    lock = re.search(rb"\n%s 0 obj(.*?)endobj" % number, LOCKED, re.DOTALL)[1]
    return data.replace(b"trailer <<", b"trailer << /Encrypt " + lock + b" ")


def message(*passphrases: str) -> bytes:
    import pysequoia

    return b"\n".join(
        bytes(pysequoia.encrypt(bytes=NOTE, recipients=[], passwords=[each], armor=True))
        for each in passphrases
    )


def clear_signed(text: bytes) -> bytes:
    import pysequoia

    return bytes(pysequoia.sign(TSK.signer(), text, armor=True, mode=pysequoia.SignatureMode.CLEAR))


def outlook(kind: str, file: bytes, body: str = "", rich: bytes = b"") -> bytes:
    """A message of that class with one file (MS-OXMSG 2.2)."""
    streams = {
        "__properties_version1.0": b"x",
        "__substg1.0_001A001F": kind.encode("utf-16-le"),
        "__attach_version1.0_#00000000/__substg1.0_37010102": file.ljust(4_096, b"\0"),
    }
    if body:
        streams["__substg1.0_1000001F"] = body.encode("utf-16-le")
    if rich:
        streams["__substg1.0_10090102"] = compressed_rtf.compress(rich)
    return compound(streams)


ENTITY = (
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=a.docx\r\n\r\n"
    + base64.encodebytes(word("quillwort")).replace(b"\n", b"\r\n")
    + b"--x--\r\n"
)
DISGUISES = {
    "tar that begins with a locked PDF": (lambda: tarred_plain(a=LOCKED, b=aes_zip(a=NOTE)), STRONG),
    "tar that begins with a locked PDF, with an open file": (lambda: tarred_plain(a=LOCKED, b=NOTE), OPEN),
    "tar that begins with a locked PDF, with a weak one": (
        lambda: tarred_plain(a=LOCKED, b=traditional_zip()), WEAK),
    "zip that begins with a locked PDF": (lambda: stored_zip(a=LOCKED), STRONG),
    "zip that begins with a locked PDF, with an open one": (lambda: stored_zip(a=LOCKED, b=OPENED), OPEN),
    "bz2 with text behind it": (lambda: bz2.compress(aes_zip(a=NOTE)) + NOTE, OPEN),
    "bz2 with a second locked file behind it": (lambda: bz2.compress(aes_zip(a=NOTE)) + aes_zip(a=NOTE), STRONG),
    "bz2 in two streams": (
        lambda: bz2.compress(aes_zip(a=NOTE)[:100]) + bz2.compress(aes_zip(a=NOTE)[100:]), STRONG),
    "xz with text behind it": (lambda: lzma.compress(aes_zip(a=NOTE)) + NOTE, OPEN),
    "xz with padding behind it": (lambda: lzma.compress(aes_zip(a=NOTE)) + bytes(8), STRONG),
    "tar with text behind it": (lambda: tarred_plain(a=aes_zip(a=NOTE)) + NOTE, OPEN),
    "7z with text behind it": (lambda: seven(a=NOTE) + NOTE, OPEN),
    "7z with an empty file beside the locked one": (lambda: seven(a=NOTE, b=b""), STRONG),
    "rar with text behind it": (
        lambda: rar5({"a.txt": NOTE}, locked=("a.txt",))[:-8] + RAR_END + NOTE, OPEN),
    "rar with nothing behind it": (lambda: rar5({"a.txt": NOTE}, locked=("a.txt",))[:-8] + RAR_END, STRONG),
    "locked PDF with text behind it": (lambda: LOCKED + NOTE, OPEN),
    "locked PDF with text in front of it": (lambda: NOTE + LOCKED, OPEN),
    "PDF that only says it is locked": (lambda: said_locked(OPENED), OPEN),
    "PDF locked to certificates": (lambda: handled_by(b"Adobe.PubSec"), STRONG),
    "PDF locked by a server of rights": (lambda: handled_by(b"MicrosoftIRMServices"), STRONG),
    "PDF locked in a way of its own": (lambda: handled_by(b"Quillwort"), UNKNOWN),
    "S/MIME in base64": (lambda: base64.encodebytes(enveloped()), STRONG),
    "S/MIME with text behind it": (lambda: enveloped() + NOTE, OPEN),
    "AES zip in base64": (lambda: base64.encodebytes(aes_zip(a=NOTE)), STRONG),
    "AES zip in base64 without line ends": (lambda: base64.b64encode(aes_zip(a=NOTE)), STRONG),
    "Word document in base64": (lambda: base64.encodebytes(word()), OPEN),
    "noise in base64": (lambda: base64.encodebytes(CIPHERTEXT), UNKNOWN),
    "openssl enc in base64": (lambda: base64.encodebytes(b"Salted__" + CIPHERTEXT), WEAK),
    "a number in hexadecimal": (lambda: CIPHERTEXT.hex().encode(), OPEN),
    "a list of names": (lambda: b"Amelia\nOliver\nZoe\nMuhammad\nIsabella\nTheodore\nAda\n" * 4, OPEN),
    "one long word": (lambda: b"a" * 120, OPEN),
    "text that begins like openssl enc": (lambda: b"Salted__ peanuts are what Zoe must not eat.", OPEN),
    "text that begins like an age file": (lambda: b"age-encryption.org/v1 is what we use.\n" + NOTE, OPEN),
    "text behind the header of an age file": (lambda: AGE + NOTE, OPEN),
    "the header of an age file alone": (lambda: AGE, OPEN),
    "age file": (lambda: AGE + CIPHERTEXT, STRONG),
    "two OpenPGP messages": (lambda: message("a secret", "another"), STRONG),
    "an OpenPGP message, and a text signed in the clear": (
        lambda: message("a secret") + b"\n" + clear_signed(NOTE), OPEN),
    "an OpenPGP message behind a mark of UTF-8": (lambda: b"\xef\xbb\xbf" + message("a secret"), STRONG),
    "an encrypted message as Outlook saves it": (lambda: outlook("IPM.Note.SMIME", enveloped()), STRONG),
    "an encrypted message as Outlook saves it, with a text": (
        lambda: outlook("IPM.Note.SMIME", enveloped(), body=NOTE.decode()), OPEN),
    "a signed message as Outlook saves it": (
        lambda: outlook("IPM.Note.SMIME.MultipartSigned", enveloped()), OPEN),
    "a message with an encrypted file as Outlook saves it": (lambda: outlook("IPM.Note", enveloped()), OPEN),
    "a signature over a message with a file": (lambda: signed_over(ENTITY), OPEN),
}  # fmt: skip


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_nothing(name):
    make, expected = DISGUISES[name]
    judged(make(), expected)


@pytest.mark.parametrize(
    "data",
    [
        signed_over(ENTITY),
        outlook("IPM.Note", b"x", rich=b"{\\rtf1 The quillwort grows in lakes.}"),
        clear_signed(b"The quillwort grows in lakes."),
        base64.encodebytes(word("quillwort")),
        bz2.compress(b"Notes. ") + bz2.compress(b"More: quillwort."),
        seven(a=NOTE) + plain_zip(a=b"quillwort"),
        tarred_plain(a=OPENED, b=b"quillwort"),
    ],
    ids=["signed S/MIME", "rich Outlook", "signed in the clear", "base64", "two streams", "behind a 7z", "behind a PDF in a tar"],
)  # fmt: skip
def test_what_is_in_a_disguise_is_read(data):
    assert "quillwort" in " ".join(passage.text for passage in read_document(data).passages)
