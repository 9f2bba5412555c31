"""
What was looked up for a message before any rule sees it.

A rule is a pure function. Whatever needs the network, the clock, the store or a
worker process is found out by the pipeline and handed in here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from gateway.mail.document import Document

DomainState = Literal["takes_mail", "null_mx", "no_such_domain", "no_mail_host", "unknown"]


class Facts(msgspec.Struct, frozen=True):
    """
    The facts of one message.

    *documents*: each attachment as it was read, by the part's path. A part that
    is missing here was not read, which is not the same as empty.
    *domains*: what DNS says of each recipient's domain. *known_recipients*: the
    canonical addresses, of those in the envelope, that the agency has written
    to before; None where no history is kept.
    """

    documents: Mapping[str, Document] = MappingProxyType({})
    domains: Mapping[str, DomainState] = MappingProxyType({})
    known_recipients: frozenset[str] | None = None
