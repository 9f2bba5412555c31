"""winmail.dat built by hand (MS-OXTNEF): attributes of level, id, length, data and checksum."""

import struct

from tests.mail_programs.letter import Letter

_MESSAGE, _ATTACHMENT = 1, 2


def tnef(letter: Letter) -> bytes:
    """The stream in which Outlook packs subject and files of a rich text message."""
    stream = struct.pack("<IH", 0x223E9F78, 0x1234)
    stream += _attribute(_MESSAGE, 0x00089006, struct.pack("<I", 0x00010000))  # attTnefVersion
    stream += _attribute(_MESSAGE, 0x00069007, struct.pack("<II", 1252, 0))  # attOemCodepage
    stream += _attribute(_MESSAGE, 0x00078008, b"IPM.Microsoft Mail.Note\0")  # attMessageClass
    stream += _attribute(_MESSAGE, 0x00018004, letter.subject.encode("cp1252", "replace") + b"\0")
    for file in letter.files:
        stream += _attribute(_ATTACHMENT, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
        short = file.name.encode("ascii", "replace")[:12]
        stream += _attribute(_ATTACHMENT, 0x00018010, short + b"\0")  # attAttachTitle
        stream += _attribute(_ATTACHMENT, 0x0006800F, file.data)  # attAttachData
        stream += _attribute(_ATTACHMENT, 0x00069005, _long_name(file.name))  # attAttachment
    return stream


def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _long_name(name: str) -> bytes:
    """One MAPI property: PR_ATTACH_LONG_FILENAME in Unicode."""
    text = (name + "\0").encode("utf-16-le")
    padded = text + b"\0" * (-len(text) % 4)
    return struct.pack("<IHHII", 1, 0x001F, 0x3707, 1, len(text)) + padded
