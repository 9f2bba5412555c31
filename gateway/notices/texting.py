"""
Passphrases by text message, through the services that Apprise speaks.

A text message goes through the outbox like a mail, to the "address" ``sms:`` and a number,
so that it is on disk before its message leaves, waits for the relay's answer, and is
tried again. What no service has taken in time goes to the tutor instead.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from gateway import journal
from gateway.mail.envelope import Recipient
from gateway.mail.public import public
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.sections import Protect
from gateway.settings import SettingsProblem

_SCHEME = "sms:"
_PHONE = "{phone}"
_VARIABLE = "CHAPERONE_SMS_URL"


class Text(msgspec.Struct, frozen=True):
    """What is to be said, and the mail that goes to the tutor where nobody could be told by *until*."""

    text: str
    until: datetime
    instead: Outgoing


def text_message(phone: str, text: Text) -> Outgoing:
    """A text message for the outbox; an empty header comes before its JSON, as if it were a mail."""
    return Outgoing(
        mail_from="", recipients=(Recipient(_SCHEME + phone),), raw=b"\r\n" + msgspec.json.encode(text)
    )


class Relay(Protocol):
    """The next hop of mail."""

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand a message over."""
        ...


class Outbox(Protocol):
    """Where the mail to the tutor goes."""

    async def enqueue(self, *mails: Outgoing) -> object:
        """Put mail into the outbox."""
        ...


class Texting:
    """The relay as the outbox sees it: mail goes on to the real one, text messages to their service."""

    def __init__(
        self,
        relay: Relay,
        outbox: Outbox,
        url: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._relay = relay
        self._outbox = outbox
        self._url = url
        self._clock = clock

    async def deliver(self, outgoing: Outgoing) -> Delivery:
        """Hand it over. A text message that was not taken is refused for now, or in the end for good."""
        address = outgoing.recipients[0].address
        if not address.startswith(_SCHEME):
            return await self._relay.deliver(outgoing)
        text = msgspec.json.decode(outgoing.raw[2:], type=Text)
        phone = address.removeprefix(_SCHEME)
        taken = await asyncio.to_thread(_taken, self._url, phone, text.text) if self._url else False
        if taken:
            return Delivery(Reply(250, "2.0.0", ("the text message was taken",)))
        if self._url and self._clock() < text.until:
            return Delivery(Reply(451, "4.4.1", ("no service took the text message",)))
        await self._outbox.enqueue(text.instead)
        journal.event("text_given_up", reason=public("no service took it; the tutor is told instead"))
        return Delivery(Reply(550, "5.4.7", ("no service took the text message in time",)))


def _taken(url: str, phone: str, text: str) -> bool:
    """Apprise's own answer; its log, which quotes addresses and texts, goes nowhere."""
    from apprise import Apprise, AppriseAsset

    logging.getLogger("apprise").disabled = True
    service = Apprise(asset=AppriseAsset(async_mode=False, storage_mode="memory", secure_logging=True))
    return bool(service.add(url.replace(_PHONE, phone)) and service.notify(body=text))


def read_url(section: Protect) -> str:
    """
    The service's address, a secret, from its file or the environment; "" where no text messages are sent.

    Raises:
        SettingsProblem: it is wanted and not there, or no service Apprise knows.
    """
    if section.passphrase != "sms":  # noqa: S105 -- a way, no secret
        return ""
    url = os.environ.get(_VARIABLE, "")
    if not url and section.sms_url_file:
        try:
            url = section.sms_url_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            found = type(problem).__name__
            raise SettingsProblem(
                section.sms_url_file, "protect.sms_url_file", found, "a readable file"
            ) from None
    from apprise import Apprise

    logging.getLogger("apprise").disabled = True
    if _PHONE not in url or not Apprise().add(url.replace(_PHONE, "+447700900123")):
        expected = (
            f"an SMS service's address as Apprise has it, with {_PHONE} in it ({_VARIABLE} or the file)"
        )
        raise SettingsProblem("protect", "protect.passphrase", "no service for text messages", expected)
    return url
