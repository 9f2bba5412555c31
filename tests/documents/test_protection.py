"""
Protected, readable, or cannot tell: decided from the bytes, and never wrong.

Every sample is made here by the library or format that it stands for; the traps
are those that gateways fall into.
"""

import base64
import gzip
import io
import random
import struct
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta

import docx
import openpyxl
import pikepdf
import py7zr
import pysequoia
import pytest
import pyzipper
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from msoffcrypto.format.ooxml import OOXMLFile
from reportlab.pdfgen import canvas

from gateway.documents.read import protection_of, read_document

SECRET = "Zoë Marsh, born 3 April 2012, has epilepsy."
STRONG = ("protected", "strong")
WEAK = ("protected", "weak")
OPEN = ("readable", None)
UNKNOWN = ("unknown", None)


def judged(data, expected):
    """What was read of a file whose state is as expected, with its text and without."""
    document = read_document(data)
    assert (document.protection, document.grade) == expected, document.reasons
    assert protection_of(data) == expected
    return document


def saved(write) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def word(text=SECRET) -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    return saved(document.save)


def pdf(attach=None, **encryption) -> bytes:
    def draw(buffer):
        page = canvas.Canvas(buffer)
        page.drawString(40, 700, "A page of text")
        page.save()

    with pikepdf.open(io.BytesIO(saved(draw))) as opened:
        for name, data in (attach or {}).items():
            opened.attachments[name] = data
        settings = pikepdf.Encryption(**encryption) if encryption else False
        return saved(lambda buffer: opened.save(buffer, encryption=settings))


def agile(password) -> bytes:
    return saved(lambda buffer: OOXMLFile(io.BytesIO(word())).encrypt(password, buffer))


def sheet_protected() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = SECRET
    book.active.protection.set_password("secret")
    book.security.workbookPassword = "secret"
    return saved(book.save)


def aes_zip(**files) -> bytes:
    def write(buffer):
        with pyzipper.AESZipFile(buffer, "w", encryption=pyzipper.WZ_AES) as archive:
            archive.setpassword(b"a long enough password")
            for name, data in files.items():
                archive.writestr(name, data)

    return saved(write)


def plain_zip(**files) -> bytes:
    def write(buffer):
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)

    return saved(write)


def flagged(data) -> bytes:
    """The same archive with the bit "encrypted" set in every header, and nothing encrypted."""
    data = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = data.find(mark)
        while position >= 0:
            data[position + offset] |= 1
            position = data.find(mark, position + 4)
    return bytes(data)


def traditional_zip() -> bytes:
    """ZipCrypto (APPNOTE, 6.1), which the standard library reads but does not write."""
    body, password = SECRET.encode(), b"secret"
    table = [_crc_step(n) for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte):
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 255]

    for byte in password:
        update(byte)
    crc = zipfile.crc32(body)
    out = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + body:
        mix = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (((mix * (mix ^ 1)) >> 8) & 255))
        update(byte)
    name, size = b"note.txt", len(out)
    local = (
        struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 1, 0, 0, 0x5A21, crc, size, len(body), len(name), 0)
        + name
    )
    central = (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            20,
            20,
            1,
            0,
            0,
            0x5A21,
            crc,
            size,
            len(body),
            len(name),
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + name
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + size, 0)
    return local + bytes(out) + central + end


def _crc_step(value):
    for _ in range(8):
        value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value


def seven(password=None, *, header=False) -> bytes:
    def write(buffer):
        with py7zr.SevenZipFile(buffer, "w", password=password, header_encryption=header) as archive:
            archive.writestr(SECRET, "a.txt")

    return saved(write)


def odf(*, encrypted) -> bytes:
    entry = (
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="500">'
        + (
            "<manifest:encryption-data><manifest:algorithm manifest:algorithm-name="
            '"http://www.w3.org/2001/04/xmlenc#aes256-cbc"/></manifest:encryption-data>'
            if encrypted
            else ""
        )
        + "</manifest:file-entry>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
        f'"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">{entry}</manifest:manifest>'
    )
    text = (
        '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        f' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><text:p>{SECRET}</text:p>'
        "</office:body></office:document-content>"
    )

    def write(buffer):
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            archive.writestr("content.xml", random.Random(2).randbytes(500) if encrypted else text)
            archive.writestr("META-INF/manifest.xml", manifest)

    return saved(write)


def certificate():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.osei@hill-school.example")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime.now(UTC), datetime.now(UTC) + timedelta(9)
    )
    return key, made.sign(key, hashes.SHA256())


KEY, CERTIFICATE = certificate()


def enveloped() -> bytes:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(SECRET.encode()).add_recipient(CERTIFICATE)
    builder = builder.set_content_encryption_algorithm(algorithms.AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def signed() -> bytes:
    builder = (
        pkcs7.PKCS7SignatureBuilder().set_data(SECRET.encode()).add_signer(CERTIFICATE, KEY, hashes.SHA256())
    )
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


TSK = pysequoia.Tsk.generate("ama <a.osei@hill-school.example>")


def mail(*parts) -> bytes:
    body = b"".join(
        b"--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=f\r\n\r\n" + base64.encodebytes(part)
        for part in parts
    )
    return (
        b"From: a@b.example\r\nTo: c@d.example\r\nSubject: papers\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + body + b"--x--\r\n"
    )


def tarred(**files) -> bytes:
    def write(buffer):
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))

    return saved(write)


