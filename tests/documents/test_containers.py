"""Containers of other programs, parts of archives, and locks that leave a part open: each with its true state."""

import base64
import binascii
import random
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pytest
import pyzipper
from asn1crypto import pkcs12 as asn1_pkcs12
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12

from gateway.documents.read import read_document
from tests.documents.compound import compound
from tests.documents.rar import rar4, rar5
from tests.documents.test_protection import (
    CERTIFICATE,
    KEY,
    OPEN,
    SECRET,
    STRONG,
    UNKNOWN,
    WEAK,
    aes_zip,
    agile,
    judged,
    pdf,
    plain_zip,
    saved,
    seven,
    word,
)

NOTE = (SECRET * 9).encode()
NOISE = random.Random(7).randbytes(4_000)
# The first part of a program for Windows, with the sentence that each has.
STUB = (
    b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".ljust(60, b"\0")
    + b"\x40\0\0\0PE\0\0\x64\x86\x02\0".ljust(400, b"\0")
    + b"This program cannot be run in DOS mode."
    + NOISE
)


def wz_aes(bits: int, version: int, method: int = zipfile.ZIP_DEFLATED, **more: bytes) -> bytes:
    """WinZip's AES of a strength and version; *more* are entries that are not encrypted."""

    def write(buffer):
        with pyzipper.AESZipFile(buffer, "w", compression=method) as archive:
            archive.setpassword(b"a long enough password")
            archive.setencryption(pyzipper.WZ_AES, nbits=bits, force_wz_aes_version=version)
            archive.writestr("a.txt", NOTE)
        with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
            for name, data in more.items():
                archive.writestr(name, data)

    return saved(write)


def masked_zip(*, algorithm: int = 0x6610, flags: int = 0x2041, body: bytes = NOISE[:200]) -> bytes:
    """PKWARE's encryption of the list: local headers are masked, the end names the cipher (APPNOTE 7.3)."""
    field = struct.pack("<6H", 0x0017, 8, 2, algorithm, 256, 1)
    local = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 62, flags, 8, 0, 0, 0, 0, 0, 1, len(field))
        + b"1"
        + field
        + body
    )
    listed = NOISE[:300]
    cipher = struct.pack("<H2Q4H", 8, 300, 320, algorithm, 256, 1, 0)
    end_64 = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44 + len(cipher) + 2, 62, 62, 0, 0, 1, 1, len(listed), len(local)
    )
    end_64 += cipher + bytes(2)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(local + listed), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), 0xFFFFFFFF, 0)
    return local + listed + end_64 + locator + end


