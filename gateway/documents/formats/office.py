"""Compound files: encrypted OOXML, legacy Word, Excel and PowerPoint, Outlook messages (MS-CFB)."""

import re
import struct
from io import BytesIO
from typing import Any

import msoffcrypto
import olefile
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

from gateway.documents.formats.archive import open_behind
from gateway.documents.formats.beside import beside_cells, beside_word
from gateway.documents.formats.ole_properties import STREAM, user_properties
from gateway.documents.formats.sheets import read_cells
from gateway.documents.formats.text import has_words, salvage
from gateway.documents.kind import OLE
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

# Of a package, and of a document of 97 to 2003 or a message (MS-OFFCRYPTO 2.2.6 and 2.2.7).
_RIGHTS = (
    "\x06DataSpaces/TransformInfo/DRMEncryptedTransform",
    "\x06DataSpaces/TransformInfo/\x09DRMTransform",
)
_PACKAGES = ("EncryptedPackage", "\x09DRMContent")
# Passwords that Excel and PowerPoint try by themselves before they ask (MS-OFFCRYPTO, 2.3.6 and 2.4.2.3).
_KNOWN_TO_ALL = ("VelvetSweatshop", "/01Hannes Ruescher/01")


def read_encrypted_ooxml(data: bytes, at: Place) -> None:
    """An encrypted package; one whose password every program knows is no secret."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        is_told = ole.exists("EncryptionInfo")
        rights = any(map(ole.exists, _RIGHTS))
        body = next(ole.openstream(name).read() for name in _PACKAGES if ole.exists(name))
    if body[8:12] == b"PK\x03\x04" or has_words(body):
        _only_said(data, at)
        at.open("", body[8:])
        return
    if not is_told and rights:  # its key comes from a server (MS-OFFCRYPTO, 2.2)
        at.leaf("protected", "an Office document under rights management", "strong")
        return
    try:
        office = msoffcrypto.OfficeFile(BytesIO(data)) if is_told else None
    except Exception:  # noqa: BLE001 -- it tells, but in a way that is broken, or that a third party made
        office = None
    if office is None:
        at.leaf("unknown", "an Office document that is encrypted in a way that is not known here")
        at.unread(public("how it is encrypted is not known"))
        return
    opened = _try_known(office)
    if opened is not None:
        at.leaf("readable", "encrypted under a password that Office tries by itself")
        at.open("", opened)
        return
    at.leaf("protected", "an Office document that opens with a password only", _grade(data))
    _behind(data, at)


_FREE = 0xFFFFFFFF


def _behind(data: bytes, at: Place) -> None:
    """Open what follows the last sector that is in use (MS-CFB 2.2, 2.3): the header has the place of one."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        used = max((number for number, follows in enumerate(ole.fat) if follows != _FREE), default=0)
        open_behind(data, (used + 2) * ole.sector_size, at)


def _only_said(data: bytes, at: Place) -> None:
    at.leaf("readable", "a document that says it is encrypted, and is not")
    salvage(data, at)
    at.unread(public("it says that it is encrypted, and is not"))


def _try_known(office: Any) -> bytes | None:
    for password in _KNOWN_TO_ALL:
        out = BytesIO()
        try:
            office.load_key(password=password)
            office.decrypt(out)
        except (InvalidKeyError, DecryptionError):
            continue
        except Exception:  # noqa: BLE001 -- a broken package opens with no password
            return None
        return out.getvalue()
    return None


def _grade(data: bytes) -> Grade:
    """
    Strong where every cipher is AES, as Office writes it (MS-OFFCRYPTO, 2.3.4.10).

    The agile form names its ciphers in XML; the standard form is AES-128 or older
    RC4, told by its flag (2.3.2: fAES).
    """
    with olefile.OleFileIO(BytesIO(data)) as ole:
        info = ole.openstream("EncryptionInfo").read()
    named = re.findall(rb'cipherAlgorithm="([^"]+)"', info)
    if named:
        return "strong" if set(named) == {b"AES"} else "weak"
    return "strong" if len(info) > 4 and info[4] & 0x20 else "weak"


def _locked(data: bytes, at: Place) -> bool:
    """Whether a legacy document asks for a password; then that is all there is to say."""
    office = msoffcrypto.OfficeFile(BytesIO(data))
    if not office.is_encrypted():
        return False
    opened = _try_known(office)
    if opened is not None:
        at.leaf("readable", "encrypted under a password that Office tries by itself")
        at.open("", opened)
    elif _in_the_clear(data):
        _only_said(data, at)
    else:
        at.leaf("protected", "a document of Office 97 to 2003 with a password", "weak")
        _behind(data, at)
    return True


_CONTENTS = ("WordDocument", "Workbook", "PowerPoint Document")


