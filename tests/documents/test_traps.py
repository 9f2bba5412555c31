"""Files that say one thing of their protection and are another, and formats that no program here writes."""

import bz2
import io
import lzma
import struct
import tarfile
import zipfile

import pikepdf
import pytest
from PIL import Image

from gateway.documents.formats.packed import libarchive
from gateway.documents.read import protection_of, read_document
from tests.documents.compound import compound
from tests.documents.rar import rar4, rar5, rar5_with_locked_list
from tests.documents.test_protection import (
    OPEN,
    SAMPLES,
    SECRET,
    STRONG,
    UNKNOWN,
    WEAK,
    aes_zip,
    agile,
    enveloped,
    mail,
    odf,
    pdf,
    plain_zip,
    saved,
    signed,
    traditional_zip,
    word,
)
from tests.mail_programs.letter import File, Letter
from tests.mail_programs.tnef import tnef

NOTE = (SECRET * 9).encode()
with_libarchive = pytest.mark.skipif(libarchive() is None, reason="needs libarchive")


def said_aes(data: bytes, method: int) -> bytes:
    """An open zip of one entry whose headers say that it has WinZip's AES; its bytes stay as they are."""
    field = struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, method)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (info,) = archive.infolist()
        start, body = info.header_offset, None
        name, extra = struct.unpack_from("<2H", data, start + 26)
        body = data[start + 30 + name + extra :][: info.compress_size]
    raw = info.filename.encode()
    sizes = (0, len(body), info.file_size, len(raw), len(field))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 51, 1, 99, 0, 0x5A21, *sizes) + raw + field
    central = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 51, 51, 1, 99, 0, 0x5A21, *sizes, 0, 0, 0, 0, 0)
        + raw
        + field
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + len(body), 0)
    return local + body + central + end


def stored_zip(**files: bytes) -> bytes:
    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)

    return saved(write)


def pkware(algorithm: int) -> bytes:
    """PKWARE's own encryption: bit 6, and an extra field that names the cipher (APPNOTE 7.2.4)."""
    field = struct.pack("<6H", 0x0017, 8, 2, algorithm, 256, 1)
    body, raw = bytes((n * 89 + 7) % 256 for n in range(200)), b"note.txt"
    sizes = (1, len(body), 150, len(raw), len(field))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 51, 0x41, 8, 0, 0x5A21, *sizes) + raw + field
    central = (
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 51, 51, 0x41, 8, 0, 0x5A21, *sizes, 0, 0, 0, 0, 0)
        + raw
        + field
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + len(body), 0)
    return local + body + central + end


def unlisted() -> bytes:
    """An AES zip with an open entry between the locked one and the list, which does not name it."""
    whole = aes_zip(a=NOTE)
    start = whole.index(b"PK\x01\x02")
    hidden = stored_zip(b=NOTE)
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    end = bytearray(whole[start:])
    position = end.rindex(b"PK\x05\x06")
    struct.pack_into("<L", end, position + 16, start + len(hidden))
    return whole[:start] + hidden + bytes(end)


def commented(comment: bytes) -> bytes:
    out = io.BytesIO(aes_zip(a=NOTE))
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = comment
    return out.getvalue()


def beside(package: bytes, name: str, content: bytes) -> bytes:
    """A package with one more file in it."""
    out = io.BytesIO(package)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def manifested(package: bytes, old: bytes, new: bytes) -> bytes:
    """The same OpenDocument file with another manifest."""

    def write(buffer):
        with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(buffer, "w") as target:
            for name in source.namelist():
                content = source.read(name)
                if name == "META-INF/manifest.xml":
                    assert old in content
                    content = content.replace(old, new)
                target.writestr(name, content)

    return saved(write)


def wholesome() -> bytes:
    """OpenDocument as LibreOffice 24.8 encrypts it: one encrypted package inside (AES-256-GCM, Argon2id)."""
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{space}"><manifest:file-entry manifest:full-path="encrypted-package" '
        'manifest:size="9000"><manifest:encryption-data><manifest:algorithm manifest:algorithm-name='
        '"http://www.w3.org/2009/xmlenc11#aes256-gcm"/></manifest:encryption-data></manifest:file-entry></manifest:manifest>'
    )
    return stored_zip(**{
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "encrypted-package": bytes((n * 89 + 7) % 256 for n in range(900)),
        "META-INF/manifest.xml": manifest.encode(),
    })  # fmt: skip


