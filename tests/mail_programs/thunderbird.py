"""Thunderbird: flowed text in 8bit, names of files in RFC 2231 with sections."""

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
)


def thunderbird(letter: Letter) -> bytes:
    """The letter as Thunderbird submits it; with pictures in the text it writes markup too."""
    flowed = "".join(_flow(line) for line in letter.text.splitlines(keepends=True))
    body = (
        f"Content-Type: text/plain; charset=UTF-8; format=flowed\nContent-Transfer-Encoding: 8bit\n\n{flowed}"
    )
    if letter.inline:
        markup = f"Content-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n{letter.html}"
        markup = _multipart("related", "0gQ3", [markup, *map(_file, letter.inline)])
        body = _multipart("alternative", "1hR4", [body, markup])
    if letter.attached:
        body = _multipart("mixed", "2iS5", [body, *map(_file, letter.attached)])
    head, _, rest = body.partition("\n\n")
    first, _, others = head.partition("\nContent-Transfer")
    multipart = first.startswith("Content-Type: multipart/")
    return crlf(
        *([first] if multipart else []),
        "Message-ID: <8d1c6a52-3f0e-4b7b-9a55-c2e4d7f80913@brightpath-tutors.example>",
        "Date: " + letter.date,
        "MIME-Version: 1.0",
        "User-Agent: Mozilla Thunderbird",
        "To: " + address_list(letter.to, _mailbox).replace("\n\t", "\n "),
        *(["Cc: " + address_list(letter.cc, _mailbox).replace("\n\t", "\n ")] if letter.cc else []),
        "Content-Language: en-GB",
        "From: " + _mailbox(letter.sender),
        "Subject: " + encoded_words(letter.subject, "UTF-8", "Q"),
        *([] if multipart else [first, f"Content-Transfer{others}"]),
        "",
        *(["This is a multi-part message in MIME format."] if multipart else []),
        rest,
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


def _flow(line: str) -> str:
    """RFC 3676: a soft line break is a space before the line end."""
    words, out, width = line.split(" "), "", 0
    for number, word in enumerate(words):
        out += (" " if number else "") + word
        width += len(word) + 1
        if width > 66 and number + 1 < len(words):
            out, width = out + " \n", 0
    return out.replace(" \n ", " \n")


def _file(file: File) -> str:
    disposition = "inline" if file.inline else "attachment"
    filename = f'filename="{file.name}"' if file.name.isascii() else extended("filename", file.name)
    name = encoded_words(file.name, "UTF-8", "B", 7)
    identity = f"Content-Id: <{content_id(file)}>\n" if file.inline else ""
    return (
        f'Content-Type: {file.media_type}; name="{name}"\nContent-Disposition: {disposition};\n {filename}\n'
        f"{identity}Content-Transfer-Encoding: base64\n\n{base64_lines(file.data)}\n"
    )


def _multipart(kind: str, number: str, parts: list[str]) -> str:
    boundary = f"------------{number}kTz0dQ3ixZ1vUqJb5kDY"
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{inner}\n--{boundary}--\n'
