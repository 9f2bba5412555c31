"""Compound files: encrypted OOXML, legacy Word, Excel and PowerPoint, Outlook messages (MS-CFB)."""

import re
from io import BytesIO
from typing import Any

import msoffcrypto
import olefile
from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

from gateway.documents.formats.sheets import read_cells
from gateway.documents.formats.text import salvage
from gateway.documents.place import Place
from gateway.mail.document import Grade
from gateway.mail.public import public

# Passwords that Excel and PowerPoint try by themselves before they ask (MS-OFFCRYPTO, 2.3.6 and 2.4.2.3).
_KNOWN_TO_ALL = ("VelvetSweatshop", "/01Hannes Ruescher/01")


def read_encrypted_ooxml(data: bytes, at: Place) -> None:
    """An encrypted package; one whose password every program knows is no secret."""
    office = msoffcrypto.OfficeFile(BytesIO(data))
    opened = _try_known(office)
    if opened is not None:
        at.leaf("readable", "encrypted under a password that Office tries by itself")
        at.open("", opened)
        return
    at.leaf("protected", "an Office document that opens with a password only", _grade(data))


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
    else:
        at.leaf("protected", "a document of Office 97 to 2003 with a password", "weak")
    return True


def read_xls(data: bytes, at: Place) -> None:
    """Excel 97 to 2003."""
    if not _locked(data, at):
        at.leaf("readable", "a workbook without a password")
        read_cells(data, at)
        _ole_properties(data, at)


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
    try:
        import kreuzberg
    except ImportError:
        at.text("", salvage(data))
        at.unread(public("the extra for documents of Office 97 to 2003 is not installed"))
        return
    at.text("", kreuzberg.extract_bytes_sync(data, kind).content)


def _ole_properties(data: bytes, at: Place) -> None:
    with olefile.OleFileIO(BytesIO(data)) as ole:
        meta = ole.get_metadata()
        for name in ("title", "subject", "keywords", "comments", "category"):
            value = getattr(meta, name, None)
            if isinstance(value, bytes):
                at.note(name, value.decode("cp1252", "replace"))


def read_compound(data: bytes, at: Place) -> None:
    """A compound file of some other program: its text is salvaged, and that may not be all."""
    at.leaf("readable", "a compound file of no known program")
    at.text("", salvage(data))
    at.unread(public("its format is not known here"))
