"""Files that are nothing but encryption: OpenPGP, CMS, age, openssl. Signed is not encrypted."""

import base64
import re
import zlib

from asn1crypto import cms
from pysequoia.packet import Packet, PacketPile, Tag

from gateway.documents.formats.text import decode
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

# Packet types of RFC 9580, 5. The enumeration of the library cannot be put into a set.
_BODIES = {int(Tag.SED), int(Tag.SEIP), int(Tag.AED)}
_ENCRYPTED = _BODIES | {int(each) for each in (Tag.PKESK, Tag.SKESK, Tag.MDC, Tag.Marker, Tag.Padding)}


def read_pgp(data: bytes, at: Place) -> None:
    """OpenPGP (RFC 9580): protected only when there is nothing but encrypted packets."""
    try:
        packets = list(PacketPile.from_bytes(data))
    except Exception:  # noqa: BLE001 -- it only looks like OpenPGP
        at.leaf("readable", "text that is only dressed up as OpenPGP")
        at.text("", decode(data))
        return
    tags = {int(packet.tag) for packet in packets}
    outside = _outside(data)
    if tags & _BODIES and tags <= _ENCRYPTED:
        at.leaf("protected", "an OpenPGP message", _grade(packets))
    else:
        contents = [bytes(packet.literal_data) for packet in packets if packet.tag == Tag.Literal]
        for content in contents:  # those inside a compressed packet are among them; what they hold decides
            at.open("contents", content)
        if not contents or tags & _BODIES:
            at.leaf("readable", "OpenPGP, but not encrypted")
    if outside:
        at.leaf("readable", "text around an OpenPGP message")
        at.text("", outside)


# Ciphers of 64-bit blocks (RFC 9580, 9.3): IDEA, TripleDES, CAST5, Blowfish.
_OLD = {1, 2, 3, 4}


def _grade(packets: list[Packet]) -> Grade:
    """Weak: no integrity protection, or a passphrase that leads to an old cipher; a key's is not told."""
    if any(packet.tag == Tag.SED for packet in packets):
        return "weak"
    named = [bytes(packet.body) for packet in packets if packet.tag == Tag.SKESK]
    return "weak" if any(body[:1] == b"\x04" and body[1] in _OLD for body in named) else "strong"


_BEGIN, _END = b"-----BEGIN PGP ", b"-----END PGP "


def _outside(data: bytes) -> str:
    """The text around what is in armour."""
    pieces, position = [], 0
    if _BEGIN not in data:
        return ""
    while (start := data.find(_BEGIN, position)) >= 0 and (end := data.find(_END, start)) >= 0:
        pieces.append(data[position:start])
        position = data.find(b"-----", end + len(_END)) + 5
        if position < 5:
            break
    return decode(b" ".join([*pieces, data[position:]])).strip()


_PEM = re.compile(rb"-----BEGIN [A-Z0-9 #]+-----(.*?)-----END [A-Z0-9 #]+-----", re.DOTALL)


def read_cms(data: bytes, at: Place) -> None:
    """CMS, which is S/MIME's (RFC 5652): enveloped is protected, signed shows its contents."""
    armoured = _PEM.search(data)
    info = cms.ContentInfo.load(base64.b64decode(armoured[1]) if armoured else data)
    kind = info["content_type"].native
    if kind in ("enveloped_data", "authenticated_enveloped_data", "encrypted_data"):
        body = info["content"]
        holder = (
            body["auth_encrypted_content_info"] if kind.startswith("auth") else body["encrypted_content_info"]
        )
        cipher = str(holder["content_encryption_algorithm"]["algorithm"].native)
        at.leaf("protected", "an S/MIME message", "strong" if cipher.startswith("aes") else "weak")
        return
    if kind == "signed_data":
        content = info["content"]["encap_content_info"]["content"].native
    elif kind == "data":
        content = info["content"].native
    elif kind == "compressed_data":
        unpacking = zlib.decompressobj()
        packed = bytes(info["content"]["encap_content_info"]["content"].native)
        content = unpacking.decompress(packed, at.room + 1)
    else:
        content = None
        at.unread(public("its kind of S/MIME is not known here"))
    if content:
        at.open("contents", bytes(content))  # which may itself be encrypted
    else:
        at.leaf("readable", "S/MIME, but not encrypted")


def read_age(data: bytes, at: Place) -> None:
    """Age (age-encryption.org/v1), binary or armoured."""
    del data
    at.leaf("protected", "an age file", "strong")


def read_openssl(data: bytes, at: Place) -> None:
    """``openssl enc``: which cipher and how the key was made is not in the file."""
    del data
    at.leaf("protected", "a file of openssl enc", "weak")
