"""Files that are nothing but encryption: OpenPGP, CMS, age, openssl, vaults. Signed is not encrypted."""

import base64
import re
import struct
import zlib
from typing import Any

from asn1crypto import cms, parser, pkcs12
from pysequoia.packet import Packet, PacketPile, Tag

from gateway.documents.formats.archive import open_behind
from gateway.documents.formats.text import decode, has_words, salvaged
from gateway.documents.kind_of_text import BEFORE_TEXT
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

# Packet types of RFC 9580, 5. The enumeration of the library cannot be put into a set.
_BODIES = {int(Tag.SED), int(Tag.SEIP), int(Tag.AED)}
_ENCRYPTED = _BODIES | {int(each) for each in (Tag.PKESK, Tag.SKESK, Tag.MDC, Tag.Marker, Tag.Padding)}


# Armour (RFC 9580, 6.2). A message that is signed in the clear begins with a line of its own, and is outside of it.
_BLOCK = re.compile(
    rb"-----BEGIN PGP (MESSAGE|SIGNATURE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)[^\n]{0,80}-----"
    rb"[^-]*+(?:-(?!----)[^-]*+)*+-----END PGP \1"
    rb"[^\n]{0,80}-----"
)
_HASH = rb"Hash:[ \t]*(?:(?:SHA|MD|RIPEMD)[\d-]{1,9}[, \t]*)*+\r?\n"
_CLEAR = re.compile(rb"-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:" + _HASH + rb")*+")
# Its first line, its header lines, and nothing but base64 and a checksum.
_ARMOUR = re.compile(
    rb"-----BEGIN PGP [A-Z ]{7,20}-----[ \t\r]*\n((?:[A-Za-z]+:[^\n]*\n)*+)(?:[A-Za-z0-9+/]*+[ \t\r]*+\n)*+"
    rb"(?:[A-Za-z0-9+/]*+={1,2}[ \t\r]*+\n)?(?:=[A-Za-z0-9+/]{4}[ \t\r]*+\n)?\s*+-----END PGP [A-Z ]{7,20}-----"
)
# What programs write into the header lines of armour; whatever else stands there are somebody's words.
_BY_PROGRAMS = re.compile(
    _HASH + rb"|Version:[^\n]{0,50}\n|Charset:[ \t]*[\w-]{0,20}\r?\n"
    rb"|Comment:[ \t]*(?:(?:Using GnuPG with \w{1,20}|GPGTools) - )?https?://[\w./-]{1,50}\r?\n"
)
_ESCAPED = re.compile(rb"^- -----BEGIN PGP MESSAGE-----", re.MULTILINE)  # as it stands in a signed text (7.1)


def read_pgp(data: bytes, at: Place) -> None:
    """OpenPGP (RFC 9580): protected only when there is nothing but encrypted packets, in each of its blocks."""
    signed = _CLEAR.match(data)
    if signed and _ESCAPED.search(data):
        text, mark, rest = data[signed.end() :].partition(b"\n-----BEGIN PGP SIGNATURE-----")
        at.open("the signed text", re.sub(rb"^- ", b"", text.lstrip(), flags=re.MULTILINE))
        rest = mark[1:] + rest
        signature = _BLOCK.match(rest)
        if signature and is_signature(signature[0]):
            open_behind(rest, signature.end(), at)
        else:
            at.leaf("readable", "text in the place of a signature")
            at.text("", decode(rest))
        return
    is_packets = data[:1] >= b"\x80" and not data.lstrip(BEFORE_TEXT).startswith(b"-----BEGIN PGP ")
    blocks = [] if is_packets else [found[0] for found in _BLOCK.finditer(data)]
    if is_packets or (not blocks and b"-----BEGIN PGP " not in data):
        blocks, outside = [data], ""
    else:
        outside = decode(_CLEAR.sub(b"", _BLOCK.sub(b" ", data))).strip()
    for block in blocks:
        _read_block(block, at)
    if outside:
        at.leaf("readable", "text around an OpenPGP message")
        at.text("", outside)


