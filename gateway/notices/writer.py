"""How a notice of the gateway's own is written: its templates, its language, its head."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.mail.address import Mailbox
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.public import Public
from gateway.notices.mail import Head, text_part, write
from gateway.remedy.edit import one_line
from gateway.remedy.outgoing import Outgoing
from gateway.sections import Settings
from gateway.settings import SettingsProblem
from gateway.wording import Wording

_NAMES = (
    "explanation", "bare", "passphrase", "undelivered", "waiting",
    "released", "declined", "expired", "answered", "escalated", "reported", "busy", "news", "locked_out",
)  # fmt: skip


class Writer:
    """
    Writes mails from templates. Thread-safe; reads nothing but these, and those at once.

    Raises:
        SettingsProblem: a template, a translation or the time zone cannot be used.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        own = settings.notices
        self._clock = clock
        self._agency = settings.agency
        self._base_url = settings.web.base_url.rstrip("/")
        self._contact = own.contact or settings.agency.safeguarding_lead
        try:
            self._zone = ZoneInfo(own.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsProblem(
                "notices", "notices.timezone", repr(own.timezone), "a time zone such as Europe/London"
            ) from None
        domain = settings.agency.domains[0] if settings.agency.domains else "localhost"
        self.sender = Mailbox(own.sender or f"chaperone@{domain}", settings.agency.name)
        self._wording = Wording(own.language, own.templates)
        self._wording.check(f"{name}.{form}" for name in _NAMES for form in ("txt", "html"))
        self._wording.check(["digest.txt"])

    def _mail(
        self,
        name: str,
        to: str,
        subject: Public,
        envelope: Envelope,
        thread: tuple[str, ...] = (),
        answers: str = "",
        **values: Any,
    ) -> Outgoing:
        """The notice of that *name*, about the message with that envelope; *answers* go to that address."""
        head = self._head(name, to, subject, envelope, thread, answers)
        return from_nobody(to, write(head, *self._texts(name, envelope, **values)))

    def _head(
        self,
        name: str,
        to: str,
        subject: Public,
        envelope: Envelope,
        thread: tuple[str, ...],
        answers: str = "",
    ) -> Head:
        return Head(
            sender=self.sender,
            to=to,
            subject=Public(self._wording.say(subject)),
            date=envelope.received_at,
            key=f"{name} {envelope.queue_id} {envelope.received_at.isoformat()}",
            thread=thread,
            answers=answers,
        )

    def _texts(self, name: str, envelope: Envelope, **values: object) -> tuple[bytes, bytes]:
        values |= {
            "agency": one_line(self._agency.name),
            "contact": self._contact,
            "when": self._spoken(envelope.received_at),
            "console": self._base_url,
        }
        return (
            text_part(self._wording.plain(name, **values), "plain"),
            text_part(self._wording.html(name, **values), "html"),
        )

    def _spoken(self, moment: datetime) -> str:
        return self._wording.moment(moment.astimezone(self._zone))


def from_nobody(to: str, raw: bytes) -> Outgoing:
    """From the null sender, so that nothing can answer it (RFC 5321, 4.5.5)."""
    return Outgoing(mail_from="", recipients=(Recipient(to),), raw=raw, smtputf8=not to.isascii())
