"""What a file is, decided from its bytes alone."""

import re
import zipfile
from functools import cache
from io import BytesIO

import magic
import olefile

from gateway.documents.kind_of_text import kind_of_text

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = "application/vnd.openxmlformats-officedocument"
DOCX = f"{_OFFICE}.wordprocessingml.document"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
PPTX = f"{_OFFICE}.presentationml.presentation"
PROGRAMS = tuple(
    f"application/{each}"
    for each in (
        "vnd.microsoft.portable-executable",
        "x-dosexec",
        "x-executable",
        "x-pie-executable",
        "x-sharedlib",
        "x-mach-binary",
    )
)
VAULT = "application/x-vault"  # files of programs that write nothing without a password
ODF = tuple(
    f"application/vnd.oasis.opendocument.{each}{form}"
    for each in (
        "text",
        "spreadsheet",
        "presentation",
        "graphics",
        "text-master",
        "text-web",
        "chart",
        "formula",
    )
    for form in ("", "-template")
)
_SAMPLE = 1 << 16  # with less than 64 KB libmagic names some types differently


# First bytes that libmagic does not know, or knows under a name of its own.
_STARTS = (
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"age-encryption.org/v1", "application/x-age"),
    (b"Salted__", "application/x-openssl-encrypted"),
    (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", VAULT),  # KeePass 2
    (b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", VAULT),  # KeePass 1
    (bytes.fromhex("c0b9072e4f93f146a015792ca1d9e821"), VAULT),  # AxCrypt
    (b"encrcdsa", VAULT),  # an encrypted disk image of Apple's
    (b"LUKS\xba\xbe", VAULT),
    (b"\x76\xe8\x04\x60\xc4\x11\xe3\x86", "application/x-microsoft-rpmsg-message"),  # MS-OXORMMS 2.2.4
    (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "application/onenote"),  # MS-ONESTORE 2.3.1
    (b"\0\x05\x16\x07\0\x02\0\0", "application/x-appledouble"),
    (b"\0\x05\x16\0\0\x02\0\0", "application/x-appledouble"),  # AppleSingle, which holds the file too
    (b"\0\0\0\x01Bud1", "application/x-apple-desktop-store"),
    (b"{\\rt", "text/rtf"),
)
# Those may begin with a PDF that they hold.
_HOLDERS = frozenset(
    f"application/{each}"
    for each in (
        "gzip",
        "x-tar",
        "x-7z-compressed",
        "x-rar",
        "vnd.rar",
        "x-bzip2",
        "x-xz",
        "zstd",
        "x-zstd",
        "x-cpio",
        "x-lz4",
        "x-lzip",
        "x-compress",
        "x-archive",
        "x-iso9660-image",
        "vnd.ms-cab-compressed",
        "vnd.ms-tnef",
        "pgp",
        "pgp-encrypted",
        "pgp-signature",
        "pkcs7-mime",
    )
)


@cache
def _magic() -> magic.Magic:
    return magic.Magic(mime=True)


# A plotter's commands are text, and libmagic takes any text for them that begins like one: "SPRING TERM REPORT".
_PLOTTER = "application/vnd.hp-HPGL"


def kind_of(data: bytes) -> str:
    """The media type. Packages and containers that libmagic cannot tell apart are looked into."""
    if not data:
        return "application/x-empty"
    if data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n\0")[:5] == b"%PDF-":
        return "application/pdf"
    if data.startswith(OLE):
        return _ole(data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _package(data)
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    kind = _magic().from_buffer(data[:_SAMPLE])
    if kind == _PLOTTER:
        kind = "text/plain"
    if kind in ("application/octet-stream", "text/plain") or kind.startswith(("text/", "message/")):
        kind = kind_of_text(data, kind)
    if b"%PDF-" in data[:1024] and kind not in _HOLDERS:  # readers look for it that far
        return "application/pdf"
    return kind


def _ole(data: bytes) -> str:
    """A compound file by the streams it has (MS-CFB)."""
    try:
        with olefile.OleFileIO(BytesIO(data)) as ole:
            names = {"/".join(path).lower() for path in ole.listdir()}
    except Exception:  # noqa: BLE001 -- a broken container is one of a kind that cannot be named
        return "application/x-ole-storage"
    for stream, kind in (
        ("encryptedpackage", "application/encrypted"),
        ("\x09drmcontent", "application/encrypted"),
        ("__properties_version1.0", "application/vnd.ms-outlook"),
        ("worddocument", "application/msword"),
        ("workbook", "application/vnd.ms-excel"),
        ("book", "application/vnd.ms-excel"),
        ("powerpoint document", "application/vnd.ms-powerpoint"),
    ):
        if stream in names:
            return kind
    return "application/x-ole-storage"


_MAIN = (
    ("wordprocessingml", DOCX),
    ("ms-word.", DOCX),
    ("spreadsheetml", XLSX),
    ("ms-excel.", XLSX),
    ("presentationml", PPTX),
    ("ms-powerpoint.", PPTX),
)


_ENTRIES = 20_000  # no document has more parts


def _package(data: bytes) -> str:
    """A zip, or one of the formats that are zips inside."""
    if data.count(b"PK\x01\x02") > _ENTRIES:
        return "application/zip"
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
            if "[Content_Types].xml" in names:
                types = _head(package, "[Content_Types].xml")
                for mark, kind in _MAIN:
                    if re.search(rf'ContentType="[^"]*{re.escape(mark)}[^"]*main(\+xml)?"', types):
                        return kind
            if "mimetype" in names and "META-INF/manifest.xml" in names:
                kind = _head(package, "mimetype").strip()
                if kind in ODF:
                    return kind
    except Exception:  # noqa: BLE001 -- a broken zip is a zip; its reader says how broken
        return "application/zip"
    return "application/zip"


def _head(package: zipfile.ZipFile, name: str) -> str:
    with package.open(name) as stream:
        return stream.read(200_000).decode("utf-8", "replace")
