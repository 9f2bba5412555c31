"""
What could not be read to its end is looked at by a person before it leaves.

An attachment that only its recipient can open is not meant: protecting it is
what the policy asks for. A message that is broken so that another program may
show another text, or another file, is.

Pictures and scanned pages that nobody read are a kind of their own ("picture"),
so that a pack can be milder about them where no program reads pictures. Pictures
shown within the text (those with a Content-ID that are not marked as attachments)
are left out unless *inline_pictures* says otherwise: logos and signatures come with
ordinary mail every day, and holding them would teach everybody to release unread.
"""

from collections.abc import Iterator

from gateway.mail.message import Message
from gateway.mail.mime import Part
from gateway.mail.public import public
from gateway.policy.filter import Filter, RuleSettings
from gateway.policy.finding import Evidence, Finding
from gateway.register.register import Register


class Settings(RuleSettings, frozen=True):
    """*inline_pictures*: whether pictures shown within the text count when nobody read them."""

    inline_pictures: bool = False


def inspect(message: Message, register: Register, settings: Settings) -> Iterator[Finding]:
    """A finding for all such attachments, one for pictures, one for the message; none for mail inside."""
    if all(register.is_inside(address) for address in message.envelope.rcpt_to):
        return
    unread = tuple(_unread(message))
    unseen = tuple(_unseen(message, settings))
    broken = tuple(
        Evidence(where=f"part {defect.path}" if defect.path else "message", why=defect.text)
        for defect in message.defects
    )
    if unread:
        yield Finding(
            rule="uninspectable",
            summary=public("An attachment could not be read to the end, so nobody can say what is in it.")
            if len(unread) == 1
            else public(
                "{count} of the attachments could not be read to the end, so nobody can say what is in them.",
                count=len(unread),
            ),
            evidence=unread,
            suggestion="Send it in a usual format (PDF, Word, Excel, a picture), or ask a colleague to release it.",
            kind="attachment",
        )
    if unseen:
        yield Finding(
            rule="uninspectable",
            summary=public("An attachment holds pictures or scanned pages that could not be read.")
            if len(unseen) == 1
            else public(
                "{count} of the attachments hold pictures or scanned pages that could not be read.",
                count=len(unseen),
            ),
            evidence=unseen,
            suggestion="Send the text itself (PDF or Word) instead of a picture of it, or ask a colleague to release it.",
            kind="picture",
        )
    if broken:
        yield Finding(
            rule="uninspectable",
            summary=public(
                "The message is broken in a way that mail programs read differently, "
                "so nobody can say what its recipient will see."
            ),
            evidence=broken,
            suggestion="Write it anew in your mail program, attach its files again, and send that.",
            kind="structure",
        )


def _unread(message: Message) -> Iterator[Evidence]:
    """Files that were not read to their end."""
    for part in message.files:
        document = message.facts.documents.get(part.path)
        if document is None or not document.complete:
            yield Evidence(where=_name(part), why=document.unread if document else "it was not read")


def _unseen(message: Message, settings: Settings) -> Iterator[Evidence]:
    """What may show a text that nobody read."""
    for part in message.files:
        document = message.facts.documents.get(part.path)
        if document and document.unseen and (settings.inline_pictures or not _shown_in_text(part)):
            what = "a picture" if document.unseen == 1 else f"{document.unseen} pictures or scanned pages"
            yield Evidence(where=_name(part), why=f"{what} in it could not be read: {document.why_unseen}")


def _name(part: Part) -> str:
    return part.filename or "an attachment without a name"


def _shown_in_text(part: Part) -> bool:
    """A picture that the HTML around it refers to (RFC 2392), not one to be saved."""
    return (
        part.content_type.startswith("image/")
        and part.disposition != "attachment"
        and bool(part.headers.all("content-id"))
    )


FILTER = Filter(
    "uninspectable",
    Settings,
    inspect,
    needs=frozenset({"documents"}),
    kinds=frozenset({"attachment", "picture", "structure"}),
)
