"""
Real and malformed mail, where it lies beside the project (skipped where not).

Each file must be read or refused with a reason, and where the standard library
reads the same message without complaint, both must see the same.
"""

import email
import email.policy
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.mail.malformed import MalformedMessage
from gateway.mail.message import Message
from tests.mail.build import ENVELOPE

pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("ignore::UserWarning")]

_NO_MAIL = (".json", ".tnef", ".md", "COPYING", ".gitattributes", ".mbox", "README.txt")


def mails(shared: Path) -> Iterator[tuple[str, bytes]]:
    for folder in (shared / "mail", shared / "cases" / "eml"):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.name.endswith(_NO_MAIL) and "_decoded" not in file.name:
                yield str(file.relative_to(shared)), file.read_bytes()


def test_every_mail_is_read_or_refused_with_a_reason(shared):
    refused: dict[str, MalformedMessage] = {}
    count = 0
    for name, raw in mails(shared):
        count += 1
        try:
            message = Message.parse(raw, ENVELOPE)
        except MalformedMessage as malformed:
            refused[name] = malformed
            continue
        assert message.raw is raw
        for part in message.root.walk():
            assert part.start <= part.body <= part.end, name
            part.text.encode()
            "".join(part.names).encode()
    assert count > 600
    # One is made of endless header lines to overflow a stack; a cause would be a fault of the reader.
    assert list(refused) == ["mail/mimekit/messages/stack-overflow.txt"]
    assert all(malformed.reason and not malformed.__cause__ for malformed in refused.values())


# Broken in ways over which readers differ, all on purpose but these: a bounce that quotes a broken
# header, and the pages of RFC 2045 that show "... base64-encoded data goes here ...".
def test_few_mails_have_defects_and_no_labelled_one(shared):
    found = [name for name, raw in mails(shared) if _message(raw) and _message(raw).defects]
    assert [name for name in found if name.startswith("cases/")] == []
    assert len(found) < 80


def _message(raw: bytes) -> Message | None:
    try:
        return Message.parse(raw, ENVELOPE)
    except MalformedMessage:
        return None


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


# Where we and the standard library differ, and why we are right:
_DIFFERENT = {
    # it opens message/delivery-status into a part for each block, and calls them text/plain
    "parts": ("message/delivery-status", "message/disposition-notification", "message/feedback-report"),
    # it reads raw bytes that are not UTF-8 as U+FFFD where programs show windows-1252
    "text": "\ufffd",
}


def test_the_standard_library_sees_the_same(shared):
    differences: dict[str, list[str]] = {"parts": [], "subject": [], "name": [], "content": [], "address": []}
    compared = 0
    for name, raw in mails(shared):
        message = _message(raw)
        if message is None or message.defects:
            continue
        try:
            other = email.message_from_bytes(raw, policy=email.policy.default)
            leaves = [part for part in other.walk() if not part.is_multipart()]
            names = [part.get_filename() or "" for part in leaves]
            subject = str(other["subject"] or "")
            addresses = [box.addr_spec for field in other.get_all("to", []) for box in field.addresses]
            contents = [part.get_payload(decode=True) or b"" for part in leaves]
        except Exception:  # noqa: BLE001 -- hazards.md: it raises on mail that every program shows
            continue
        compared += 1
        if [part.content_type for part in message.parts] != [part.get_content_type() for part in leaves]:
            if not any(part.content_type in _DIFFERENT["parts"] for part in message.parts):
                differences["parts"].append(name)
            continue
        if _plain(message.subject) != _plain(subject) and _DIFFERENT["text"] not in subject:
            differences["subject"].append(name)
        for part, other_name, content in zip(message.parts, names, contents, strict=True):
            known = [_plain(each) for each in part.names]
            if other_name and _plain(other_name.replace("\\", "/").rpartition("/")[2]) not in known:
                differences["name"].append(name)
            if b"".join(part.content.split()) != b"".join(content.split()):
                differences["content"].append(name)
        ours = [box.address.lower() for box in message.mailboxes("to") if "@" in box.address]
        if ours != [each.lower() for each in addresses if "@" in each]:
            differences["address"].append(name)
    assert compared > 500
    found = {file for files in differences.values() for file in files}
    assert found == {file for files in EXPLAINED.values() for file in files}


_STALWART, _MIKEL, _MIME4J = "mail/stalwart-mail-parser/eml", "mail/mikel-mail/emails", "mail/james-mime4j"
EXPLAINED = {
    "a border twice in a row is an empty part to us, nothing to the library": [
        "mail/cpython/msg_37.txt",
        f"{_MIME4J}/mimetools-testmsgs/2002_06_12_doublebound.msg",
        f"{_MIME4J}/mimetools-testmsgs/double-bound.msg",
        f"{_MIME4J}/testmsgs/multipartemptypart.msg",
        f"{_STALWART}/malformed/000.eml",
    ],
    "a semicolon is missing behind the type, or the boundary is not quoted: programs read on": [
        "mail/enmime/testdata/mail/mime-bad-content-type.raw",
        "mail/enmime/testdata/mail/mime-blank-media-name.raw",
        f"{_MIKEL}/mime_emails/raw_email_with_illegal_boundary.eml",
        f"{_MIKEL}/plain_emails/raw_email_bad_time.eml",
        f"{_STALWART}/malformed/017.eml",
    ],
    "a message in base64 is a file to us, undecoded text to the library": [
        f"{_MIME4J}/mimetools-testmsgs/multi-2gifs-base64.msg",
        f"{_MIME4J}/testmsgs/bad-newlines-multiple-parts-base64.msg",
        f"{_MIME4J}/testmsgs/base64encoded-rfc822message-nested.msg",
        f"{_MIME4J}/testmsgs/base64encoded-rfc822message.msg",
        f"{_STALWART}/rfc/008.eml",
        "cases/eml/a062.eml",
    ],
    "white space behind the transfer encoding's name": [
        f"{_MIME4J}/mimetools-testmsgs/twopart.msg",
        f"{_STALWART}/thirdparty/003.eml",
    ],
    "the library stops a name at a space, shows raw latin-1 as U+FFFD, decodes half of an RFC 2231 name": [
        f"{_MIKEL}/attachment_emails/attachment_with_unquoted_name.eml",
        f"{_STALWART}/legacy/016.eml",
        f"{_STALWART}/legacy/023.eml",
        f"{_STALWART}/legacy/026.eml",
        f"{_MIME4J}/mimetools-testmsgs/multi-2evil.msg",
    ],
    "the library spells UTF-8 addresses in surrogates": [
        "cases/eml/p099.eml",
        f"{_MIKEL}/rfc6532/utf8_headers.eml",
    ],
    "an address for a name, no comma between two, a group that never ends, white space round a dot": [
        f"{_MIKEL}/plain_emails/raw_email_with_at_display_name.eml",
        f"{_MIKEL}/plain_emails/raw_email_multiple_from.eml",
        f"{_MIKEL}/error_emails/missing_body.eml",
        f"{_MIKEL}/rfc2822/example11.eml",
    ],
}
