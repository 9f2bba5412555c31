"""
The part that tells a recipient, in plain words, how the protected files open.

It is the last part of the message, so that every other part keeps its place, and the
links from the HTML body to the pictures in it stay what they were.
"""

import hashlib
import quopri
import textwrap
from collections.abc import Callable, Iterable, Iterator

from gateway.mail.mime import Limits, read_tree
from gateway.remedy.edit import parted
from gateway.remedy.protect import Locked

Say = Callable[[str], str]  # a text's translation


def _english(text: str) -> str:
    return text


_TITLE = "How to open the attached files"
_NEW = (
    "You get the passphrase in another way, by telephone or text message. It never comes by email, and "
    "nobody will ask you for it. If you have not got it, please ring the person who wrote to you."
)
_AGREED = (
    "The passphrase is the one that your family agreed with us. It never comes by email, and nobody will "
    "ask you for it. If you do not remember it, please ring the person who wrote to you."
)


_ONE = "{names} is protected with a passphrase."
_MANY = "Each of {names} is protected with a passphrase."
_AND = "{names} and {last}"


def with_opening(
    raw: bytes, locked: Iterable[Locked], *, agreed: bool, link: str = "", first: Say | None = None
) -> bytes:
    """
    The message with that part behind its others; all other bytes stay as they are.

    A message that is no multipart/mixed becomes the first part of one (RFC 2046, 5.1.3).
    *agreed*: the passphrase is the family's own. *link* leads to the page where the files wait.
    With *first* the text is said in that language, and in English below.
    """
    part = _part(
        tuple(locked), agreed=agreed, link=link, languages=[first, _english] if first else [_english]
    )
    root = read_tree(raw, Limits())
    if root.content_type == "multipart/mixed" and root.boundary and root.children:
        end = root.children[-1].end
        return raw[:end] + b"\r\n--" + root.boundary + b"\r\n" + part + raw[end:]
    boundary = b"=_opening-" + hashlib.sha256(raw).hexdigest()[:32].encode()
    outside, entity = parted(raw)
    return (
        outside
        + b'Content-Type: multipart/mixed;\r\n\tboundary="'
        + boundary
        + b'"\r\n\r\n--'
        + boundary
        + b"\r\n"
        + entity
        + b"\r\n--"
        + boundary
        + b"\r\n"
        + part
        + b"\r\n--"
        + boundary
        + b"--\r\n"
    )


def _part(locked: tuple[Locked, ...], *, agreed: bool, link: str, languages: list[Say]) -> bytes:
    text = "\r\n\r\n".join(
        "\r\n".join(textwrap.wrap(each, 72, break_long_words=False, break_on_hyphens=each != link))
        for say in languages
        for each in _paragraphs(locked, agreed=agreed, link=link, say=say)
    )
    charset, encoding, body = "us-ascii", "7bit", text.encode("utf-8")
    if not text.isascii():
        charset, encoding = "utf-8", "quoted-printable"
        body = quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return (
        f"Content-Type: text/plain; charset={charset}\r\n"
        'Content-Disposition: inline; filename="how-to-open.txt"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode("ascii") + body


def _paragraphs(locked: tuple[Locked, ...], *, agreed: bool, link: str, say: Say) -> Iterator[str]:
    yield say(_TITLE)
    by_way: dict[str, list[str]] = {}
    for each in locked:
        by_way.setdefault(each.file.how, []).append(each.file.name)
    for how, names in by_way.items():
        which = names[0]
        if len(names) > 1:
            which = say(_AND).format(names=", ".join(names[:-1]), last=names[-1])
        yield f"{say(_ONE if len(names) == 1 else _MANY).format(names=which)} {say(how)}"
    if link:
        yield link
    yield say(_AGREED if agreed else _NEW)