def standard(*, flags: int = 0x24, algorithm: int = 0x660E, body: bytes = b"") -> bytes:
    """Encryption of Office 2007 (MS-OFFCRYPTO 2.3.4.5), or what only says so."""
    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    head = struct.pack("<8I", flags, 0, algorithm, 0x8004, 128, 0x18, 0, 0) + provider
    verifier = struct.pack("<I", 16) + NOISE[:32] + struct.pack("<I", 20) + NOISE[:32]
    info = struct.pack("<2H2I", 3, 2, flags, len(head)) + head + verifier
    return compound({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", 4_000) + (body or NOISE)})


def told(info: bytes, body: bytes = NOISE) -> bytes:
    return compound({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", len(body)) + body})


def rights_managed() -> bytes:
    """What Outlook makes of a message under rights management (MS-OXORMMS 2.2.4)."""
    whole = compound(
        {"\x09DRMContent": NOISE, "\x06DataSpaces/TransformInfo/\x09DRMTransform/\x06Primary": b"x"}
    )
    out = bytes.fromhex("76e80460c411e386")
    for start in range(0, len(whole), 4_096):
        block = whole[start : start + 4_096]
        packed = zlib.compress(block)
        out += struct.pack("<3I", 0x0FA0, len(block), len(packed)) + packed
    return out


def old_workbook(*, stream: bool) -> bytes:
    """A workbook of Excel 95 (or 4: without a compound file) under XOR."""
    locked = struct.pack("<4H", 0x002F, 4, 0x1234, 0x5678) + NOISE
    if stream:
        return compound({"Book": struct.pack("<6H", 0x0809, 8, 0x0500, 5, 0x096C, 0x07C9) + locked})
    return struct.pack("<5H", 0x0409, 6, 0, 0x10, 0) + locked


def with_filters(*changes: tuple[bytes, bytes], **more: bytes) -> bytes:
    """A locked PDF (AES-128) whose dictionary says something else of its filters."""
    data = pdf(attach=more, user="secret", owner="other", R=4)
    for old, new in changes:
        assert old in data
        data = data.replace(old, new)
    return data


def portfolio(**how) -> bytes:
    made = pikepdf.new()
    made.add_blank_page()
    made.Root.Collection = pikepdf.Dictionary(Type=pikepdf.Name.Collection)
    made.attachments["a.docx"] = word()
    return saved(lambda buffer: made.save(buffer, encryption=pikepdf.Encryption(**how) if how else False))


def keys(encryption, name: str = "a") -> bytes:
    return pkcs12.serialize_key_and_certificates(name.encode(), KEY, CERTIFICATE, None, encryption)


def database() -> bytes:
    with sqlite3.connect(":memory:") as opened:
        opened.execute("create table notes (text)")
        opened.execute("insert into notes values (?)", (SECRET,))
        return opened.serialize()


def uuencoded(content: bytes, name: str = "a.zip") -> bytes:
    lines = (binascii.b2a_uu(content[start : start + 45]) for start in range(0, len(content), 45))
    return b"begin 644 " + name.encode() + b"\n" + b"".join(lines) + b"`\nend\n"


def spoken(line: bytes) -> bytes:
    """A uuencoded file of which one line is no part."""
    return (
        b"begin 644 x.txt\n"
        + binascii.b2a_uu(b"Thank you for the lesson, we all enjoyed it.\n")
        + line
        + b"\nend\n"
    )


def with_open_certificate() -> bytes:
    """Keys with a password, and a certificate without."""
    locked = asn1_pkcs12.Pfx.load(keys(BestAvailableEncryption(b"secret")))
    plain = asn1_pkcs12.Pfx.load(keys(NoEncryption()))
    shrouded = next(each for each in locked.authenticated_safe if each["content_type"].native == "data")
    bags = [asn1_pkcs12.SafeContents.load(each["content"].native) for each in plain.authenticated_safe]
    shown = next(
        each
        for each, held in zip(plain.authenticated_safe, bags, strict=True)
        if held[0]["bag_id"].native == "cert_bag"
    )
    locked["auth_safe"]["content"] = asn1_pkcs12.AuthenticatedSafe([shrouded, shown]).dump()
    return asn1_pkcs12.Pfx({name: locked[name] for name in ("version", "auth_safe")}).dump(force=True)


def broken_list(*, of: bytes = NOISE[:300]) -> bytes:
    """A rar archive whose first block is damaged: nothing tells what follows it."""
    return b"Rar!\x1a\x07\0\0\0" + struct.pack("<B2HHI", 0x73, 0, 13, 0, 0) + of


LOCKED = ("a.txt",)
STMF, STRF = (b"/StmF /StdCF", b"/StmF /Identity"), (b"/StrF /StdCF", b"/StrF /Identity")
AGILE = struct.pack("<2HI", 4, 4, 0x40)
STARTS = {
    "the start of KeePass": bytes.fromhex("03d9a29a67fb4bb500000400"),
    "the start of AxCrypt": bytes.fromhex("c0b9072e4f93f146a015792ca1d9e821"),
    "the start of an encrypted disk image": b"encrcdsa" + struct.pack(">I", 2),
    "the start of LUKS": b"LUKS\xba\xbe\0\x01",
    "the start of openssl enc": b"Salted__",
}
CONTAINERS: dict[str, tuple[Callable[[], bytes], tuple[str, str | None]]] = {
    **{f"zip, AES-{bits}, AE-{version}": (lambda bits=bits, version=version: wz_aes(bits, version), STRONG)
       for bits in (128, 192, 256) for version in (1, 2)},
    "zip, AES, stored": (lambda: wz_aes(256, 1, zipfile.ZIP_STORED), STRONG),
    "zip, AES, with LZMA": (lambda: wz_aes(256, 2, zipfile.ZIP_LZMA), STRONG),
    "zip, AES, and an open folder": (lambda: wz_aes(256, 2, **{"folder/": b""}), STRONG),
    "zip, AES, and an open file with nothing in it": (lambda: wz_aes(256, 2, empty=b""), STRONG),
    "zip, AES, and an open file to read first": (lambda: wz_aes(256, 2, readme=b"Ring us for the password"), OPEN),
    "zip with an empty file only": (lambda: plain_zip(a=b""), OPEN),
    "zip whose list is encrypted": (masked_zip, STRONG),
    "zip whose list is encrypted, RC4": (lambda: masked_zip(algorithm=0x6801), WEAK),
    "zip whose list only says so": (lambda: masked_zip(body=NOTE), OPEN),
    "zip whose list is encrypted, and no entry": (lambda: masked_zip(flags=0x2000), OPEN),
    "first half of an AES zip": (lambda: aes_zip(a=NOTE, b=NOTE)[:-60], UNKNOWN),
    "first half of a zip": (lambda: plain_zip(a=NOTE, b=NOTE)[:-60], OPEN),
    "first half of a Word document": (lambda: word()[:9_000], OPEN),
    "text in front of an AES zip": (lambda: NOTE + b"\0\x01" + aes_zip(a=NOTE), OPEN),
    "a zip behind noise": (lambda: NOISE + plain_zip(a=NOTE), OPEN),
    "program that unpacks a zip": (lambda: STUB + plain_zip(a=NOTE), OPEN),
    "program that unpacks an AES zip": (lambda: STUB + aes_zip(a=NOTE), STRONG),
    "program that unpacks a 7z": (lambda: STUB + seven(), OPEN),
    "program that unpacks a 7z with a password": (lambda: STUB + seven("secret"), STRONG),
    "program that unpacks a 7z, list locked too": (lambda: STUB + seven("secret", header=True), STRONG),
    "program that unpacks a rar with a password": (lambda: STUB + rar5({"a.txt": NOTE}, locked=LOCKED), STRONG),
    "program that unpacks an old rar": (lambda: STUB + rar4({"a.txt": NOTE}), OPEN),
    "program": (lambda: STUB, UNKNOWN),
    "first volume of a 7z with a password": (lambda: seven("secret")[:-40], UNKNOWN),
    "rar whose first block is damaged": (broken_list, UNKNOWN),
    "rar whose first block is damaged, with text": (lambda: broken_list(of=NOTE), OPEN),
    "rar that breaks off behind a locked entry": (
        lambda: rar5({"a.txt": NOTE, "b.txt": NOTE}, locked=LOCKED)[: -len(NOTE) - 20], UNKNOWN),
    "rar 1.4": (lambda: b"RE~^" + NOISE, UNKNOWN),
    "rar 1.5, its own cipher": (lambda: rar4({"a.txt": NOTE}, locked=LOCKED, version=15), WEAK),
    "Office 2007": (standard, STRONG),
    "Office 2007, RC4": (lambda: standard(flags=4, algorithm=0x6801), WEAK),
    "Office 2007 that only says so": (lambda: standard(body=NOTE * 9), OPEN),
    "agile whose package is open": (lambda: told(AGILE + b'<keyData cipherAlgorithm="AES"/>', word()), OPEN),
    "agile with a broken header": (lambda: told(AGILE + b"<keyData"), UNKNOWN),
    "Office encryption of a third party": (lambda: told(struct.pack("<2HI", 3, 3, 0x10) + b"<x/>"), UNKNOWN),
    "agile in a compound file that breaks off": (lambda: agile("a long password")[:700], UNKNOWN),
    "message under rights management": (rights_managed, STRONG),
    "Excel 95 under XOR": (lambda: old_workbook(stream=True), WEAK),
    "Excel 4 under XOR": (lambda: old_workbook(stream=False), WEAK),
    "PDF of which only the words of forms and notes are locked": (lambda: with_filters(STMF), OPEN),
    "PDF of which the words of forms and notes are open": (lambda: with_filters(STRF), OPEN),
    "PDF of which attached files are open": (
        lambda: with_filters((b"/StmF /StdCF", b"/EFF /Identity /StmF /StdCF"), a=NOTE), OPEN),
    "PDF whose filter is its maker's own": (lambda: with_filters((b"/CFM /AESV2", b"/CFM /None")), UNKNOWN),
    "PDF with metadata in the clear": (lambda: pdf(user="s", owner="o", R=6, metadata=False), STRONG),
    "PDF portfolio": (portfolio, OPEN),
    "PDF portfolio with a password": (lambda: portfolio(user="secret", owner="other", R=6), STRONG),
    "keys with a password": (lambda: keys(BestAvailableEncryption(b"secret")), STRONG),
    "keys without a password": (lambda: keys(NoEncryption()), OPEN),
    "keys with a password, under a name that tells all": (
        lambda: keys(BestAvailableEncryption(b"secret"), SECRET), OPEN),
    "keys with a password, with text behind them": (
        lambda: keys(BestAvailableEncryption(b"secret")) + NOTE, OPEN),
    "keys with a password, with a zip behind them": (
        lambda: keys(BestAvailableEncryption(b"secret")) + plain_zip(a=NOTE), OPEN),
    "keys with a password, and an open certificate": (with_open_certificate, OPEN),
    **{f"{name} before {what}": (lambda start=start, rest=rest: start + rest, OPEN)
       for name, start in STARTS.items() for what, rest in (("a few words", NOTE), ("a zip", plain_zip(a=NOTE)))},
    "KeePass": (lambda: bytes.fromhex("03d9a29a67fb4bb500000400") + NOISE, STRONG),
    "KeePass that only says so": (lambda: bytes.fromhex("03d9a29a67fb4bb500000400") + NOISE + NOTE, OPEN),
    "AxCrypt": (lambda: bytes.fromhex("c0b9072e4f93f146a015792ca1d9e821") + NOISE, STRONG),
    "Apple's encrypted disk image": (lambda: b"encrcdsa" + struct.pack(">I", 2) + NOISE, STRONG),
    "LUKS": (lambda: b"LUKS\xba\xbe\0\x01" + b"aes".ljust(32, b"\0") + b"xts-plain64".ljust(32, b"\0") + NOISE, STRONG),
    "BitLocker": (
        lambda: b"\xeb\x58\x90-FVE-FS-" + bytes(150) + b"Press Ctrl+Alt+Del to restart the computer, please" + NOISE, UNKNOWN),
    "SQLite": (database, OPEN),
    "SQLCipher": (lambda: NOISE, UNKNOWN),
    "Access": (lambda: b"\0\x01\0\0Standard Jet DB\0\x01\0\0\0" + NOISE + SECRET.encode("utf-16-le") + bytes(99), OPEN),
    "Access with a password": (lambda: b"\0\x01\0\0Standard ACE DB\0\x02\0\0\0" + NOISE, UNKNOWN),
    "OneNote": (lambda: bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + NOISE + SECRET.encode("utf-16-le"), OPEN),
    "OneNote with a password": (lambda: bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + NOISE, UNKNOWN),
    "Publisher": (lambda: compound({"Quill/QuillSub/CONTENTS": SECRET.encode("utf-16-le") * 9}), OPEN),
    "Visio": (lambda: plain_zip(**{"visio/pages/page1.xml": b"<Shape><Text>Zoe</Text></Shape>"}), OPEN),
    "Pages": (lambda: plain_zip(**{"Index/Document.iwa": NOISE, "preview.jpg": b"\xff\xd8\xff\xe0" + NOISE}), OPEN),
    "a locked file in a text": (lambda: uuencoded(aes_zip(a=NOTE)), STRONG),
    "a locked file in a text with more words": (lambda: b"See Zoe's plan.\n\n" + uuencoded(aes_zip(a=NOTE)), OPEN),
    "an open file in a text": (lambda: uuencoded(word(), "a.docx"), OPEN),
    "base64 of a program's archive": (lambda: base64.encodebytes(STUB + seven("secret")), STRONG),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_judged_by_what_it_leaves_open(name):
    make, expected = CONTAINERS[name]
    document = judged(make(), expected)
    # Whatever opens, or may, has been read, or says that it has not: nothing passes for harmless unread.
    assert document.protection == "protected" or document.passages or not document.complete or name in _EMPTY


_EMPTY = {"zip with an empty file only", "keys without a password"}


def test_the_name_of_a_key_is_read_and_decides_nothing():
    document = read_document(keys(BestAvailableEncryption(b"secret"), "Zoe Marsh"))
    assert document.protection == "protected"
    assert "Zoe Marsh" in " ".join(passage.text for passage in document.passages)


def test_a_file_that_stands_in_a_text_is_read():
    document = read_document(b"The plan is below.\n\n" + uuencoded(word("quillwort"), "plan.docx"))
    assert document.complete
    assert {passage.where for passage in document.passages} >= {"plan.docx", ""}
    assert "quillwort" in " ".join(passage.text for passage in document.passages)


@pytest.mark.parametrize(
    "line",
    [
        b" JAMIE SMITH HAS AUTISM AND IS IN FOSTER CARE SINCE LAST MAY",
        b"MJAMIE SMITH HAS AUTISM AND IS IN FOSTER CARE SINCE LAST MAY.",
        b"MJAMIE SMITH, AUTISM",
        b"/JAMIE SMITH, AUTISM",
        b"MJAMIE SMITH" + b" " * 49,
        b"%X4)F  \n0JAMIE SMITH, AUTISM.",
    ],
    ids=[
        "longer than it tells",
        "as long as it tells",
        "shorter",
        "two words, as long",
        "two words, filled",
        "behind a short line",
    ],
)
def test_words_among_the_lines_of_a_uuencoded_file_are_read(line):
    document = read_document(spoken(line))
    assert document.protection == "readable"
    said = " ".join(passage.text for passage in document.passages)
    assert "JAMIE SMITH" in said
    assert "Thank you" in said


def test_a_block_of_a_rights_managed_message_that_tells_no_size_is_not_unpacked():
    packed = zlib.compress(NOTE)
    data = bytes.fromhex("76e80460c411e386") + struct.pack("<3I", 0x0FA0, 0, len(packed)) + packed
    assert not any("epilepsy" in passage.text for passage in read_document(data).passages)


def test_a_file_in_a_text_in_a_form_that_is_not_read_counts_as_not_read():
    assert not read_document(
        b"=ybegin line=128 size=123456 name=plan.docx\n" + NOISE[:90].hex().encode()
    ).complete


def test_a_program_is_never_read_to_its_end():
    """What it does when somebody runs it, nobody can say."""
    assert not read_document(STUB + plain_zip(a=b"")).complete
