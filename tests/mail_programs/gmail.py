"""Gmail in the browser: parameters on one line, charset="UTF-8", X-Attachment-Id."""

from tests.mail_programs.letter import (
    File,
    Letter,
    Person,
    base64_lines,
    content_id,
    crlf,
    encoded_words,
    quoted_printable,
)


def gmail(letter: Letter) -> bytes:
    """The letter as Gmail submits it."""
    body = _multipart(
        "alternative", "63f1", [_leaf(letter.text, "text/plain"), _leaf(letter.html, "text/html")]
    )
    if letter.inline:
        body = _multipart("related", "63f2", [body, *map(_file, letter.inline)])
    if letter.attached:
        body = _multipart("mixed", "63f3", [body, *map(_file, letter.attached)])
    return crlf(
        "MIME-Version: 1.0",
        "Date: " + letter.date,
        "Message-ID: <CAF=9xTz0kT0dQ3ixZ1vUqJb5kDYKxQ+2wm@mail.gmail.com>",
        "Subject: " + encoded_words(letter.subject, "UTF-8", "B"),
        "From: " + _mailbox(letter.sender),
        "To: " + ", \n\t".join(map(_mailbox, letter.to)),
        *(["Cc: " + ", ".join(map(_mailbox, letter.cc))] if letter.cc else []),
        body,
    )


def _mailbox(person: Person) -> str:
    if not person.display:
        return person.address
    name = person.display
    if name.isascii():
        shown = f'"{name}"' if set(name) & set(',.@()<>"') else name
    else:
        shown = encoded_words(name, "UTF-8", "Q", 4)
    return f"{shown} <{person.address}>"


def _leaf(text: str, media_type: str) -> str:
    if text.isascii() and max(map(len, text.splitlines()), default=0) < 76:
        return f'Content-Type: {media_type}; charset="UTF-8"\n\n{text}'
    return (
        f'Content-Type: {media_type}; charset="UTF-8"\nContent-Transfer-Encoding: quoted-printable\n\n'
        f"{quoted_printable(text, 'utf-8')}"
    )


def _file(file: File) -> str:
    name = encoded_words(file.name, "UTF-8", "B", 11)
    label = content_id(file) if file.inline else f"f_{len(file.data):x}m0"
    disposition = "inline" if file.inline else "attachment"
    return (
        f'Content-Type: {file.media_type}; name="{name}"\nContent-Disposition: {disposition}; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\nContent-ID: <{label}>\nX-Attachment-Id: {label}\n\n"
        f"{base64_lines(file.data)}\n"
    )


def _multipart(kind: str, number: str, parts: list[str]) -> str:
    boundary = f"000000000000a1b2c306{number}d4e5"
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{inner}--{boundary}--'