def blowfish() -> bytes:
    """As OpenOffice.org 3 wrote it."""
    return manifested(odf(encrypted=True), b"http://www.w3.org/2001/04/xmlenc#aes256-cbc", b"Blowfish CFB")


def sealed_mail(*, text: str = "", inner: bytes = b"") -> bytes:
    """A message that says it is encrypted as a whole, with a text beside what is."""
    part = f"--x\r\nContent-Type: text/plain\r\n\r\n{text}\r\n" if text else ""
    return (
        b"From: a@b.example\r\nTo: c@d.example\r\nSubject: ...\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n" + part.encode()
        + b"--x\r\nContent-Type: application/octet-stream; name=a.age\r\n\r\n" + inner + b"\r\n--x--\r\n"
    )  # fmt: skip


def signed_over(content: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    from tests.documents.test_protection import CERTIFICATE, KEY

    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(CERTIFICATE, KEY, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def only_attachments_locked() -> bytes:
    """A PDF whose filter for streams is "Identity": pages stay open, attached files are encrypted (7.6.6)."""
    locked = pdf(attach={"a.txt": NOTE}, user="s", owner="o", R=4)
    return locked.replace(b"/StmF /StdCF", b"/StmF /Identity").replace(b"/StrF /StdCF", b"/StrF /Identity")


NOISE = bytes((n * n * 89 + n * 7) % 251 for n in range(5_000))


def locked_ppt() -> bytes:
    """PowerPoint 97 with a password: the edit names a session of encryption (MS-PPT 2.3.2 and 2.3.3)."""
    user = struct.pack("<2H4I2H2BH", 0, 0x0FF6, 24, 20, 0xF3D1C4DF, 0, 0, 0x03F4, 3, 0, 0) + struct.pack(
        "<I", 8
    )
    edit = struct.pack("<2HI", 0, 0x0FF5, 32) + struct.pack("<IH2B4I2HI", 0, 0, 0, 3, 0, 40, 1, 2, 1, 0, 1)
    return compound({"Current User": user, "PowerPoint Document": edit + NOISE})


def obfuscated_xls() -> bytes:
    """Excel 97 under XOR obfuscation (MS-XLS 2.4.117)."""
    begin = struct.pack("<2H", 0x0809, 16) + struct.pack("<4H2I", 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    return compound({"Workbook": begin + struct.pack("<5H", 0x002F, 6, 0, 0x1234, 0x5678) + NOISE})


def obfuscated_doc(*, forged: bool = False) -> bytes:
    """Word 97 under XOR obfuscation (MS-DOC 2.2.6.1); *forged*: the header only says so."""
    head = struct.pack("<5H3H", 0xA5EC, 0x00C1, 0, 0x0809, 0, 0x8100 | 0x0200, 0x00BF, 0x1234).ljust(
        1_024, b"\0"
    )
    return compound(
        {
            "WordDocument": head + (b"Zoe is under the care of the hospital. " * 90 if forged else NOISE),
            "1Table": NOISE,
        }
    )


def photograph() -> bytes:
    return saved(lambda buffer: Image.new("RGB", (40, 30)).save(buffer, "PNG"))


def zstd(**files: bytes) -> bytes:
    """A tar in zstd, as libarchive writes it."""
    blocks = []
    with libarchive().custom_writer(
        lambda block: blocks.append(bytes(block)) or len(block), "ustar", "zstd"
    ) as archive:
        for name, data in files.items():
            archive.add_file_from_memory(name, len(data), data)
    return b"".join(blocks)


def large_form(**files: bytes) -> bytes:
    """A zip whose sizes stand in the fields for files over 4 GB (zip64)."""

    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in files.items():
                with archive.open(name, "w", force_zip64=True) as entry:
                    entry.write(data)

    return saved(write)


def tarred_plain(**files: bytes) -> bytes:
    def write(buffer):
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))

    return saved(write)


AGE = b"age-encryption.org/v1\n-> X25519 abc\nx\n--- y\n" + bytes(range(256))
LOCKED = ("a.txt",)
TRAPS = {
    "zip that says AES, packed in the clear": (lambda: said_aes(plain_zip(a=NOTE), 8), OPEN),
    "zip that says AES, stored in the clear": (lambda: said_aes(stored_zip(a=NOTE), 0), OPEN),
    "zip, PKWARE's AES": (lambda: pkware(0x6610), STRONG),
    "zip, PKWARE's 3DES": (lambda: pkware(0x6603), WEAK),
    "AES zip with an entry that its list leaves out": (unlisted, OPEN),
    "AES zip with text behind it": (lambda: aes_zip(a=NOTE) + NOTE, OPEN),
    "AES zip with a comment": (lambda: commented(b"made by the office"), STRONG),
    "AES zip with padding behind it": (lambda: aes_zip(a=NOTE) + bytes(40), STRONG),
    "AES zip glued behind a weak one in a zip": (lambda: stored_zip(a=traditional_zip() + aes_zip(b=NOTE)), WEAK),
    "AES zip in front of a Word document": (lambda: aes_zip(a=NOTE) + word(), OPEN),
    "AES zip of an empty file": (lambda: aes_zip(a=b""), STRONG),
    "zip with a folder only": (lambda: stored_zip(**{"folder/": b""}), OPEN),
    "OpenDocument, encrypted as one package": (wholesome, STRONG),
    "OpenDocument, Blowfish": (blowfish, WEAK),
    "OpenDocument, encrypted, with an open picture": (
        lambda: beside(odf(encrypted=True), "Pictures/1.svg", b"<svg><text>Zoe</text></svg>"), OPEN),
    "OpenDocument whose manifest only says so": (
        lambda: manifested(odf(encrypted=False), b"</manifest:manifest>", b"<!-- encryption-data --></manifest:manifest>"), OPEN),
    "OpenDocument whose manifest lies": (
        lambda: manifested(odf(encrypted=False), b'size="500">', b'size="500"><manifest:encryption-data/>'), OPEN),
    "Office document under rights management": (
        lambda: compound({"EncryptedPackage": bytes(range(256)) * 20,
                          "\x06DataSpaces/TransformInfo/DRMEncryptedTransform/\x06Primary": b"x"}), STRONG),
    "encrypted package that nothing tells how": (lambda: compound({"EncryptedPackage": bytes(range(256)) * 20}), UNKNOWN),
    "rar 5": (lambda: rar5({"a.txt": NOTE}), OPEN),
    "rar 5, encrypted": (lambda: rar5({"a.txt": NOTE}, locked=LOCKED), STRONG),
    "rar 5, one entry of two encrypted": (lambda: rar5({"a.txt": NOTE, "b.txt": NOTE}, locked=LOCKED), OPEN),
    "rar 5, list encrypted": (rar5_with_locked_list, STRONG),
    "rar 5 with nothing in it": (lambda: rar5({}), OPEN),
    "rar 4": (lambda: rar4({"a.txt": NOTE}), OPEN),
    "rar 4, AES": (lambda: rar4({"a.txt": NOTE}, locked=LOCKED), STRONG),
    "rar 2, its own cipher": (lambda: rar4({"a.txt": NOTE}, locked=LOCKED, version=20), WEAK),
    "rar 4 that only says so": (lambda: rar4({"a.txt": NOTE}, locked=LOCKED, forged=True), OPEN),
    "rar 5 of an AES zip": (lambda: rar5({"a.zip": aes_zip(a=NOTE)}), STRONG if libarchive() else OPEN),
    "7z of an AES zip and a rar with a password": (
        lambda: seven_of(a=aes_zip(a=NOTE), b=rar5({"a.txt": NOTE}, locked=LOCKED)), STRONG),
    "encrypted mail with text beside it": (lambda: sealed_mail(text="See Zoe's plan", inner=AGE), OPEN),
    "encrypted mail": (lambda: sealed_mail(inner=AGE), STRONG),
    "a signature over something encrypted": (lambda: signed_over(enveloped()), STRONG),
    "a signature over a signature over an AES zip": (lambda: signed_over(signed_over(aes_zip(a=NOTE))), STRONG),
    "a signature over text": (signed, OPEN),
    "winmail.dat with a locked file alone": (
        lambda: tnef(Letter(files=(File("a.zip", aes_zip(a=NOTE), "application/zip"),))), STRONG),
    "winmail.dat with a weakly locked file": (
        lambda: tnef(Letter(files=(File("a.zip", traditional_zip(), "application/zip"),))), WEAK),
    "winmail.dat with nothing in it": (lambda: tnef(Letter()), OPEN),
    "Word document with a locked one beside it": (lambda: beside(word(), "more.docx", agile("a long secret")), OPEN),
    "PDF with a locked PDF in it": (lambda: pdf(attach={"a.pdf": pdf(user="s", owner="o", R=6)}), OPEN),
    "PDF of which only the attached files are locked": (only_attachments_locked, OPEN),
    "PowerPoint 97 with a password": (locked_ppt, WEAK),
    "Excel 97 under XOR": (obfuscated_xls, WEAK),
    "Word 97 under XOR": (obfuscated_doc, WEAK),
    "Word 97 that only says so": (lambda: obfuscated_doc(forged=True), OPEN),
    "tar.bz2 of an AES zip": (lambda: bz2.compress(tarred_plain(a=aes_zip(a=NOTE))), STRONG),
    "tar.xz of an AES zip and text": (lambda: lzma.compress(tarred_plain(a=aes_zip(a=NOTE), b=NOTE)), OPEN),
    "xz of a PDF with a password": (lambda: lzma.compress(pdf(user="s", owner="o", R=6)), STRONG),
    "zip64": (lambda: large_form(a=NOTE), OPEN),
    "zip64 of an AES zip": (lambda: large_form(a=aes_zip(a=NOTE)), STRONG),
    "zip that holds AES zips and a mail with text": (lambda: stored_zip(a=aes_zip(a=NOTE), b=mail(aes_zip(b=NOTE))), OPEN),
    "AES zip behind a program's first part": (lambda: b"MZ" + NOISE + aes_zip(a=NOTE), UNKNOWN),
    "an age file in a zip under a picture's name": (lambda: stored_zip(**{"holiday.jpg": AGE}), STRONG),
    "a picture under the name of an encrypted file": (
        lambda: stored_zip(**{"secret.pgp": photograph()}), OPEN),
}  # fmt: skip


if libarchive():
    TRAPS["tar.zst of an AES zip"] = (lambda: zstd(a=aes_zip(a=NOTE)), STRONG)
    TRAPS["tar.zst of text"] = (lambda: zstd(a=NOTE), OPEN)


def seven_of(**files: bytes) -> bytes:
    import py7zr

    def write(buffer):
        with py7zr.SevenZipFile(buffer, "w") as archive:
            for name, data in files.items():
                archive.writestr(data, name)

    return saved(write)


@pytest.mark.parametrize("name", TRAPS)
def test_what_a_file_says_of_itself_is_checked(name):
    make, expected = TRAPS[name]
    document = read_document(make())
    assert (document.protection, document.grade) == expected, document.reasons


@pytest.mark.parametrize("name", [*SAMPLES, *TRAPS])
def test_the_state_alone_is_the_same_as_after_reading(name):
    make, expected = {**SAMPLES, **TRAPS}[name]
    assert protection_of(make()) == expected


def test_a_lock_stays_one_where_an_encrypted_stream_happens_to_begin_like_a_page():
    locked = pages(1, user="secret", owner="other", R=6)
    behind = locked.rindex(b"startxref")
    stream = b"9 0 obj\n<</Length 40>>stream\nTj " + NOISE[:37] + b"\nendstream endobj\n"
    assert protection_of(locked[:behind] + stream + locked[behind:]) == STRONG


def pages(count: int, **encryption) -> bytes:
    made = pikepdf.new()
    for _ in range(count):
        made.add_blank_page()
    return saved(lambda buffer: made.save(buffer, encryption=pikepdf.Encryption(**encryption)))


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_the_lock_of_a_long_pdf_is_found_without_the_rest_of_it(revision):
    more = {"R": revision} if revision > 3 else {"R": revision, "aes": False, "metadata": False}
    locked = protection_of(pages(600, user="secret", owner="other", **more))
    assert locked == ("protected", "strong" if revision > 3 else "weak")
    assert protection_of(pages(600, user="", owner="other", **more)) == OPEN
