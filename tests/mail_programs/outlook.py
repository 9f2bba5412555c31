"""Outlook for Windows over SMTP, Outlook in Microsoft 365, and Outlook's rich text (winmail.dat)."""

from tests.mail_programs.letter import (
    File,
    Letter,
    Person,
    address_list,
    base64_lines,
    content_id,
    crlf,
    encoded_words,
    quoted_printable,
)
from tests.mail_programs.tnef import tnef


def outlook(letter: Letter) -> bytes:
    """Outlook 2019 with an SMTP account: names of files in RFC 2047, Thread-Index, a preamble."""
    charset = _charset(letter.text)
    text = _leaf(letter.text, "text/plain", charset)
    markup = _leaf(letter.html, "text/html", charset)
    body = _multipart("alternative", "001_0002", [text, markup])
    if letter.inline:
        pictures = [_file(file, "Content-ID: <" + content_id(file) + ">\n") for file in letter.inline]
        body = _multipart("related", "002_0005", [body, *pictures], ';\n\ttype="multipart/alternative"')
    if letter.attached:
        body = _multipart("mixed", "000_0008", [body, *map(_file, letter.attached)])
    head, _, rest = body.partition("\n\n")
    return crlf(
        *_header(letter, _quoted, "\t"),
        "MIME-Version: 1.0",
        head,
        "X-Mailer: Microsoft Outlook 16.0",
        "Thread-Index: AdyyHnYKxTz0kT0dQ3ixZ1vUqJb5kA==",
        "Content-Language: en-gb",
        "",
        "This is a multipart message in MIME format.",
        "",
        rest,
    )


def outlook_365(letter: Letter) -> bytes:
    """Outlook in the browser: Exchange writes base64 bodies, sizes and dates of files, many fields."""
    text = _exchange_leaf(letter.text, "text/plain")
    markup = _exchange_leaf(letter.html, "text/html")
    body = _exchange_multipart("alternative", "000", [text, markup])
    if letter.inline:
        pictures = [_exchange_file(file, "inline") for file in letter.inline]
        body = _exchange_multipart("related", "004", [body, *pictures])
    if letter.attached:
        files = [_exchange_file(file, "attachment") for file in letter.attached]
        body = _exchange_multipart("mixed", "005", [body, *files])
    head, _, rest = body.partition("\n\n")
    return crlf(
        *_header(letter, _bare, ""),
        "Thread-Topic: " + encoded_words(letter.subject, "utf-8", "B", 14),
        "Thread-Index: AQHbxTz0kT0dQ3ixZ1vUqJb5kDYKxQ==",
        "Accept-Language: en-GB, en-US",
        "Content-Language: en-GB",
        "X-MS-Has-Attach: " + ("yes" if letter.attached else ""),
        "X-MS-TNEF-Correlator:",
        head,
        "MIME-Version: 1.0",
        "",
        rest,
    )


def outlook_rich_text(letter: Letter) -> bytes:
    """Outlook in rich text format: the files travel inside winmail.dat."""
    text = _leaf(letter.text, "text/plain", _charset(letter.text))
    packed = File("winmail.dat", tnef(letter), "application/ms-tnef")
    body = _multipart("mixed", "000_0008", [text, _file(packed)])
    head, _, rest = body.partition("\n\n")
    return crlf(
        *_header(letter, _quoted, "\t"),
        "MIME-Version: 1.0",
        head,
        "X-Mailer: Microsoft Outlook 16.0",
        "X-MS-TNEF-Correlator: 00000000A1B2C3D4E5F60718293A4B5C6D7E8F90",
        "",
        "This is a multipart message in MIME format.",
        "",
        rest,
    )


def _header(letter: Letter, write: object, prefix: str) -> list[str]:
    assert callable(write)
    charset = "iso-8859-1" if prefix and _fits(letter.subject, "iso-8859-1") else "utf-8"
    return [
        "From: " + write(letter.sender),
        "To: " + address_list(letter.to, write),
        *(["CC: " + address_list(letter.cc, write)] if letter.cc else []),
        "Subject: " + encoded_words(letter.subject, charset, "Q" if prefix else "B"),
        "Date: " + letter.date,
        "Message-ID: <000a01dc3b7a$5e2f1a00$1a8d4e00$@brightpath-tutors.example>",
    ]


def _quoted(person: Person) -> str:
    """Outlook for Windows puts a name that it took from an address into single quotes."""
    name = person.display or f"'{person.address}'"
    shown = f'"{name}"' if name.isascii() else encoded_words(name, "iso-8859-1", "Q", 4)
    return f"{shown} <{person.address}>"


def _bare(person: Person) -> str:
    if not person.display:
        return person.address
    name = person.display
    if name.isascii():
        shown = f'"{name}"' if set(name) & set(',.@()<>"') else name
    else:
        shown = encoded_words(name, "utf-8", "B", 4)
    return f"{shown}\n <{person.address}>"


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _charset(text: str) -> str:
    return "us-ascii" if text.isascii() else "iso-8859-1" if _fits(text, "iso-8859-1") else "utf-8"


def _leaf(text: str, media_type: str, charset: str) -> str:
    plain = charset == "us-ascii" and media_type == "text/plain"
    body = text if plain else quoted_printable(text, charset)
    encoding = "7bit" if plain else "quoted-printable"
    return (
        f'Content-Type: {media_type};\n\tcharset="{charset}"\nContent-Transfer-Encoding: {encoding}\n\n{body}'
    )


def _name(name: str) -> str:
    return name if name.isascii() else encoded_words(name, "utf-8", "B", 11).replace("\n ", "\n\t")


def _file(file: File, extra: str = "") -> str:
    disposition = "" if extra else f'Content-Disposition: attachment;\n\tfilename="{_name(file.name)}"\n'
    return (
        f'Content-Type: {file.media_type};\n\tname="{_name(file.name)}"\n'
        f"Content-Transfer-Encoding: base64\n{extra}{disposition}\n{base64_lines(file.data)}\n"
    )


def _multipart(kind: str, number: str, parts: list[str], more: str = "") -> str:
    boundary = f"----=_NextPart_{number}_01DC3B7A.5E2F1A00"
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind};\n\tboundary="{boundary}"{more}\n\n{inner}--{boundary}--\n'


def _exchange_leaf(text: str, media_type: str) -> str:
    return (
        f'Content-Type: {media_type}; charset="utf-8"\nContent-Transfer-Encoding: base64\n\n'
        f"{base64_lines(text.replace(chr(10), chr(13) + chr(10)).encode())}\n"
    )


def _exchange_file(file: File, disposition: str) -> str:
    name = file.name if file.name.isascii() else encoded_words(file.name, "utf-8", "B", 11)
    identity = f"Content-ID: <{content_id(file)}>\n" if disposition == "inline" else ""
    day = "Mon, 12 Oct 2026 15:19:00 GMT"
    return (
        f'Content-Type: {file.media_type}; name="{name}"\nContent-Description: {name}\n'
        f'Content-Disposition: {disposition}; filename="{name}"; size={len(file.data)};\n'
        f'\tcreation-date="{day}";\n\tmodification-date="{day}"\n'
        f"{identity}Content-Transfer-Encoding: base64\n\n{base64_lines(file.data)}\n"
    )


def _exchange_multipart(kind: str, number: str, parts: list[str]) -> str:
    boundary = f"_{number}_LO4P265MB1234A1B2C3D4E5F60718293ALO4P265MB1234GBRP_"
    more = ';\n\ttype="multipart/alternative"' if kind == "related" else ""
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind};\n\tboundary="{boundary}"{more}\n\n{inner}--{boundary}--\n'
