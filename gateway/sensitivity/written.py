"""What the sender wrote into the message itself, as a document that can be weighed. Pure."""

import re
from functools import cache

from gateway.mail.document import Document, Passage
from gateway.mail.html import parsed
from gateway.mail.message import Message
from gateway.mail.mime import Part
from gateway.register.vocabulary import read_toml
from gateway.sensitivity.vocabulary import Vocabulary, read_words

_SIGNALS = 20_000
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


def written(message: Message) -> Document:
    """
    Subject and texts without what they quote, and the sensitive words in them.

    A quotation is what its recipients wrote themselves. The texts of forwarded
    messages are files, and looked at as such.
    """
    passages = [Passage("subject", message.subject)] if message.subject else []
    passages += [
        Passage("the text", text)
        for part in message.bodies
        if part.path not in message.forwarded and (text := _text(part))
    ]
    return Document(
        media_type="text/plain",
        digest="",
        size=0,
        protection="readable",
        passages=tuple(passages),
        signals=_vocabulary().scan(tuple(passages), _SIGNALS),
    )


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary(read_words(read_toml("special_category")))


def _text(part: Part) -> str:
    if part.content_type != "text/html":
        return _QUOTED.sub("", part.text).strip()
    page = parsed(part.text)
    for node in page.css("script, style, blockquote, .gmail_quote"):
        node.decompose()
    return page.root.text(separator=" ").strip() if page.root else ""
