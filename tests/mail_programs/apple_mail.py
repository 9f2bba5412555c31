"""Apple Mail: files stand between pieces of markup, marked inline, their names decomposed."""

import unicodedata

from tests.mail_programs.letter import (
    File,
    Letter,
    Person,
    address_list,
    base64_lines,
    content_id,
    crlf,
    encoded_words,
    extended,
    quoted_printable,
)


def apple_mail(letter: Letter) -> bytes:
    """The letter as Apple Mail submits it."""
    text = _leaf(letter.text, "text/plain")
    markup = _leaf(letter.html, "text/html")
    if letter.inline:
        markup = _multipart("related", "3C1F", [markup, *map(_file, letter.inline)], ';\n\ttype="text/html"')
    if letter.attached:
        end = _leaf("<html><body><br></body></html>\n", "text/html")
        markup = _multipart("mixed", "7A20", [markup, *map(_file, letter.attached), end])
    body = _multipart("alternative", "B2A7", [text, markup])
    head, _, rest = body.partition("\n\n")
    return crlf(
        "From: " + _mailbox(letter.sender),
        head,
        "Mime-Version: 1.0 (Mac OS X Mail 16.0 \\(3774.600.62\\))",
        "Subject: " + encoded_words(letter.subject, "utf-8", "Q"),
        "Message-Id: <5B0C7D9E-2F41-4C6A-9E3B-7D1A8C5F2E60@brightpath-tutors.example>",
        "Date: " + letter.date,
        *(["Cc: " + address_list(letter.cc, _mailbox)] if letter.cc else []),
        "To: " + address_list(letter.to, _mailbox),
        "X-Mailer: Apple Mail (2.3774.600.62)",
        "",
        "",
        rest,
    )


def _mailbox(person: Person) -> str:
    if not person.display:
        return person.address
    name = person.display
    if name.isascii():
        shown = f'"{name}"' if set(name) & set(',.@()<>"') else name
    else:
        shown = encoded_words(name, "utf-8", "Q", 4)
    return f"{shown} <{person.address}>"


def _leaf(text: str, media_type: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    if text.isascii() and media_type == "text/plain":
        return f"Content-Transfer-Encoding: 7bit\nContent-Type: text/plain;\n\tcharset={charset}\n\n{text}"
    return (
        f"Content-Transfer-Encoding: quoted-printable\nContent-Type: {media_type};\n\tcharset={charset}\n\n"
        f"{quoted_printable(text, charset)}"
    )


def _file(file: File) -> str:
    stored = unicodedata.normalize("NFD", file.name)  # as the Mac's file system had it
    if stored.isascii():
        filename = f'filename="{stored}"' if " " in stored else f"filename={stored}"
        name = f'name="{stored}"'
    else:
        filename = extended("filename", stored, "utf-8")
        name = f'name="{encoded_words(stored, "utf-8", "Q", 6)}"'
    identity = f"\nContent-Id: <{content_id(file)}>" if file.inline else ""
    disposition = "attachment" if file.media_type.startswith("application/") and not file.inline else "inline"
    return (
        f"Content-Disposition: {disposition};\n\t{filename}\n"
        f"Content-Type: {file.media_type};\n\tx-unix-mode=0644;\n\t{name}\n"
        f"Content-Transfer-Encoding: base64{identity}\n\n{base64_lines(file.data)}\n"
    )


def _multipart(kind: str, number: str, parts: list[str], more: str = "") -> str:
    boundary = f"Apple-Mail=_{number}D4E0-91C5-4B7F-8A2D-6E0F3C5B9D17"
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind};\n\tboundary="{boundary}"{more}\n\n\n{inner}--{boundary}--\n'
