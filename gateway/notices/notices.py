"""All notices of the gateway, as the pipeline and the store ask for them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.mail.address import Mailbox
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.message import Message
from gateway.mail.public import Public, public
from gateway.mail.reply import Reply
from gateway.notices.audience import is_inside, may_be_told, tutor_of
from gateway.notices.mail import Head, multipart, text_part, thread_of, write
from gateway.notices.replies import reply_for
from gateway.notices.report import report, wanted
from gateway.notices.wording import Wording
from gateway.policy.verdict import Verdict
from gateway.remedy.apply import Repaired
from gateway.remedy.edit import one_line
from gateway.remedy.explain import explain, shown
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.settings import Settings

_SUBJECTS = {
    "rejected": public("Not sent: your message needs a change"),
    "held": public("Waiting: a colleague is looking at your message"),
    "changed": public("Sent, with a small change to your message"),
    "protected": public("Sent, with your attachment protected"),
    "advised": public("Sent. A tip for your next message"),
}


class Mails:
    """Writes them. Thread-safe; reads nothing but its templates."""

    def __init__(self, settings: Settings) -> None:
        self._agency = settings.agency
        self._base_url = settings.web.base_url.rstrip("/")
        self._zone = ZoneInfo(settings.notices.timezone)
        self._contact = settings.notices.contact or settings.agency.safeguarding_lead
        self._reviewers = settings.notices.reviewers or tuple(
            filter(None, [settings.agency.safeguarding_lead])
        )
        domain = settings.agency.domains[0] if settings.agency.domains else "localhost"
        self.sender = Mailbox(settings.notices.sender or f"chaperone@{domain}", settings.agency.name)
        self._wording = Wording(settings.notices.templates)

    def reply(self, verdict: Verdict, item: str) -> Reply:
        """The SMTP reply that refuses or holds."""
        return reply_for(verdict, item)

    def explanation(self, message: Message | None, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """What happened to the message, why, and how to put it right."""
        tutor = self._listener(message, envelope)
        if tutor is None or not (verdict.decisive or verdict.advice):
            return None
        told = explain(message, envelope.rcpt_to, verdict)
        subject = _SUBJECTS[told.outcome]
        return self._mail("explanation", tutor, subject, envelope, thread_of(message), told=told)

    def bare(self, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """An explanation with nothing of the message in it, for when the full one may not leave."""
        tutor = self._listener(None, envelope)
        if tutor is None:
            return None
        told = explain(None, (), verdict)
        return self._mail("bare", tutor, _SUBJECTS[told.outcome], envelope, told=told)

    def passphrase(self, message: Message, repaired: Repaired) -> Outgoing | None:
        """The passphrase of a protected message, for its tutor alone."""
        tutor = tutor_of(message.envelope, self._agency)
        if tutor is None or repaired.passphrase is None:
            return None
        return self._mail(
            "passphrase",
            tutor,
            public("The passphrase for the file you sent"),
            message.envelope,
            thread_of(message),
            passphrase=repaired.passphrase,
            files=[{"name": shown(each.name), "how": shown(each.how)} for each in repaired.files],
            recipients=[shown(each) for each in message.envelope.rcpt_to],
        )

    def undelivered(self, message: Message, delivery: Delivery) -> Outgoing | None:
        """A delivery report for recipients that the relay refused."""
        tutor = tutor_of(message.envelope, self._agency)
        refused = wanted(message, delivery)
        if tutor is None or not refused:
            return None
        plain, html = self._texts(
            "undelivered",
            message.envelope,
            refused=[{"address": shown(address), "answer": shown(reply.text)} for address, reply in refused],
            everybody=len(refused) == len(message.envelope.recipients),
        )
        gateway = self.sender.domain
        words = multipart("alternative", "=_words", (plain, html))
        subject = public("Not delivered to everybody: an address was refused")
        head = self._head("undelivered", tutor, subject, message.envelope, thread_of(message))
        return _outgoing(
            tutor,
            write(
                head, words, *report(refused, message, gateway), kind="report; report-type=delivery-status"
            ),
        )

    def waiting(self, envelope: Envelope, verdict: Verdict) -> tuple[Outgoing, ...]:
        """For each reviewer: a message waits for a decision. Nothing of the message is in it."""
        subject = public("A message is waiting for review")
        told = explain(None, (), verdict)
        people = (each for each in self._reviewers if is_inside(each, self._agency))
        mails = (self._mail("waiting", each, subject, envelope, told=told) for each in people)
        return tuple(mails)

    def released(self, envelope: Envelope, item: str) -> Outgoing | None:
        """A reviewer let the message go."""
        return self._decided("released", envelope, public("Sent: your message was released"), item, "")

    def rejected(self, envelope: Envelope, verdict: Verdict, item: str, note: str) -> Outgoing | None:
        """A reviewer refused the message; *note* is what they say to the tutor."""
        told = explain(None, (), verdict)
        return self._decided(
            "declined", envelope, public("Not sent: your message was reviewed"), item, note, told
        )

    def _decided(
        self, name: str, envelope: Envelope, subject: Public, item: str, note: str, told: object = None
    ) -> Outgoing | None:
        tutor = self._listener(None, envelope)
        if tutor is None:
            return None
        return self._mail(name, tutor, subject, envelope, item=shown(item), note=shown(note), told=told)

    def _listener(self, message: Message | None, envelope: Envelope) -> str | None:
        tutor = may_be_told(message, envelope, self._agency)
        return None if tutor and tutor.casefold() == self.sender.address.casefold() else tutor

    def _mail(
        self,
        name: str,
        to: str,
        subject: Public,
        envelope: Envelope,
        thread: tuple[str, ...] = (),
        **values: object,
    ) -> Outgoing:
        head = self._head(name, to, subject, envelope, thread)
        return _outgoing(to, write(head, *self._texts(name, envelope, **values)))

    def _head(self, name: str, to: str, subject: Public, envelope: Envelope, thread: tuple[str, ...]) -> Head:
        key = f"{name} {envelope.queue_id} {envelope.received_at.isoformat()}"
        return Head(
            sender=self.sender, to=to, subject=subject, date=envelope.received_at, key=key, thread=thread
        )

    def _texts(self, name: str, envelope: Envelope, **values: object) -> tuple[bytes, bytes]:
        values |= {
            "agency": one_line(self._agency.name),
            "contact": self._contact,
            "when": _spoken(envelope.received_at.astimezone(self._zone)),
            "console": self._base_url,
        }
        return (
            text_part(self._wording.plain(name, **values), "plain"),
            text_part(self._wording.html(name, **values), "html"),
        )


def _outgoing(to: str, raw: bytes) -> Outgoing:
    """From the null sender, so that nothing can answer it (RFC 5321, 4.5.5)."""
    return Outgoing(mail_from="", recipients=(Recipient(to),), raw=raw, smtputf8=not to.isascii())


def _spoken(moment: datetime) -> str:
    return f"{moment:%H:%M} on {moment:%A} {moment.day} {moment:%B}"