SAMPLES = {
    "PDF without a password": (pdf, OPEN),
    "PDF, AES-256": (lambda: pdf(user="secret", owner="other", R=6), STRONG),
    "PDF, AES-128": (lambda: pdf(user="secret", owner="other", R=4), STRONG),
    "PDF, RC4 of 128 bits": (lambda: pdf(user="secret", owner="other", R=3, aes=False, metadata=False), WEAK),
    "PDF, RC4 of 40 bits": (lambda: pdf(user="secret", owner="other", R=2, aes=False, metadata=False), WEAK),
    "PDF with an owner's password only": (lambda: pdf(user="", owner="other", R=6), OPEN),
    "PDF that speaks of /Encrypt in a comment": (
        lambda: pdf().replace(b"%PDF-1", b"%PDF-1.4\n%/Encrypt 5 0 R\n%", 1),
        OPEN,
    ),
    "half a PDF": (lambda: pdf()[:400], OPEN),
    "PDF cover with a readable attachment": (lambda: pdf(attach={"a.docx": word()}), OPEN),
    "Word document": (word, OPEN),
    "Word document, agile": (lambda: agile("a long password"), STRONG),
    "Word document under the password that Office tries": (lambda: agile("VelvetSweatshop"), OPEN),
    "Word document under the other password that Office tries": (
        lambda: agile("/01Hannes Ruescher/01"),
        OPEN,
    ),
    "workbook with protected sheets": (sheet_protected, OPEN),
    "ODF": (lambda: odf(encrypted=False), OPEN),
    "ODF, encrypted": (lambda: odf(encrypted=True), STRONG),
    "zip": (lambda: plain_zip(a=b"text"), OPEN),
    "zip, AES": (lambda: aes_zip(a=b"text", b=b"more"), STRONG),
    "zip, traditional": (traditional_zip, WEAK),
    "zip whose flag is forged": (lambda: flagged(plain_zip(a=SECRET.encode())), OPEN),
    "zip with an AES zip and a plain file": (lambda: plain_zip(a=aes_zip(x=b"y"), b=word()), OPEN),
    "zip with an AES zip alone": (lambda: plain_zip(a=aes_zip(x=b"y")), STRONG),
    "zip with an agile document": (lambda: plain_zip(a=agile("a long password")), STRONG),
    "empty zip": (plain_zip, OPEN),
    "plain zip glued in front of an AES zip": (lambda: plain_zip(a=SECRET.encode()) + aes_zip(b=b"x"), OPEN),
    "7z": (seven, OPEN),
    "7z, AES": (lambda: seven("secret"), STRONG),
    "7z, header encrypted too": (lambda: seven("secret", header=True), STRONG),
    "tar.gz": (lambda: tarred(a=word()), OPEN),
    "tar.gz with an AES zip alone": (lambda: tarred(a=aes_zip(x=b"y")), STRONG),
    "gzip of a PDF with a password": (lambda: gzip.compress(pdf(user="s", owner="o", R=6)), STRONG),
    "OpenPGP message": (
        lambda: pysequoia.encrypt(bytes=SECRET.encode(), recipients=[TSK.extract_certificate()]),
        STRONG,
    ),
    "OpenPGP, only signed": (lambda: pysequoia.sign(TSK.signer(), SECRET.encode()), OPEN),
    "OpenPGP key": (lambda: str(TSK.extract_certificate()).encode(), OPEN),
    "text dressed up as OpenPGP": (
        f"-----BEGIN PGP MESSAGE-----\n\n{SECRET}\n-----END PGP MESSAGE-----\n".encode,
        OPEN,
    ),
    "CMS, enveloped": (enveloped, STRONG),
    "CMS, only signed": (signed, OPEN),
    "age": (
        lambda: b"age-encryption.org/v1\n-> X25519 abc\nx\n--- y\n" + random.Random(3).randbytes(99),
        STRONG,
    ),
    "openssl enc": (lambda: b"Salted__" + random.Random(4).randbytes(200), WEAK),
    "noise": (lambda: random.Random(5).randbytes(3_000), UNKNOWN),
    "nothing": (lambda: b"", OPEN),
    "message with a protected file and text": (lambda: mail(aes_zip(a=b"x")), OPEN),
    "text": (SECRET.encode, OPEN),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_state_of_protection_is_told_from_the_bytes(name):
    make, expected = SAMPLES[name]
    document = read_document(make())
    assert (document.protection, document.grade) == expected, document.reasons


@pytest.mark.parametrize("name", ["Word document", "PDF, AES-256", "zip, AES", "7z, AES"])
def test_a_wrong_name_changes_nothing_since_no_name_is_asked(name):
    make, expected = SAMPLES[name]
    wrapped = read_document(plain_zip(**{"holiday.jpg": make()}))
    assert wrapped.protection == expected[0]


def test_every_reason_is_said():
    assert read_document(aes_zip(a=b"x")).reasons
