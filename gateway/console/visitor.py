"""Whoever asks, through a page or the API, and what can be in their way: one set of words for both."""

from datetime import datetime
from typing import Protocol

from gateway import journal
from gateway.console.parts import Parts
from gateway.mail.account import Account
from gateway.mail.public import public
from gateway.review.errors import NoSuchItem, StoreTrouble, Tampered, WrongState
from gateway.review.rules import NotAllowed, Obstacle


class Visitor(Protocol):
    """Somebody who asks for something."""

    @property
    def parts(self) -> Parts:
        """What the console works with."""
        ...

    @property
    def account(self) -> Account | None:
        """Who it is; None for nobody known."""
        ...

    @property
    def who(self) -> str:
        """The name for the audit trail."""
        ...

    def may(self, roles: frozenset[str]) -> bool:
        """Whether they have one of the roles."""
        ...

    def moment(self, when: datetime) -> str:
        """A time in words, in the agency's time zone."""
        ...


class InTheWay(Exception):
    """It cannot be done: an HTTP status, a title, and what to do about it. Nothing was changed."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.text = text


_REFUSED: dict[Obstacle, tuple[str, str]] = {
    "role": ("Not for your role", "Only reviewers and the safeguarding lead decide. Nothing was changed."),
    "own": ("Your own message", "A colleague decides on messages that you wrote. Nothing was changed."),
    "reserved": ("For the safeguarding lead", "Only the safeguarding lead decides on this message."),
    "late": ("Too late", "It was done already and cannot be taken back."),
}
KNOWN = (InTheWay, NoSuchItem, NotAllowed, WrongState, StoreTrouble)


def in_the_way(fault: Exception) -> InTheWay:
    """One of the KNOWN, in words."""
    match fault:
        case InTheWay():
            return fault
        case NoSuchItem():
            return InTheWay(404, "Nothing here", "There is no such page or message.")
        case NotAllowed():
            return InTheWay(403, *_REFUSED[fault.why])
        case WrongState():
            return InTheWay(409, "Somebody was quicker", f"Its state is “{fault.state}” by now.")
        case Tampered():
            ticket = journal.trouble(public("something in the store was changed or lost"), fault)
            return InTheWay(
                503,
                "It cannot be read",
                "Its record was damaged or changed in the store, so it is neither shown nor sent. "
                f"Please tell whoever runs the gateway. Reference {ticket}",
            )
        case _:
            ticket = journal.trouble(public("the console could not reach the store"), fault)
            return InTheWay(
                503,
                "Not just now",
                f"The gateway’s store did not answer. Nothing was changed; please try again. Reference {ticket}",
            )
