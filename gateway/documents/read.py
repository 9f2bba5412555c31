"""
Reads one attachment to its end: dispatch by kind, recursion, and one result.

Runs in a worker process. Whatever a reader raises becomes "not read to the
end", with the text that can be salvaged.
"""

import hashlib
import zipfile
from collections.abc import Callable
from importlib import import_module
from io import BytesIO

from gateway.documents.formats import text
from gateway.documents.kind import DOCX, ODF, PPTX, PROGRAMS, VAULT, XLSX, kind_of
from gateway.documents.kind_of_text import BASE64
from gateway.documents.labels import properties_of
from gateway.documents.limits import Limits
from gateway.documents.place import Findings, Place, Settled, TooMuch
from gateway.mail.document import Document, Grade, Protection
from gateway.mail.public import Public, public
from gateway.sensitivity.learnt import stretches_of
from gateway.sensitivity.vocabulary import Vocabulary

Reader = Callable[[bytes, Place], None]

# Which function of `formats` reads a kind. Its module, and the libraries behind it, are loaded when the first
# such file comes: most of a worker's memory is libraries, and most mail brings few kinds of file.
READERS: dict[str, str] = {
    "application/pdf": "pdf.read_pdf",
    DOCX: "ooxml.read_ooxml",
    XLSX: "ooxml.read_ooxml",
    PPTX: "ooxml.read_ooxml",
    "application/encrypted": "office.read_encrypted_ooxml",
    "application/msword": "office.read_doc",
    "application/vnd.ms-excel": "office.read_xls",
    "application/vnd.ms-powerpoint": "office.read_ppt",
    "application/vnd.ms-outlook": "mail.read_msg",
    "application/x-ole-storage": "office.read_compound",
    "application/ms-tnef": "mail.read_tnef",
    "application/vnd.ms-tnef": "mail.read_tnef",
    "message/rfc822": "mail.read_eml",
    "application/zip": "zipped.read_zip",
    **dict.fromkeys(ODF, "odf.read_odf"),
    "application/x-7z-compressed": "packed.read_7z",
    "application/x-rar": "packed.read_rar",
    "application/vnd.rar": "packed.read_rar",
    "application/gzip": "archive.read_gzip",
    "application/x-bzip2": "archive.read_bzip2",
    "application/x-xz": "archive.read_xz",
    "application/zstd": "packed.read_zstd",
    "application/x-zstd": "packed.read_zstd",
    "application/x-tar": "archive.read_tar",
    **{
        f"application/x-{each}": f"packed.read_{each}"
        for each in ("lz4", "lzma", "lzip", "compress", "cpio", "xar")
    },
    "application/x-archive": "packed.read_ar",
    "application/x-iso9660-image": "packed.read_iso9660",
    "application/x-lzh-compressed": "packed.read_lha",
    "application/vnd.ms-cab-compressed": "packed.read_cab",
    "application/x-appledouble": "apple.read_double",
    "application/x-apple-desktop-store": "apple.read_store",
    **dict.fromkeys(
        (f"application/{each}" for each in ("pgp", "pgp-encrypted", "pgp-keys", "pgp-signature")),
        "cipher.read_pgp",
    ),
    "application/pkcs7-mime": "cipher.read_cms",
    "application/x-age": "cipher.read_age",
    "application/x-openssl-encrypted": "cipher.read_openssl",
    "application/x-aes-encrypted": "cipher.read_aescrypt",
    "application/x-pkcs12": "cipher.read_pkcs12",
    "application/x-microsoft-rpmsg-message": "cipher.read_rights_message",
    VAULT: "cipher.read_vault",
    **dict.fromkeys(PROGRAMS, "program.read_program"),
    BASE64: "text.read_base64",
    **dict.fromkeys(("text/calendar", "text/vcard"), "text.read_folded"),
    "text/html": "text.read_html",
    "text/rtf": "text.read_rtf",
}


def read_document(data: bytes, limits: Limits = Limits(), vocabulary: Vocabulary | None = None) -> Document:
    """
    What is in an attachment. Never raises for anything that is wrong with it.

    Without a *vocabulary* the document has no signals.
    """
    found = Findings(limits)
    kind = _kind_of(data)
    try:
        read_file(data, Place(found, read_file), kind)
    except TooMuch as limit:
        found.unread = found.unread or limit.what
        found.leaves.append(("unknown", None))  # whatever was not looked at
    protection, grade = _worst(found.leaves)
    passages = (*found.passages, *properties_of(found.properties))
    signals = vocabulary.scan(passages, limits.signals + 1) if vocabulary else ()
    if len(signals) > limits.signals:
        found.unread = found.unread or public("it has too many sensitive words to weigh them all")
    return Document(
        media_type=kind,
        digest=hashlib.sha256(data).hexdigest(),
        size=len(data),
        protection=protection,
        grade=grade,
        passages=passages,
        signals=signals,
        stretches=stretches_of(passages) if vocabulary else (),
        properties=tuple(found.properties),
        complete=found.unread is None,
        unread=str(found.unread or ""),
        unseen=found.unseen,
        why_unseen=str(found.why_unseen or ""),
        reasons=tuple(map(str, found.reasons)),
    )


