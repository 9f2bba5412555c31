"""Protecting attachments: only they change, they open with the passphrase, and name nobody."""

import io
import shutil
import subprocess
from unicodedata import normalize

import msoffcrypto
import pikepdf
import pytest
import pyzipper

from gateway.documents.read import read_document
from gateway.mail.message import Message
from gateway.remedy.passphrase import new_passphrase
from gateway.remedy.protect import CannotProtect, protect
from tests.documents.test_protection import odf, pdf, saved, word
from tests.mail_programs import PROGRAMS, File, Letter, envelope_of

PASS = "orchard tunnel violin maple harbour crisp"
FILES = {
    "report.pdf": pdf(),
    "owner only.pdf": pdf(user="", owner="somebody", R=6),
    "Zoë Marsh.docx": word(),
    "Zoë Marsh.odt": odf(encrypted=False),
    "photo.jpg": b"\xff\xd8\xff\xe0" + bytes(200),
    "notes.txt": "Zoë has epilepsy.".encode(),
}


def letter(*names, program="outlook"):
    made = Letter(files=tuple(File(name, FILES[name]) for name in names))
    return Message.parse(PROGRAMS[program](made), envelope_of(made))


def protected(message, *paths):
    raw, files = protect(message.raw, frozenset(paths), PASS)
    return raw, files, Message.parse(raw, message.envelope)


def path_of(message, name):
    """Apple's programs write names decomposed, so they are compared composed."""
    return next(part.path for part in message.attachments if normalize("NFC", part.filename) == name)


def opened(data, name):
    """The content, as the recipient's program opens it with the passphrase."""
    if name.endswith(".pdf"):
        with pikepdf.open(io.BytesIO(data), password=PASS) as document:
            assert document.encryption.R == 6
            return len(document.pages)
    if name.endswith(".docx"):
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        office.load_key(password=PASS, verify_password=True)
        return saved(office.decrypt)
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        archive.setpassword(PASS.encode())
        (entry,) = archive.infolist()
        assert "Zo" not in entry.filename
        return archive.read(entry)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", FILES)
def test_an_attachment_opens_with_the_passphrase_and_in_nothing_without_it(program, name):
    if program == "outlook_rich_text":
        pytest.skip("its attachments lie in one winmail.dat, which is protected as a whole")
    message = letter(name, program=program)
    raw, (file,), after = protected(message, path_of(message, name))
    (part,) = (each for each in after.attachments if each.filename == file.name)
    state = read_document(part.content)
    assert (state.protection, state.grade) == ("protected", "strong")
    assert opened(part.content, file.name) in (FILES[name], 1)
    assert name.encode() not in raw
    assert file.how


def test_everything_else_stays_byte_for_byte():
    message = letter("report.pdf", "notes.txt", "photo.jpg", program="thunderbird")
    path = path_of(message, "notes.txt")
    raw, _, after = protected(message, path)
    part = next(each for each in message.parts if each.path == path)
    new = next(each for each in after.parts if each.path == path)
    assert raw[: new.start] == message.raw[: part.start]
    assert raw[new.end :] == message.raw[part.end :]


def test_a_signed_pdf_goes_into_a_zip_since_saving_it_would_break_the_signature():
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array([]))
        signed = saved(document.save)
    made = Letter(files=(File("signed.pdf", signed),))
    message = Message.parse(PROGRAMS["gmail"](made), envelope_of(made))
    _, (file,), after = protected(message, path_of(message, "signed.pdf"))
    (part,) = (each for each in after.attachments if each.filename == file.name)
    assert file.name.endswith(".zip")
    assert opened(part.content, file.name) == signed


def signed_mail(first: bytes) -> Message:
    """A message signed as a whole (RFC 1847) over a text and a file."""
    raw = (
        b"From: tom@larkfield.example\r\nTo: ana@family.example\r\nSubject: papers\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n micalg=sha-256; boundary="s=1"\r\n'
        b"\r\nThis is signed.\r\n--s=1\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
        b"--m\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b"--m\r\nContent-Type: text/plain; name=notes.txt\r\nContent-Disposition: attachment\r\n\r\n"
        + first
        + b"\r\n--m--\r\n\r\n"
        b"--s=1\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMIIB\r\n--s=1--\r\n"
    )
    return Message.parse(raw, envelope_of(Letter()))


def test_a_signature_that_the_change_breaks_is_taken_off():
    message = signed_mail(b"quillwort")
    raw, (file,), after = protected(message, "1.2")
    assert [part.content_type for part in after.parts] == ["text/plain", "application/zip"]
    assert opened(after.parts[1].content, file.name) == b"quillwort"
    assert b"multipart/signed" not in raw
    assert b"pkcs7-signature" not in raw
    assert not after.defects
    start = message.raw.index(b"\r\nThis is signed.")
    new = raw.index(b"\r\nThis is signed.")
    assert raw[new:].startswith(message.raw[start : message.raw.index(b"Content-Type: text/plain; name")])


def test_what_was_put_behind_the_signature_stays():
    footer = b"--s=1\r\nContent-Type: text/plain\r\n\r\nList footer\r\n--s=1--\r\n"
    raw = signed_mail(b"quillwort").raw.replace(b"--s=1--\r\n", footer)
    raw, _, after = protected(Message.parse(raw, envelope_of(Letter())), "1.2")
    assert [part.content_type for part in after.parts] == ["text/plain", "application/zip", "text/plain"]
    assert raw.endswith(footer)
    assert b"pkcs7-signature" not in raw
    assert not after.defects


def test_a_signature_over_another_part_stays():
    inner = signed_mail(b"quillwort").raw.partition(b"MIME-Version: 1.0\r\n")[2]
    raw = (
        b"From: tom@larkfield.example\r\nTo: ana@family.example\r\nSubject: papers\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" + inner + b"--o\r\n"
        b"Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nplan\r\n--o--\r\n"
    )
    message = Message.parse(raw, envelope_of(Letter()))
    after, _, _ = protected(message, "2")
    assert inner in after


def test_a_part_that_is_not_there_is_no_silent_success():
    with pytest.raises(CannotProtect):
        protect(letter("notes.txt").raw, frozenset({"9.9"}), PASS)


def test_a_passphrase_is_six_words_and_never_the_same():
    made = {new_passphrase() for _ in range(200)}
    assert len(made) == 200
    assert all(len(each.replace("-", " ").split()) == 6 for each in made)


@pytest.mark.interop
@pytest.mark.parametrize(("name", "command"), [("report.pdf", "qpdf"), ("notes.txt", "7z")])
def test_independent_programs_open_it_with_the_passphrase_alone(tmp_path, name, command):
    assert shutil.which(command), f"{command} is missing: make test-interop installs it"
    message = letter(name)
    _, (file,), after = protected(message, path_of(message, name))
    (part,) = (each for each in after.attachments if each.filename == file.name)
    target = tmp_path / file.name
    target.write_bytes(part.content)
    for passphrase, works in ((PASS, True), ("wrong", False)):
        arguments = (
            ["qpdf", f"--password={passphrase}", "--check"]
            if command == "qpdf"
            else ["7z", "t", f"-p{passphrase}"]
        )
        done = subprocess.run([*arguments, str(target)], capture_output=True, check=False)
        assert (done.returncode == 0) is works