def is_signature(data: bytes) -> bool:
    """Whether it is a signature and nothing else: OpenPGP's in armour, or CMS without what it signs (RFC 5652, 5.2)."""
    try:
        if data.startswith(_SEQUENCE):
            info = cms.ContentInfo.load(data, strict=True)
            return (
                info["content_type"].native == "signed_data"
                and info["content"]["encap_content_info"]["content"].native is None
            )
        armour = _ARMOUR.fullmatch(data.strip())
        if armour is None or _BY_PROGRAMS.sub(b"", armour[1]):
            return False
        packets = list(PacketPile.from_bytes(data))
    except Exception:  # noqa: BLE001 -- it only looks like one
        return False
    return bool(packets) and all(
        packet.tag == Tag.Signature and not has_words(bytes(packet.body)) for packet in packets
    )


def _read_block(data: bytes, at: Place) -> None:
    armour = _ARMOUR.fullmatch(data)
    said = _BY_PROGRAMS.sub(b"", armour[1]) if armour else b""
    if said.strip():
        at.leaf("readable", "text in the header lines of OpenPGP")
        at.text("", decode(said))
    try:
        if armour is None and data.startswith(b"-----BEGIN PGP "):
            raise ValueError
        packets = list(PacketPile.from_bytes(data))
    except Exception:  # noqa: BLE001 -- it only looks like OpenPGP
        at.leaf("readable", "text that is only dressed up as OpenPGP")
        at.text("", decode(data))
        return
    tags = {int(packet.tag) for packet in packets}
    bodies = [bytes(packet.body) for packet in packets] if tags & _BODIES else []
    if bodies and tags <= _ENCRYPTED and not any(map(has_words, bodies)):
        # The library passes over what stands in front of armour.
        if armour is None and b"-----BEGIN PGP " in data:
            at.leaf("readable", "text around an OpenPGP message")
            at.text("", decode(data))
            at.unread(_SAID)
            return
        at.leaf("protected", "an OpenPGP message", _grade(packets))
        return
    contents = [bytes(packet.literal_data) for packet in packets if packet.tag == Tag.Literal]
    for content in contents:  # those inside a compressed packet are among them; what they hold decides
        at.open("contents", content)
    if not contents or bodies:
        at.leaf("readable", "OpenPGP, but not encrypted")
        if any(map(has_words, bodies)):
            at.unread(_SAID)


# Ciphers of 64-bit blocks (RFC 9580, 9.3): IDEA, TripleDES, CAST5, Blowfish.
_OLD = {1, 2, 3, 4}


def _grade(packets: list[Packet]) -> Grade:
    """Weak: no integrity protection, or a passphrase that leads to an old cipher; a key's is not told."""
    if any(packet.tag == Tag.SED for packet in packets):
        return "weak"
    named = [bytes(packet.body) for packet in packets if packet.tag == Tag.SKESK]
    return "weak" if any(body[:1] == b"\x04" and body[1] in _OLD for body in named) else "strong"


_SEQUENCE = b"\x30"  # what is not armoured begins with it, whatever stands in it further on
_PEM = re.compile(rb"-----BEGIN [A-Z0-9 #]{1,80}-----([^-]*+)-----END [A-Z0-9 #]{1,80}-----")


def read_cms(data: bytes, at: Place) -> None:
    """CMS, which is S/MIME's (RFC 5652): enveloped is protected, signed shows its contents."""
    armoured = None if data.startswith(_SEQUENCE) else _PEM.search(data)
    whole = base64.b64decode(armoured[1]) if armoured else data
    info = cms.ContentInfo.load(whole)
    open_behind(whole, parser.peek(whole), at)
    if armoured:
        open_behind(_PEM.sub(b"", data), 0, at)
    kind = info["content_type"].native
    if kind in ("enveloped_data", "authenticated_enveloped_data", "encrypted_data"):
        body = info["content"]
        holder = (
            body["auth_encrypted_content_info"] if kind.startswith("auth") else body["encrypted_content_info"]
        )
        cipher = str(holder["content_encryption_algorithm"]["algorithm"].native)
        if has_words(holder["encrypted_content"].native or b""):
            at.leaf("readable", "S/MIME that says it is encrypted, and is not")
            at.unread(_SAID)
            return
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


_AGE_END = re.compile(rb"\n--- [^\n]+\n")  # the line that ends the header
_AGE_LEAST = 32  # bytes: a nonce, and the tag of the last piece


