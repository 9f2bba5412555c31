"""
Whether a message answers or passes on another, and which.

Mail programs put a word of their language before the subject that they answer, and
name the answered message by its id (RFC 5322, 3.6.4 and 3.6.5).
"""

import re

from gateway.mail.address import domain_of
from gateway.mail.message import Message

_WORDS = (
    # answers, in the languages of common mail programs
    *(
        "re",
        "r",
        "aw",
        "antw",
        "antwort",
        "sv",
        "vs",
        "vast",
        "ref",
        "rép",
        "réf",
        "res",
        "resp",
        "rif",
        "odp",
    ),
    *("ateb", "atb", "vá", "ynt", "yan", "ats", "απ", "отв", "ответ", "відп", "על", "השב", "תשובה", "رد"),
    *("回复", "回覆", "答复", "回信", "返信", "답장", "回應"),
    # passed on
    *(
        "fw",
        "fwd",
        "wg",
        "tr",
        "rv",
        "enc",
        "i",
        "vb",
        "vl",
        "vid",
        "doorst",
        "pd",
        "yml",
        "iml",
        "ilt",
        "πρθ",
    ),
    *("пересл", "fs", "tov", "הועבר", "إعادة توجيه", "转发", "轉寄", "転送", "전달"),
)
# Numbered, bracketed and full-width ones too: "Re[2]:", "AW (3):", "回复：".
_PREFIX = re.compile(
    rf"^(?:(?:{'|'.join(map(re.escape, _WORDS))})\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+", re.IGNORECASE
)
_BANNER = re.compile(r"^\s*(?:\[[^\[\]]{1,40}\]\s*)+")  # "[EXTERNAL]", which servers put in front
_ID = re.compile(r"<[^<>\s]*>")


def topic(subject: str) -> str:
    """The subject without "Re:" and the like."""
    return _PREFIX.sub("", subject)


def answers_outside(message: Message, inside: tuple[str, ...]) -> bool:
    """
    Whether the subject is that of a message from outside the domains *inside*, answered or passed on.

    Both signs have to be there: the word before the subject, and the id of a message
    that was not made in our domains. Neither is proof, since the sender's mail program
    writes both; nothing may hang on this that a liar would gain by.
    """
    subject = _BANNER.sub("", message.subject).lstrip()
    if _PREFIX.match(subject) is None:
        return False
    answered = _ID.findall(message.headers.first("in-reply-to"))[:1]
    answered = answered or _ID.findall(message.headers.first("references"))[-1:]
    return bool(answered) and not any(
        _is_within(domain_of(answered[0].strip("<>")), domain) for domain in inside
    )


def _is_within(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith(f".{parent}")
