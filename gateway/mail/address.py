"""
Addresses as header fields and envelopes carry them.

The parser is our own because the standard library's is slow (20,000 addresses
take seconds) and gives up on what real mail programs write. It is linear, never
raises, and keeps display names and comments apart from addresses, since a rule
has to know which of them a reader sees.
"""

import re
from contextlib import suppress
from functools import lru_cache

import msgspec


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
      (?P<space>[ \t\r\n]+)
    | "(?P<quoted>(?:[^"\\]|\\.)*)(?:"|$)
    | (?P<open>\()
    | <(?P<angle>[^<>]*)(?:>|$)
    | (?P<special>[,;:])
    | (?P<word>[^\s"(<,;:]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def parse_addresses(text: str) -> tuple[Mailbox, ...]:
    """
    Every mailbox of an address field (RFC 5322, 3.4), groups opened.

    Takes the decoded text of a field. Empty groups give nothing; a semicolon
    separates like a comma, as Outlook writes it.
    """
    found: list[Mailbox] = []
    group = ""
    words: list[str] = []  # the phrase, or a bare address, so far
    comments: list[str] = []
    angle: str | None = None
    glue = False  # whether the next word continues the last one without a space

    def finish() -> None:
        nonlocal angle, glue
        phrase = "".join(words).strip()
        comment = " ".join(comments)
        if angle is not None:
            address = angle.rpartition(":")[2] if angle.startswith("@") else angle
            found.append(Mailbox(_bare(address), phrase, comment, group))
        elif "@" in phrase:
            found.append(_from_phrase(phrase, comment, group))
        elif phrase:
            found.append(Mailbox("", phrase, comment, group))
        words.clear()
        comments.clear()
        angle = None
        glue = False

    position, end = 0, len(text)
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:  # a stray ")" or ">" belongs to no token
            position += 1
            continue
        position = match.end()
        kind = match.lastgroup
        if kind == "space":
            glue = False
        elif kind == "open":
            comment, position = _comment(text, position)
            comments.append(comment)
        elif kind == "angle":
            angle = match["angle"]
        elif kind == "special":
            if match["special"] == ":":
                if any("@" in word for word in words[-2:]):  # a:b inside a broken address
                    words.append(":")
                    continue
                finish_group = "".join(words).strip()
                words.clear()
                comments.clear()
                group = finish_group
            else:
                finish()
                if match["special"] == ";":
                    group = ""
        else:
            is_quoted = kind == "quoted"
            value = _ESCAPE.sub(r"\1", match["quoted"]) if is_quoted else match["word"]
            if words and not glue:
                words.append(" ")
            if is_quoted and position < end and text[position] == "@":
                value = f'"{value}"'  # a quoted local part keeps its quotes
            words.append(value)
            glue = True
    finish()
    return tuple(found)


def _comment(text: str, position: int) -> tuple[str, int]:
    """Read to the parenthesis that closes the one before *position*; nested ones count."""
    depth, start = 1, position
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return text[start:position], position + 1
        position += 1
    return text[start:], position


def _from_phrase(phrase: str, comment: str, group: str) -> Mailbox:
    """A field without angle brackets: the word with the at sign is the address."""
    words = phrase.split()
    for word in reversed(words):
        if "@" in word and len(words) > 1 and not word.startswith("@"):
            others = " ".join(other for other in words if other is not word)
            return Mailbox(_bare(word), others, comment, group)
    return Mailbox(_bare("".join(words)), "", comment, group)


def _bare(address: str) -> str:
    return "".join(address.split()).removeprefix("mailto:")


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
    if not local.startswith("+"):
        local = local.partition("+")[0]
    if domain in _DOTLESS:
        domain = _DOTLESS[domain]
        local = local.replace(".", "")
    return f"{local}@{domain}"


def _unicode_domain(domain: str) -> str:
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            with suppress(UnicodeError, ValueError):  # no punycode after all: as it stands
                label = label[4:].encode("ascii").decode("punycode")
        labels.append(label.casefold())
    return ".".join(labels)