def protection_of(data: bytes, limits: Limits = Limits()) -> tuple[Protection, Grade | None]:
    """
    The state of protection alone: nothing is read, and the first thing that opens settles it. Never raises.

    For whoever needs no more, and to measure what that part costs. Mail needs more: every pack asks of
    a file that opens what its text says (`unprotected_attachment`, `uninspectable`), so the pipeline has it
    read at once, which tells the state too, and remembers both by the file's hash.

    A document of Office with a password takes 0.1 s all the same, since those that
    Office tries by itself have to be tried, and each is meant to take long.
    """
    found = Findings(limits, settles=True)
    try:
        read_file(data, Place(found, read_file))
    except Settled:
        return "readable", None
    except TooMuch:
        found.leaves.append(("unknown", None))
    return _worst(found.leaves)


def read_file(data: bytes, at: Place, kind: str = "") -> None:
    """
    Read one file where it lies, whatever it is.

    Raises:
        TooMuch: a limit is reached.
    """
    kind = kind or _kind_of(data)
    try:
        _reader(kind)(data, at)
        if kind.startswith(_MAY_HIDE) and zipfile.is_zipfile(BytesIO(data)):
            _hidden_zip(data, at)
    except (TooMuch, Settled):
        raise
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 -- Rust's panics are no Exceptions; any fault means "not read"
        said = text.has_words(data)
        at.leaf("readable" if said else "unknown", "it is broken, or made to look so")
        text.salvage(data[: 1 << 20], at)
        at.unread(_BROKEN)


def _kind_of(data: bytes) -> str:
    try:
        return kind_of(data)
    except Exception:  # noqa: BLE001 -- a library's fault over bytes that only look like its format
        return "application/octet-stream"


# Pictures, PDFs and the like open as what they are and, for whoever knows, as an archive too;
# and what only begins like an encrypted file may go on as one.
_MAY_HIDE = (
    *("image/", "audio/", "video/", "application/pdf", "text/"),
    *(VAULT, "application/x-openssl-encrypted", "application/x-aes-encrypted", "application/x-age"),
)


def _hidden_zip(data: bytes, at: Place) -> None:
    """A zip behind another file; what only ends like one holds nothing."""
    try:
        zipfile.ZipFile(BytesIO(data)).close()
    except zipfile.BadZipFile:
        return
    _reader("application/zip")(data, at)


_BROKEN: Public = public("it is damaged, or of a kind that cannot be read here")


def _reader(kind: str) -> Reader:
    module, _, name = READERS.get(kind, "").partition(".")
    if not module and kind.startswith("image/") and kind not in _TEXT:
        module, name = "picture", "read_picture"
    if not module:
        return _by_family(kind)
    reader: Reader = getattr(import_module(f"gateway.documents.formats.{module}"), name)
    return reader


def _by_family(kind: str) -> Reader:
    if kind.startswith(("audio/", "video/", "font/")):
        return _no_text
    if kind.startswith(("text/", "message/")) or kind in _TEXT:
        return text.read_text
    if kind == "application/x-empty":
        return _nothing
    if kind in _FOREIGN:
        return _foreign
    return _unknown


# Databases, notebooks, disk images.
_FOREIGN = frozenset(
    f"application/{each}"
    for each in (
        "vnd.sqlite3",
        "x-sqlite3",
        "x-msaccess",
        "onenote",
        "x-ms-wim",
    )
)
_TEXT = frozenset({"application/json", "application/javascript", "application/xml", "image/svg+xml"})


def _no_text(data: bytes, at: Place) -> None:
    del data
    at.leaf("readable", "a kind of file that holds no text")


def _nothing(data: bytes, at: Place) -> None:
    """An empty file discloses nothing, so it does not decide about what lies beside it."""
    del data
    if at.depth == 0:
        at.leaf("readable", "a file with nothing in it")


def _unknown(data: bytes, at: Place) -> None:
    """Bytes of no known kind; that they look random proves nothing."""
    at.leaf("unknown", "bytes of no known kind")
    text.salvage(data[: 1 << 20], at)
    at.unread(public("its kind is not known"))
    if zipfile.is_zipfile(BytesIO(data)):  # every program for zips opens it all the same
        if text.has_words(data[: data.find(b"PK\x03\x04")]):
            at.leaf("readable", "text in front of an archive")
        _hidden_zip(data, at)


def _foreign(data: bytes, at: Place) -> None:
    """A kind that is not read here, but hides nothing unless its program encrypted it: then no word stands in it."""
    at.leaf("readable" if text.has_words(data) else "unknown", "a kind of file that is not read here")
    text.salvage(data[: 1 << 20], at)
    at.unread(public("its kind cannot be read here"))


def _worst(leaves: list[tuple[Protection, Grade | None]]) -> tuple[Protection, Grade | None]:
    """The worst leaf decides; with nothing inside, nothing is protected."""
    kinds = {protection for protection, _ in leaves}
    if not kinds or "readable" in kinds:
        return "readable", None
    if "unknown" in kinds:
        return "unknown", None
    return "protected", "weak" if "weak" in {grade for _, grade in leaves} else "strong"
