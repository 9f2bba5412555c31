"""
The contract between the gateway and a rule.

A rule is a value, not a class to inherit from::

    class Settings(RuleSettings, frozen=True):
        threshold: int = 5

    def inspect(message: Message, register: Register, settings: Settings) -> Iterable[Finding]:
        ...

    FILTER = Filter("bulk_disclosure", Settings, inspect)

It is found through the entry-point group ``chaperone.filters``. It is pure: no
files, no sockets, no clock (``message.envelope.received_at`` is now), and the
same message, register and settings always give the same findings.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec

from gateway.mail.message import Message
from gateway.misfit import TERM
from gateway.policy.finding import Finding
from gateway.quantities import ADDRESS
from gateway.register.register import Register

# Types for a rule's settings: a number that may be none, words to look for, a mail address.
Most = Annotated[int, msgspec.Meta(ge=0)]
Term = Annotated[str, msgspec.Meta(pattern=TERM)]
Address = Annotated[str, msgspec.Meta(pattern=ADDRESS)]


class RuleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule can be told in ``[policy.rules.<id>]``, besides action, stage and clauses."""


S = TypeVar("S", bound=RuleSettings)


@dataclass(frozen=True)
class Filter(Generic[S]):
    """
    One rule: its id, the type of its settings, and the function that looks.

    *needs* names the facts it depends on ("documents", "domains",
    "known_recipients"), which the pipeline then looks up. *kinds* are those that its
    findings may be of, so that a policy which misspells one is told; None: not said.
    """

    rule: str
    settings: type[S]
    inspect: Callable[[Message, Register, S], Iterable[Finding]]
    needs: frozenset[str] = frozenset()
    kinds: frozenset[str] | None = None
