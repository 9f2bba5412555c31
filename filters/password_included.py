"""
The password of a protected attachment is not in the same message, nor in one that follows it (SPT 6.2.3).

Looks in subject, text and readable attachments for a password that is given, not
for the word: "the password follows by telephone" is how it should be done. A message
without a protected file is searched for a passphrase as the gateway makes them.
"""

import re
from collections.abc import Iterator

from gateway.mail.message import Message
from gateway.mail.mime import Part
from gateway.mail.public import public
from gateway.mail.transfer import is_identity
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding
from gateway.register.register import Register
from gateway.sensitivity.written import written


class Settings(RuleSettings, frozen=True):
    """This rule has none."""


_SAID = re.compile(
    r"(?i:\b(?:pass[ -]?(?:word|phrase|code)|pwd?|pin(?:[ ](?:code|number))?|cyfrinair)\b"
    r"(?:[ ](?:for|to|of|on|needed|that)\b[^\n.:=]{0,50}?)??\s*(?P<by>\bis\b:?|\bwill[ ]be\b:?|\byw\b|[:=]|->|[–—-][ ]|(?=[ ][\"“‘])))"
    r"\s*(?:(?P<quote>[\"'“‘`«])(?P<quoted>[^\n\"'”’`»]{3,60})[\"'”’`»]|(?P<plain>[^\s\"'”’]{3,60}))"
    r"(?P<behind>[^\n]{0,12})"
)
_USED = re.compile(
    r"(?i:\b(?:use|enter|type(?:[ ]in)?|opens[ ]with|unlock(?:s|ed)?[ ]with))[ ]+(?:the[ ](?:word|code)[ ]+)?"
    r"(?P<quote>[\"'“‘`]?)(?P<plain>[^\s\"'”’`]{4,60})[\"'”’`]?"
    r"(?:[ ]+(?i:to[ ](?:open|unlock|read|view|see))|[ ]*(?:[.\n]|$))"
)
# What follows the word where no password is given.
_SPOKEN_OF = re.compile(
    r"a|an|the|your|you|my|our|his|her|their|being|been|not|to|in|on|by|as|sent|"
    r"follows|following|coming|given|told|separate|separately|shared|available|required|"
    r"needed|known|different|unknown|protected|below|above|attached|will|would|has|have|"
    r"can|and|or|with|via|when|that|this|what|whatever|same|usual|agreed|one|set|n/a|"
    r"none|tba|tbc|case|correct|incorrect|wrong|expired|reset|changed|ready|only|still|"
    r"already|provided|communicated|texted|phoned|please|call|ring|phone|telephone|text|"
    r"ask|see|contact|child|child's|son's|daughter's",
    re.IGNORECASE,
)
# A password of something else: a lesson's meeting, a network, an account.
_ELSEWHERE = re.compile(
    r"(?i:\b(?:zoom|teams|meeting|wi-?fi|wifi|log ?in|sign[ -]?in|user ?name|account|portal|website|classroom|app)\b)"
)
_BEFORE = 80  # characters in which that is said
# "granola-tulip-sixth-overlap-cedar-banjo", no part of a link: six of the words that `gateway.remedy.passphrase` draws.
# That it begins with a hyphen by itself lets it be looked for as such: fifteen times as fast as a group five times.
_LATER_WORDS = re.compile(r"-[a-z]{3,9}(?:-[a-z]{3,9}){4}(?![\w/-])")
# The same as it is transferred: a letter may take four octets, and a line may end within a word (RFC 2045, 6.7).
_HYPHENED = re.compile(rb"-[\w=\r\n]{3,60}-[\w=\r\n]{3,60}-[\w=\r\n]{3,60}-[\w=\r\n]{3,60}-")
_FIRST_WORD = re.compile(r"(?<![\w/.=-])[a-z]{3,9}\Z")


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """At most one finding: the places where the password is given."""
    del settings
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return
    documents = message.facts.documents
    if not any(document.protection == "protected" for document in documents.values()):
        yield from _follows(message)
        return
    evidence = [each for where, text in _texts(message) for each in _given(where, text)]
    if evidence:
        yield Finding(
            rule="password_included",
            summary=public("The message gives the password of an attachment that it carries."),
            evidence=tuple(evidence[:5]),
            suggestion="Take the password out of the message, and tell it to the recipient by telephone or text "
            "message. Protect the file with another one if the message was sent already.",
        )


def _follows(message: Message) -> Iterator[Finding]:
    """A passphrase of ours in a message that follows the one with the file."""
    texts = [("subject", message.subject)]
    texts += [("the text", part.text) for part in message.bodies if _is_hyphened(part)]
    evidence = [each for where, text in texts for each in _made_here(where, text)]
    if evidence:
        yield Finding(
            rule="password_included",
            summary=public(
                "The message gives a passphrase like those that are made here for protected files."
            ),
            evidence=tuple(evidence[:5]),
            suggestion="Take the passphrase out, and tell it to the recipient by telephone or text message: whoever "
            "reads the mailbox that the file went to must not find it there too.",
        )


def _is_hyphened(part: Part) -> bool:
    """Whether there may be a passphrase in a body, told before it is decoded, which costs ten times as much."""
    octets = part.encoded
    if part.encoding == "quoted-printable":
        return _HYPHENED.search(octets) is not None or b"=2D" in octets
    return not is_identity(part.encoding) or _HYPHENED.search(octets) is not None


def _made_here(where: str, text: str) -> Iterator[Evidence]:
    for later in _LATER_WORDS.finditer(text):
        first = _FIRST_WORD.search(text, max(0, later.start() - 10), later.start())
        if first:
            start = max(0, first.start() - 20)
            quote = text[start : later.end()]
            yield Evidence(where, quote, first.start() - start, len(quote), "a password", first.start())


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    for passage in written(message).passages:
        yield passage.where, passage.text
    for part in message.attachments:
        document = message.facts.documents.get(part.path)
        for passage in document.passages if document else ():
            yield part.filename or "an attachment without a name", passage.text[:20_000]


def _given(where: str, text: str) -> Iterator[Evidence]:
    for pattern in (_SAID, _USED):
        for match in pattern.finditer(text):
            if _is_password(match) and not _ELSEWHERE.search(
                text[max(0, match.start() - _BEFORE) : match.end()]
            ):
                name = "quoted" if match.groupdict().get("quoted") else "plain"
                start = max(0, match.start() - 20)
                yield Evidence(
                    where,
                    text[start : match.end(name)],
                    match.start(name) - start,
                    match.end(name) - start,
                    "a password",
                    match.start(name),
                )


def _is_password(match: "re.Match[str]") -> bool:
    groups = match.groupdict()
    if groups.get("quoted"):
        return True
    value = groups["plain"].strip(".,;!?()[]<>")
    if len(value) < 3 or _SPOKEN_OF.fullmatch(value) or "://" in value:
        return False
    digits = any(char.isdigit() for char in value)
    if "by" not in groups:  # "use it to open the file" needs more to be one
        return digits or bool(groups["quote"])
    if digits or groups["by"] in (":", "=") or not (value.islower() or value.istitle()):
        return True
    # A plain word is one if the sentence ends with it; else the sentence goes on: "is sent by text".
    behind = groups["behind"].lstrip()
    return groups["plain"][-1:] in ".,;!)" or behind[:1] in ("", ".", ",", ";", "!", ")", "(")


FILTER = Filter("password_included", Settings, inspect, needs=frozenset({"documents"}), kinds=frozenset())
