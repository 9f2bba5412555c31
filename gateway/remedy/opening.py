"""
The part that tells a recipient, in plain words, how the protected files open.

It is the last part of the message, so that every other part keeps its place, and the
links from the HTML body to the pictures in it stay what they were.
"""

import hashlib
import textwrap
from collections.abc import Iterable

from gateway.mail.mime import Limits, read_tree
from gateway.remedy.edit import parted
from gateway.remedy.protect import Locked

_TITLE = "How to open the attached files"
_NEW = (
    "You get the passphrase in another way, by telephone or text message. It never comes by email, and "
    "nobody will ask you for it. If you have not got it, please ring the person who wrote to you."
)
_AGREED = (
    "The passphrase is the one that your family agreed with us. It never comes by email, and nobody will "
    "ask you for it. If you do not remember it, please ring the person who wrote to you."
)


def with_opening(raw: bytes, locked: Iterable[Locked], *, agreed: bool, link: str = "") -> bytes:
    """
    The message with that part behind its others; all other bytes stay as they are.

    A message that is no multipart/mixed becomes the first part of one (RFC 2046, 5.1.3).
    *agreed*: the passphrase is the family's own. *link* leads to the page where the files wait.
    """
    part = _part(locked, agreed=agreed, link=link)
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


def _part(locked: Iterable[Locked], *, agreed: bool, link: str) -> bytes:
    by_way: dict[str, list[str]] = {}
    for each in locked:
        by_way.setdefault(each.file.how, []).append(each.file.name)
    paragraphs = [_TITLE]
    for how, names in by_way.items():
        verb = "is" if len(names) == 1 else "are"
        paragraphs.append(f"{_listed(names)} {verb} protected with a passphrase. {how}")
    if link:
        paragraphs.append(link)
    paragraphs.append(_AGREED if agreed else _NEW)
    text = "\r\n\r\n".join(
        "\r\n".join(textwrap.wrap(each, 72, break_long_words=False, break_on_hyphens=each != link))
        for each in paragraphs
    )
    return (
        "Content-Type: text/plain; charset=us-ascii\r\n"
        'Content-Disposition: inline; filename="how-to-open.txt"\r\n'
        "Content-Transfer-Encoding: 7bit\r\n\r\n" + text
    ).encode("ascii")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