def read_age(data: bytes, at: Place) -> None:
    """Age (age-encryption.org/v1), binary or armoured: a header in text, then what is encrypted."""
    armoured = None if data.startswith(b"age-") else _PEM.search(data)
    whole = base64.b64decode(armoured[1]) if armoured else data
    end = _AGE_END.search(whole)
    if end is None or len(whole) - end.end() < _AGE_LEAST or has_words(whole[end.end() :]):
        at.leaf("readable", "text that is only dressed up as an age file")
        at.text("", decode(whole))
        return
    at.leaf("protected", "an age file", "strong")
    if armoured:
        open_behind(_PEM.sub(b"", data), 0, at)


def read_aescrypt(data: bytes, at: Place) -> None:
    """AES Crypt (its file format, versions 1 to 3): notes on who made it, then what is encrypted."""
    position, size = 5, int(data[3] > 1)
    while size:
        size = int.from_bytes(data[position : position + 2], "big")
        position += 2 + size
    if has_words(data[position:]):
        at.leaf("readable", "a file that is only dressed up as one of AES Crypt")
        at.text("", salvaged(data))
        return
    at.leaf("protected", "a file of AES Crypt", "strong")


def read_openssl(data: bytes, at: Place) -> None:
    """``openssl enc``: which cipher and how the key was made is not in the file."""
    if has_words(data):
        at.leaf("readable", "a file that is only dressed up as one of openssl enc")
        at.text("", decode(data))
        return
    at.leaf("protected", "a file of openssl enc", "weak")


def read_pkcs12(data: bytes, at: Place) -> None:
    """Keys and certificates of one person (RFC 7292): protected only where nothing lies in the clear."""
    open_behind(data, parser.peek(data), at)
    for info in pkcs12.Pfx.load(data).authenticated_safe:
        if info["content_type"].native == "encrypted_data":
            holder = info["content"]["encrypted_content_info"]
            _locked_keys(holder["content_encryption_algorithm"], at)
            continue
        for bag in pkcs12.SafeContents.load(info["content"].native):
            _attributes(bag, at)
            if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                _locked_keys(bag["bag_value"]["encryption_algorithm"], at)
            else:
                at.leaf("readable", "a key or a certificate without a password")
                at.unread(public("its kind cannot be read here"))


def _attributes(bag: pkcs12.SafeBag, at: Place) -> None:
    """What is written beside a key, in the clear: its friendly name (RFC 2985, 5.5.1), and whatever else are words."""
    for each in bag["bag_attributes"]:
        values = each["values"].dump() if each["type"].native != "friendly_name" else b""
        names = [] if values else each["values"].native
        if len(names) > 1 or has_words(values) or any(len(name.split()) > _NAME for name in names):
            at.leaf("readable", "text beside a key")
        at.text("", "\n".join(names) or salvaged(values))


_NAME = 6  # words; what is longer tells something


def _locked_keys(how: Any, at: Place) -> None:
    at.leaf("protected", "keys with a password", "strong" if how.encryption_cipher == "aes" else "weak")


def read_vault(data: bytes, at: Place) -> None:
    """A file of a program that writes nothing without a password: KeePass, AxCrypt, LUKS, Apple's disk images."""
    if has_words(data):  # the heads of all of them are numbers and single names
        at.leaf("readable", "a file that is only dressed up as encrypted")
        at.text("", salvaged(data))
        at.unread(_SAID)
        return
    at.leaf("protected", "a file that its program encrypts whole", "strong")


_RIGHTS_BLOCK = struct.Struct("<3I")  # a mark, size unpacked, size packed
_RIGHTS_MARK = 0x0FA0


def read_rights_message(data: bytes, at: Place) -> None:
    """A message under rights management (MS-OXORMMS 2.2.4): packed blocks of a compound file."""
    position, whole = 8, bytearray()
    while position + _RIGHTS_BLOCK.size <= len(data):
        mark, size, packed = _RIGHTS_BLOCK.unpack_from(data, position)
        position += _RIGHTS_BLOCK.size + packed
        at.has_room_for(len(whole) + size)
        block = data[position - packed : position]
        # A limit of 0 would be none.
        whole += block if packed == size else zlib.decompressobj().decompress(block, max(1, size))
        if mark != _RIGHTS_MARK:
            at.unread(public("it is damaged, or of a kind that cannot be read here"))
    at.open("contents", bytes(whole))


_SAID = public("it says that it is encrypted, and is not")
