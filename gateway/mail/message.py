"""
One immutable view over the bytes that a client submitted.

Whatever a rule wants to know about a message is asked here. The bytes are never
parsed into something else and written out again: what is delivered unchanged is
delivered as it came.
"""

from gateway.mail.address import Mailbox, read_addresses
from gateway.mail.defects import Defect, defects_of
from gateway.mail.envelope import Envelope
from gateway.mail.facts import Facts
from gateway.mail.headers import Headers
from gateway.mail.lazy import lazy
from gateway.mail.malformed import MalformedMessage
from gateway.mail.mime import Limits, Part, read_tree
from gateway.mail.public import public

_SEALED = {
    "multipart/signed",
    "multipart/encrypted",
    "application/pkcs7-mime",
    "application/x-pkcs7-mime",
}


class Message:
    """
    A submitted message with its envelope, and the facts looked up for it.

    Strictly read-only: two messages may share bytes and tree. Make one with
    `Message.parse`.
    """

    def __init__(self, raw: bytes, envelope: Envelope, root: Part, facts: Facts) -> None:
        self.raw = raw
        self.envelope = envelope
        self.root = root
        self.facts = facts

    @classmethod
    def parse(cls, raw: bytes, envelope: Envelope, limits: Limits = Limits()) -> "Message":
        """
        Read the structure of a message.

        This is the wall around the parser: whatever goes wrong in it comes out
        as one kind of error.

        Raises:
            MalformedMessage: it cannot be read, or exceeds a limit.
        """
        try:
            message = cls(raw, envelope, read_tree(raw, limits), Facts())
            # Everything that rules ask of a header is read here, inside the wall.
            if any(len(field.raw) > limits.subject_bytes for field in message.headers.all("subject")):
                raise MalformedMessage(public("its subject is longer than anybody reads"))
            _ = (message.subject, message.visible, message.senders, message.attachments)
        except MalformedMessage:
            raise
        except Exception as fault:
            raise MalformedMessage(public("its structure cannot be read")) from fault
        return message

    def with_facts(self, facts: Facts) -> "Message":
        """The same message, with what was looked up for it."""
        message = Message(self.raw, self.envelope, self.root, facts)
        message.__dict__ |= {**self.__dict__, "facts": facts}  # what has been worked out holds for both
        return message

    @property
    def headers(self) -> Headers:
        """The fields of the message's own header."""
        return self.root.headers

    @lazy
    def subject(self) -> str:
        """The subject as a reader sees it."""
        return self.headers.first("subject")

    @lazy
    def message_id(self) -> str:
        """The Message-ID with its angle brackets, or ""."""
        return self.headers.first("message-id")

    def mailboxes(self, *names: str) -> tuple[Mailbox, ...]:
        """The addresses in all fields of these (lower-case) names, in order."""
        return tuple(
            mailbox
            for name in names
            for field in self.headers.all(name)
            for mailbox in read_addresses(field.raw)
        )

    @lazy
    def visible(self) -> tuple[Mailbox, ...]:
        """The recipients that a reader sees: To and Cc."""
        return self.mailboxes("to", "cc")

    @lazy
    def senders(self) -> tuple[Mailbox, ...]:
        """The addresses in From."""
        return self.mailboxes("from")

    @lazy
    def parts(self) -> tuple[Part, ...]:
        """Every leaf, in the order of the message, those of forwarded messages too."""
        return tuple(part for part in self.root.walk() if not part.children)

    @lazy
    def attachments(self) -> tuple[Part, ...]:
        """The leaves that a reader meets as files, inline pictures among them."""
        return tuple(part for part in self.parts if part.is_attachment)

    @lazy
    def bodies(self) -> tuple[Part, ...]:
        """The text leaves that are shown as the message itself."""
        return tuple(part for part in self.parts if not part.is_attachment)

    @lazy
    def forwarded(self) -> dict[str, str]:
        """The text leaves of forwarded messages: each one's path, and the path of its message."""
        found: dict[str, str] = {}
        for part in self.root.walk():  # an inner message comes after the one around it, and wins
            if part.children and part.content_type in ("message/rfc822", "message/global"):
                texts = (leaf for leaf in part.walk() if not leaf.children and not leaf.is_attachment)
                found |= {leaf.path: part.path for leaf in texts}
        return found

    @lazy
    def files(self) -> tuple[Part, ...]:
        """What travels with the message: its attachments, and the texts of forwarded messages."""
        return tuple(part for part in self.parts if part.is_attachment or part.path in self.forwarded)

    @lazy
    def defects(self) -> tuple[Defect, ...]:
        """Where readers may see something else than we do; ordinary mail has none. Decodes every part."""
        return defects_of(self.root)

    @property
    def sealed(self) -> bool:
        """Whether it is signed or encrypted as a whole, so that no edit is possible."""
        return self.root.content_type in _SEALED