def _in_the_clear(data: bytes) -> bool:
    """Whether words stand in the streams that encryption would have changed; by chance they never do."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        return any(has_words(ole.openstream(name).read()) for name in _CONTENTS if ole.exists(name))


def read_xls(data: bytes, at: Place) -> None:
    """Excel 97 to 2003, and what came before it."""
    if _is_obfuscated(data):
        at.leaf("protected", "a workbook of Excel 95 or older with a password", "weak")
        return
    if not _locked(data, at):
        at.leaf("readable", "a workbook without a password")
        read_cells(data, at)
        at.text("comment or header", beside_cells(data))
        _ole_properties(data, at)
        _embedded(data, at)


_FILE_PASS = 0x2F
_BEGINNINGS = (0x0009, 0x0209, 0x0409, 0x0809)  # of BIFF 2, 3, 4, and from 5 on
_OLDEST = 0x0600  # the version of BIFF from which on ciphers are of another kind


def _is_obfuscated(data: bytes) -> bool:
    """Whether an old workbook says before its first cell that all further records are under XOR (MS-XLS 2.4.117)."""
    if data.startswith(OLE):
        with olefile.OleFileIO(BytesIO(data)) as ole:
            if not ole.exists("Book") or ole.exists("Workbook"):
                return False
            data = ole.openstream("Book").read()
    position = 0
    for number in range(10):
        if position + 6 > len(data):
            return False
        kind, size, version = struct.unpack_from("<3H", data, position)
        if number == 0 and (kind not in _BEGINNINGS or version >= _OLDEST):
            return False
        position += 4 + size
        if kind == _FILE_PASS:
            return not has_words(data[position:])
    return False


def read_doc(data: bytes, at: Place) -> None:
    """Word 97 to 2003."""
    _legacy(data, at, "application/msword")


def read_ppt(data: bytes, at: Place) -> None:
    """PowerPoint 97 to 2003."""
    _legacy(data, at, "application/vnd.ms-powerpoint")


def _legacy(data: bytes, at: Place, kind: str) -> None:
    if _locked(data, at):
        return
    at.leaf("readable", "a document of Office 97 to 2003 without a password")
    _ole_properties(data, at)
    _embedded(data, at)
    try:
        import kreuzberg
    except ImportError:
        salvage(data, at)
        at.unread(public("the extra for documents of Office 97 to 2003 is not installed"))
        return
    at.text("", kreuzberg.extract_bytes_sync(data, kind).content)
    if kind == "application/msword":
        at.text("comment, note or header", beside_word(data))


def _embedded(data: bytes, at: Place) -> None:
    """What lies in its folders of objects: files of other programs, and documents of Office itself."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        _objects(ole, at)
        for path in ole.listdir():
            if len(path) > 1 and path[-1] in _CONTENTS:
                salvage(ole.openstream(path).read(), at)
                at.unread(public("a document embedded in it was read in part only"))


def _ole_properties(data: bytes, at: Place) -> None:
    with olefile.OleFileIO(BytesIO(data)) as ole:
        meta = ole.get_metadata()
        for name in ("title", "subject", "keywords", "comments", "category"):
            value = getattr(meta, name, None)
            if isinstance(value, bytes):
                at.note(name, value.decode("cp1252", "replace"))
        if ole.exists(STREAM):
            for name, text in user_properties(ole.openstream(STREAM).read()):
                at.note(name, text)


def read_compound(data: bytes, at: Place) -> None:
    """A compound file of some other program; embedded objects are such files (MS-OLEDS)."""
    with olefile.OleFileIO(BytesIO(data)) as ole:
        known = _objects(ole, at)
        if ole.exists("Equation Native"):
            at.leaf("readable", "an equation")
            return
    if known:
        return
    at.leaf("readable", "a compound file of no known program")
    _ole_properties(data, at)
    salvage(data, at)
    at.unread(public("its format is not known here"))


def _objects(ole: Any, at: Place) -> bool:
    """Open the files that lie in a compound file as objects; whether there were any."""
    found = False
    for path in ole.listdir():
        if path[-1] not in _HOLDERS:
            continue
        content = ole.openstream(path).read()
        name = "an embedded object"
        if path[-1] == "\x01Ole10Native":
            name, content = _native(content)
        elif path[-1] == "CONTENTS" and not content.startswith(b"%PDF-"):
            continue
        at.open(name, content)
        found = True
    return found


_HOLDERS = ("\x01Ole10Native", "Package", "CONTENTS")


def _native(stream: bytes) -> tuple[str, bytes]:
    """Name and content of a packaged file: size, flags, label, path, two more, path again, content."""
    content = stream[4:]
    if content[:2] != b"\x02\x00":
        return "an embedded object", content  # the object as its program writes it: Paint's bitmap
    label, _, rest = content[2:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")
    size = int.from_bytes(rest[4:8], "little")
    rest = rest[8 + size :]
    size = int.from_bytes(rest[:4], "little")
    return label.decode("cp1252", "replace"), rest[4 : 4 + size]
