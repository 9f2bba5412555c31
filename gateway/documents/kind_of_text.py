"""What a text is, and what libmagic has no name for, decided from its bytes."""

import re
from codecs import BOM_UTF8

from pysequoia.packet import Packet, PacketPile, Tag

from gateway.mail.transfer import holds_encoded_file

BASE64 = "application/base64"
BEFORE_TEXT = BOM_UTF8 + b" \t\r\n"  # octets that may stand before its first sign
# First lines of text, in capitals.
_LINES = (
    (b"-----BEGIN PGP ", "application/pgp-encrypted"),
    (b"-----BEGIN PKCS7", "application/pkcs7-mime"),
    (b"-----BEGIN PKCS #7", "application/pkcs7-mime"),
    (b"-----BEGIN CMS", "application/pkcs7-mime"),
    (b"-----BEGIN AGE ENCRYPTED FILE", "application/x-age"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
)
_FIELD = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,60}):", re.MULTILINE)
_MAIL_FIELDS = frozenset(
    b"from to cc subject date message-id mime-version content-type received return-path reply-to "
    b"dkim-signature delivered-to x-mailer sender content-transfer-encoding content-disposition".split()
)


# The types of PKCS #7, compressed data (RFC 3274) and authenticated enveloped data (RFC 5083).
_CMS = (
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
)
# What no text has: ciphertext may well hold "<p" by chance.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of_text(data: bytes, kind: str) -> str:
    """Kinds of text, and what libmagic calls data although its first bytes say what it is."""
    head = data[:4096].lstrip(BEFORE_TEXT)
    if _is_mail(head):
        return "message/rfc822"
    for start, known in _LINES:
        if head[:40].upper().startswith(start):
            return known
    if _is_base64(data):
        return BASE64
    if holds_encoded_file(head):  # whose lines may well hold "<P "
        return "text/plain"
    if not _CONTROL.search(head[:2000]) and re.search(
        rb"<(html|body|table|div|p|!doctype html)\b", head[:2000], re.IGNORECASE
    ):
        return "text/html"
    return _binary(data) if kind == "application/octet-stream" else kind


def _binary(data: bytes) -> str:
    """What libmagic has no name for."""
    if _PFX.match(data):
        return "application/x-pkcs12"
    if data[0] == 0x30 and any(oid in data[:40] for oid in _CMS):
        return "application/pkcs7-mime"
    if _is_openpgp(data):
        return "application/pgp"
    return "text/plain" if _is_utf16(data) else "application/octet-stream"


_PFX = re.compile(rb"\x30(?:\x80|[\x00-\x7f]|[\x81-\x84].{1,4}?)\x02\x01\x03\x30", re.DOTALL)  # RFC 7292, 4


def _is_mail(head: bytes) -> bool:
    """Whether it begins with fields of a message, or with the one that a signed entity begins with."""
    if re.match(rb"content-type:[ \t]*(multipart|message)/", head, re.IGNORECASE):
        return True
    if not re.match(rb"(From [^\n]*\n)?[A-Za-z][A-Za-z0-9-]{1,60}:", head):
        return False
    fields = head.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    return len({name.lower() for name in _FIELD.findall(fields)} & _MAIL_FIELDS) >= 2


_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SHORTEST = 64  # characters; fewer are a number, a word or a fingerprint


def _is_base64(data: bytes) -> bool:
    """Whether a text is a file in base64: lines of one length, the last one no longer, and not all hexadecimal."""
    if data[:200].translate(None, _LETTERS + b"=\r\n"):
        return False
    lines = data.split()
    whole = b"".join(lines)
    body = whole.rstrip(b"=")
    return (
        len(body) >= _SHORTEST
        and len(whole) % 4 == 0
        and len(whole) - len(body) <= 2
        and not body.translate(None, _LETTERS)
        and bool(body.translate(None, b"0123456789abcdefABCDEF"))
        and all(len(line) == len(lines[0]) for line in lines[1:-1])
        and len(lines[-1]) <= len(lines[0])
    )


# What the packets that binary OpenPGP begins with hold in their first octet: a version, a way of
# compression, a format (RFC 9580, 5). SED is the body of an old message, and has none.
_OCTETS = {
    int(Tag.PKESK): {3, 6},
    int(Tag.SKESK): {4, 5, 6},
    int(Tag.OnePassSig): {3, 6},
    int(Tag.Signature): {3, 4, 5, 6},
    int(Tag.CompressedData): {0, 1, 2, 3},
    int(Tag.Literal): set(b"btul1m"),
    int(Tag.PublicKey): {3, 4, 5, 6},
    int(Tag.Marker): set(b"P"),
    int(Tag.SEIP): {1, 2},
    int(Tag.AED): {1},
}
_ESSENCE = {int(each) for each in (Tag.SED, Tag.SEIP, Tag.AED, Tag.Literal, Tag.PublicKey, Tag.Signature)}


def _is_openpgp(data: bytes) -> bool:
    """Noise may well begin like a packet, but does not go on with one that makes sense of it."""
    head = data[0]
    tag = head & 0x3F if head & 0x40 else (head >> 2) & 0x0F
    if not head & 0x80 or tag not in _OCTETS:
        return False
    try:
        packets = list(PacketPile.from_bytes(data))
        tags = {int(packet.tag) for packet in packets}
        return bool(tags & _ESSENCE) and all(map(_makes_sense, packets))
    except Exception:  # noqa: BLE001 -- whatever the library says of it, it is no OpenPGP
        return False


def _makes_sense(packet: Packet) -> bool:
    if packet.tag in (Tag.Literal, Tag.CompressedData):  # the library shows those unpacked
        return True
    octets = _OCTETS.get(int(packet.tag))
    return octets is None or bytes(packet.body)[0] in octets


def _is_utf16(data: bytes) -> bool:
    """Text of two bytes a character without a mark: every other byte is nearly always zero."""
    sample = data[:4000]
    zeros = (sample[::2].count(0), sample[1::2].count(0))
    return len(sample) >= 8 and max(zeros) > len(sample) * 0.3 and min(zeros) < len(sample) * 0.02
