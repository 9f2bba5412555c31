"""
One file in, the same file encrypted out.

PDF and Office documents keep their format, so that a double click still opens
them; anything else goes into a zip with AES, which names nobody.
"""

import re
import secrets
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import pikepdf


class Encrypted(msgspec.Struct, frozen=True):
    """The encrypted file, its neutral *name*, and *how* a recipient opens it."""

    data: bytes
    name: str
    media_type: str
    how: str


_HOW_PDF = (
    "Open it with any PDF program (Adobe Reader, Preview, a browser) and type the passphrase when it asks."
)
_HOW_OFFICE = (
    "Open it with Microsoft Office (on a phone, with Microsoft's own app) or LibreOffice, and type the passphrase "
    "when it asks."
)
_HOW_ZIP = (
    "Open it with the Files app of an iPhone or iPad (iOS 16 or later), the app RAR or ZArchiver on an Android "
    "phone, 7-Zip or WinZip on Windows, or Keka or The Unarchiver on a Mac, and type the passphrase when it asks. "
    "The zip folder of Windows Explorer cannot open it."
)

# The type of an OOXML package's main part, up to ".main+xml", and what the file is then called.
_OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow": "ppsx",
}

_EXTENSION = re.compile(
    r"\.(avi|bmp|csv|docm?|docx|eml|gif|gz|heic|html?|ics|jpe?g|json|m4a|md|mov|mp[34]|msg|od[pst]|pdf|png"
    r"|pp[st]m?|pp[st]x|rar|rtf|svg|tar|tiff?|txt|vcf|wav|webp|xl[st]|xl[st]m|xl[st]x|xml|xps|zip|7z)$",
    re.IGNORECASE,
)


def encrypt(data: bytes, old_name: str, stem: str, passphrase: str) -> Encrypted:
    """
    Encrypt a file under a passphrase; the result is called *stem* and an extension.

    Of *old_name* only a well-known extension is looked at, and only inside the
    zip. Whatever keeps its own format from being used falls back to the zip.

    Raises:
        Exception: even the zip could not be made.
    """
    for attempt in (_pdf, _office):
        made = attempt(data, stem, passphrase)
        if made:
            return made
    return _zip(data, old_name, stem, passphrase)


def _pdf(data: bytes, stem: str, passphrase: str) -> Encrypted | None:
    """AES-256 as PDF 2.0 has it (ISO 32000-2, 7.6.4: revision 6), or None for no PDF or a signed one."""
    if b"%PDF-" not in data[:1024]:
        return None
    import pikepdf

    out = BytesIO()
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            if _signed(pdf) or pdf.get_warnings():
                return None  # saving anew would break the signature, or lose what could not be read
            lock = pikepdf.Encryption(user=passphrase, owner=secrets.token_hex(16), R=6)
            pdf.save(out, encryption=lock)
    except Exception:  # noqa: BLE001 -- broken or locked in one of many ways; the zip takes any file
        return None
    return Encrypted(out.getvalue(), f"{stem}.pdf", "application/pdf", _HOW_PDF)


def _signed(pdf: "pikepdf.Pdf") -> bool:
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    if form is not None and int(form.get("/SigFlags", 0)):
        return True
    return "/Perms" in pdf.Root or any(
        isinstance(each, pikepdf.Dictionary) and each.get("/Type") in ("/Sig", "/DocTimeStamp")
        for each in pdf.objects
    )


def _office(data: bytes, stem: str, passphrase: str) -> Encrypted | None:
    """Agile encryption, AES-256 (MS-OFFCRYPTO, 2.3.4.10), or None for what is no OOXML package."""
    if not data.startswith(b"PK"):
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            types = package.read("[Content_Types].xml").decode("utf-8", "replace")
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, OSError, ValueError):
        return None
    kind = next((kind for kind in _OFFICE if f"{kind}.main+xml" in types), "")
    if not kind:
        return None
    from msoffcrypto.format.ooxml import OOXMLFile

    out = BytesIO()
    try:
        OOXMLFile(BytesIO(data)).encrypt(passphrase, out)
    except Exception:  # noqa: BLE001 -- the library's own kinds; the zip takes any file
        return None
    return Encrypted(out.getvalue(), f"{stem}.{_OFFICE[kind]}", kind, _HOW_OFFICE)


def _zip(data: bytes, old_name: str, stem: str, passphrase: str) -> Encrypted:
    """A zip with WinZip's AE-2, AES-256; its one entry is called by number."""
    from pyzipper.zipfile_aes import WZ_AES, AESZipFile

    entry = neutral_name(data, old_name, stem)
    out = BytesIO()
    with AESZipFile(out, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.setpassword(passphrase.encode("utf-8"))
        archive.setencryption(WZ_AES, nbits=256)
        archive.writestr(entry, data)
    return Encrypted(out.getvalue(), f"{stem}.zip", "application/zip", _HOW_ZIP)


def neutral_name(data: bytes, old_name: str, stem: str) -> str:
    """The stem with the file's own extension, where that is a known one."""
    known = _EXTENSION.search(old_name)
    return f"{stem}.{known[1].lower() if known else _guess(data)}"


# First bytes that say what a nameless file is, so that it opens with a double click.
_MAGIC = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"{\\rtf", "rtf"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "doc"),
)


def _guess(data: bytes) -> str:
    return next((extension for start, extension in _MAGIC if data.startswith(start)), "dat")
