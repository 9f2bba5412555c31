"""
Addresses as header fields and envelopes carry them.

The parser is our own because the standard library's is slow (20,000 addresses
take seconds) and gives up on what real mail programs write. It is linear, never
raises, and keeps display names and comments apart from addresses, since a rule
has to know which of them a reader sees.
"""

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache

import msgspec

from gateway.mail.charset import decode_text
from gateway.mail.headers import decode_words, unfold


class Mailbox(msgspec.Struct, frozen=True):
    """
    One address in a header: ``display <address>``.

    *address* is "" when the text held no address at all (``undisclosed``).
    *comment* holds what stood in parentheses; *group* the name of its group.
    """

    address: str
    display: str = ""
    comment: str = ""
    group: str = ""

    @property
    def domain(self) -> str:
        """The part behind the last at sign, lower-case; "" without one."""
        return domain_of(self.address)


_TOKEN = re.compile(
    r"""
      (?P<space>\s++)
    | (?P<coded>=\?[^\s?]{1,80}\?[bBqQ]\?[^?]*+\?=)
    | (?P<open>["(])
    | <(?P<angle>(?:[^<>"]|"[^"<>]*+")*+)>
    | (?P<special>[,;:])
    | (?P<word>[^\s"(<,;:]++)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r'((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def parse_addresses(text: str) -> tuple[Mailbox, ...]:
    """
    Every mailbox of an address field (RFC 5322, 3.4), groups opened.

    Takes the unfolded text of a field; encoded words stay as they are. Empty
    groups give nothing; a semicolon separates like a comma, as Outlook writes
    it. A quote, bracket or parenthesis that is never closed is passed over, and
    a comma that is missing is no reason to lose an address.
    """
    boxes = _plain(text)
    return parse_any(text) if boxes is None else boxes


# What nearly every mailbox is: a name in quotes or plain words, and an address in angle brackets, or that alone.
_PLAIN = re.compile(
    r"""\s*+ (?: (?:"(?P<quoted>[^"\\]*+)" | (?P<words>[\w .'-]*+)) \s*+ <(?P<angle>[\w.+-]++@[\w.-]++)>
              | (?P<bare>[\w.+-]++@[\w.-]++) ) \s*+ (?:,|$)""",
    re.VERBOSE,
)


def _plain(text: str) -> tuple[Mailbox, ...] | None:
    """The mailboxes of a field that is as it should be; None for any other."""
    found: list[Mailbox] = []
    position, end = 0, len(text)
    while position < end:
        match = _PLAIN.match(text, position)
        if match is None:
            return None
        quoted, words, angle, bare = match.groups()
        display = " ".join(words.split()) if words else (quoted or "").strip()
        found.append(Mailbox(angle or bare, display))
        position = match.end()
    return tuple(found)


def parse_any(text: str) -> tuple[Mailbox, ...]:
    """The same for a field that may be anything."""
    reader = _Reader()
    position = 0
    endless = set[str]()  # the marks, of those that open something, that nothing closes any more
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        position = match.end()
        kind, value = match.lastgroup or "", match[match.lastgroup or 0]
        if kind == "open":
            if value in endless:
                continue
            end = _closed(text, position, value)
            if end is None:
                endless.add(value)
                continue
            kind, value = ("quoted" if value == '"' else "comment"), text[position : end - 1]
            position = end
        reader.take(kind, value, text[position : position + 1])
    reader.finish()
    return tuple(reader.found)


def _closed(text: str, position: int, mark: str) -> int | None:
    """Behind what closes the *mark* before *position*; None without one."""
    if mark == '"':
        quoted = _QUOTED.match(text, position)
        return quoted.end() if quoted else None
    depth = 1
    for each in _COMMENT_MARK.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(each[0], 0)
        if depth == 0:
            return each.end()
    return None


_COMMENT_MARK = re.compile(r"[()]|\\.", re.DOTALL)


def read_addresses(raw: bytes) -> tuple[Mailbox, ...]:
    """
    The mailboxes of one raw address field, as a reader sees them.

    Split first and decode afterwards (RFC 2047, 5(3)): an encoded word may hold
    a comma or an at sign that separates nothing. Only where a name has no
    address beside it and holds one in its coded text, that one counts.
    """
    return _remembered(raw) if len(raw) <= _SHORT else _read(raw)


_SHORT = 200  # octets; who writes, and to whom, is the same again and again


@lru_cache(maxsize=1_024)
def _remembered(raw: bytes) -> tuple[Mailbox, ...]:
    return _read(raw)


def _read(raw: bytes) -> tuple[Mailbox, ...]:
    text = decode_text(unfold(raw), "utf-8")
    boxes = parse_addresses(text)
    if "=?" not in text:
        return boxes
    found: list[Mailbox] = []
    for box in boxes:
        shown = Mailbox(
            box.address, decode_words(box.display), decode_words(box.comment), decode_words(box.group)
        )
        inner = parse_addresses(shown.display) if "@" in shown.display and not box.address else ()
        found.extend(inner or (shown,))
    return tuple(found)


class _Reader:
    """Puts the tokens of an address field together."""

    def __init__(self) -> None:
        self.found: list[Mailbox] = []
        self._comments: list[str] = []
        self._group = ""
        self._words: list[str] = []  # the phrase, or a bare address, so far
        self._angle: str | None = None
        self._addressed = False  # whether one of them has an at sign
        self._glue = False  # whether the next word continues the last one without a space

    def take(self, kind: str, value: str, following: str) -> None:
        """The next token; *following* is the character behind it."""
        if kind == "space":
            self._glue = False
        elif kind == "angle":
            if self._angle is not None:
                self.finish()  # a comma is missing
            self._angle = value
        elif kind == "comment":
            self._comments.append(value)
        elif kind == "special":
            self._special(value)
        else:
            if self._angle is not None:  # words behind an address belong to the next one
                self.finish()
            if kind == "quoted":
                value = _ESCAPE.sub(r"\1", value)
                if following == "@":
                    value = f'"{value}"'  # a quoted local part keeps its quotes
            if self._words and not self._glue:
                self._words.append(" ")
            self._words.append(value)
            self._addressed = self._addressed or "@" in value
            self._glue = True

    def _special(self, char: str) -> None:
        if char == ":" and self._addressed:
            self._words.append(":")  # inside an address literal
        elif char == ":":
            phrase = "".join(self._words).strip()
            self._group = "" if phrase.lower() == "mailto" else phrase
            self._words.clear()
            self._comments.clear()
        else:
            self.finish()
            if char == ";":
                self._group = ""

    def finish(self) -> None:
        """The end of one mailbox."""
        phrase = "".join(self._words).strip()
        comment = " ".join(self._comments)
        if self._angle is not None:
            route = _INNER_COMMENT.sub("", self._angle).strip()
            address = route.rpartition(":")[2] if route.startswith("@") else route
            self.found.append(Mailbox(_bare(address), phrase, comment, self._group))
        elif "@" in phrase:
            self.found.extend(_from_phrase(phrase, comment, self._group))
        elif phrase.strip(_AROUND):
            self.found.append(Mailbox("", phrase, comment, self._group))
        self._words.clear()
        self._comments.clear()
        self._angle = None
        self._addressed = False
        self._glue = False


_INNER_COMMENT = re.compile(r"\([^()]*+\)")
# A local part may be a quoted string with spaces.
_PHRASE_WORD = re.compile(r'(?:"[^"]*+"|\S)++')
_AROUND = "<>()[],;'`\\"


def _from_phrase(phrase: str, comment: str, group: str) -> list[Mailbox]:
    """A field without angle brackets: each word with an at sign is an address, the others are a name."""
    words = _PHRASE_WORD.findall(phrase)
    if any(word.startswith("@") or word.endswith("@") for word in words):
        return [Mailbox(_bare("".join(words)), "", comment, group)]
    others = " ".join(word for word in words if "@" not in word)
    return [Mailbox(_bare(word), others, comment, group) for word in words if "@" in word]


def _bare(address: str) -> str:
    """The address without white space, and without the quotes and brackets that got into it."""
    spaces_count = address.startswith('"')
    bare = (
        (address if spaces_count else "".join(address.split()))
        .removeprefix("mailto:")
        .lstrip(_AROUND)
        .rstrip("<>),;'`\\")
    )
    return bare[:-1] if bare.endswith("]") and "[" not in bare else bare


def domain_of(address: str) -> str:
    """The domain of an address, lower-case, without a final dot."""
    return address.rpartition("@")[2].lower().rstrip(".") if "@" in address else ""


# Providers whose mailboxes ignore dots in the local part (Gmail's own help says so).
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


@lru_cache(maxsize=65_536)
def canonical(address: str) -> str:
    """
    The form under which two spellings of one mailbox are equal.

    Case of domain and local part, plus tags, Gmail's dots and second domain,
    and A-labels against Unicode (RFC 5890) make no difference.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return address.strip().casefold()
    domain = _unicode_domain(domain.rstrip(".").lower())
    local = local.strip('"').casefold()
    if not local.isascii():
        local = unicodedata.normalize("NFC", local)
    if not local.startswith("+"):
        local = local.partition("+")[0]
    if domain in _DOTLESS:
        domain = _DOTLESS[domain]
        local = local.replace(".", "")
    found = f"{local}@{domain}"
    return address if found == address else found  # the same text is kept once


@lru_cache(maxsize=8_192)
def _unicode_domain(domain: str) -> str:
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            with suppress(UnicodeError, ValueError):  # no punycode after all: as it stands
                label = label[4:].encode("ascii").decode("punycode")
        labels.append(unicodedata.normalize("NFC", label.casefold()))
    return ".".join(labels)
