"""All notices of the gateway, as the pipeline and the store ask for them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from gateway.mail.address import Mailbox, canonical
from gateway.mail.envelope import Envelope, Recipient
from gateway.mail.ids import new_id
from gateway.mail.message import Message
from gateway.mail.public import Public, public
from gateway.mail.reply import Reply
from gateway.notices.mail import Head, multipart, text_part, thread_of, write
from gateway.notices.replies import reply_for
from gateway.notices.report import report, wanted
from gateway.notices.texting import Text, text_message
from gateway.policy.finding import Remedy
from gateway.policy.verdict import Verdict
from gateway.remedy.apply import Repaired
from gateway.remedy.edit import one_line
from gateway.remedy.explain import explain, shown
from gateway.remedy.lifetime import working_days_after
from gateway.remedy.link import Links
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.remedy.tutor import is_inside, may_be_told, tutor_of
from gateway.review.concern import Kind
from gateway.review.held import Held
from gateway.sections import Settings
from gateway.settings import SettingsProblem
from gateway.wording import Wording

_SUBJECTS = {
    "rejected": public("Not sent: your message needs a change"),
    "held": public("Waiting: a colleague is looking at your message"),
    "changed": public("Sent, with a small change to your message"),
    "protected": public("Sent, with your attachment protected"),
    "advised": public("Sent. A tip for your next message"),
}
_PASSPHRASE = public("The passphrase for the file you sent")
_NO_PASSPHRASE = public("How the file you sent is opened")
_REPORTED: dict[Kind, Public] = {
    "breach": public("A data breach was reported"),
    "concern": public("A safeguarding concern was reported"),
}
_NAMES = (
    "explanation", "bare", "passphrase", "undelivered", "waiting",
    "released", "declined", "expired", "answered", "escalated", "reported", "busy", "news", "locked_out",
)  # fmt: skip


class Mails:
    """
    Writes them. Thread-safe; reads nothing but its templates, and those at once.

    *blind* is the store's keyed digest, which signs links; without it there are none.

    Raises:
        SettingsProblem: a template, a translation or the time zone cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        blind: Callable[[str], str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        own = settings.notices
        self._clock = clock
        self._agency = settings.agency
        self._base_url = settings.web.base_url.rstrip("/")
        self._links = Links(settings.web.base_url, blind) if blind else None
        try:
            self._zone = ZoneInfo(own.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsProblem(
                "notices", "notices.timezone", repr(own.timezone), "a time zone such as Europe/London"
            ) from None
        self._working_days = own.working_days
        self._passphrases_kept = timedelta(seconds=settings.retention.passphrases)
        self._text_for = timedelta(seconds=settings.protect.text_for)
        self._contact = own.contact or settings.agency.safeguarding_lead
        self._administrators = own.administrators or tuple(filter(None, [settings.agency.safeguarding_lead]))
        self._digest = tuple({canonical(each): each for each in own.digest}.values())
        gathered = set(map(canonical, self._digest))
        self._reviewers = tuple(
            each
            for each in own.reviewers or filter(None, [settings.agency.safeguarding_lead])
            if canonical(each) not in gathered
        )
        domain = settings.agency.domains[0] if settings.agency.domains else "localhost"
        self.sender = Mailbox(own.sender or f"chaperone@{domain}", settings.agency.name)
        self._wording = Wording(own.language, own.templates)
        self._wording.check(f"{name}.{form}" for name in _NAMES for form in ("txt", "html"))
        self._wording.check(["digest.txt"])

    def until(self, envelope: Envelope) -> datetime:
        """How long a message that was stopped can be put right."""
        return working_days_after(envelope.received_at, self._working_days)

    def reply(self, verdict: Verdict, envelope: Envelope, item: str) -> Reply:
        """The SMTP reply that refuses or holds; with a link where the message was kept as *item*."""
        tutor = self._listener(None, envelope)
        link = self._links.url(item, tutor, self.until(envelope)) if item and tutor and self._links else ""
        return reply_for(verdict, item, link)

    def explanation(
        self,
        message: Message | None,
        envelope: Envelope,
        verdict: Verdict,
        done: tuple[Remedy, ...] = (),
    ) -> Outgoing | None:
        """What happened to the message, why, and how to put it right; *done* is what was changed."""
        tutor = self._listener(message, envelope)
        if tutor is None or not (verdict.decisive or verdict.advice):
            return None
        told = explain(message, envelope.rcpt_to, verdict, done)
        link = told.outcome in ("rejected", "held")
        return self._mail(
            "explanation",
            tutor,
            _SUBJECTS[told.outcome],
            envelope,
            thread_of(message),
            told=told,
            link=link,
        )

    def bare(self, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """An explanation with nothing of the message in it, for when the full one may not leave."""
        tutor = self._listener(None, envelope)
        if tutor is None:
            return None
        told = explain(None, (), verdict)
        link = told.outcome in ("rejected", "held")
        return self._mail("bare", tutor, _SUBJECTS[told.outcome], envelope, told=told, link=link)

    def passphrase(self, message: Message, repaired: Repaired) -> tuple[Outgoing, ...]:
        """
        What opens a protected message: for its tutor, and as text messages to those who get one.

        Nothing where there is no tutor of ours. The passphrase goes by mail to nobody but the
        tutor, and not even there where the files went to the same mailbox.
        """
        tutor = tutor_of(message.envelope, self._agency)
        if tutor is None:
            return ()
        kept_until = message.envelope.received_at + self._passphrases_kept
        texted = dict.fromkeys(each.phone for each in repaired.readers if each.way == "sms")
        texts = []
        for phone in texted if repaired.passphrase else ():
            instead = tuple(
                msgspec.structs.replace(each, way="tutor") if each.phone == phone else each
                for each in repaired.readers
            )
            told = msgspec.structs.replace(repaired, readers=instead)
            said = self._wording.say(
                "%(agency)s: the passphrase for the file in our email is %(passphrase)s"
            ) % {"agency": one_line(self._agency.name), "passphrase": repaired.passphrase}
            until = message.envelope.received_at + self._text_for
            texts.append(
                text_message(phone, Text(said, until, self._told(message, told, tutor, kept_until, phone)))
            )
        return (self._told(message, repaired, tutor, kept_until), *texts)

    def _told(
        self, message: Message, repaired: Repaired, tutor: str, until: datetime, failed: str = ""
    ) -> Outgoing:
        """The tutor's part of it; *failed* is the number that no text message reached."""
        ways: dict[str, list[str]] = {"tutor": [], "sms": [], "family": [], "key": []}
        for each in repaired.readers:
            ways[each.way].append(shown(each.address))
        own = canonical(tutor)
        got_it = any(canonical(each.address) == own for each in repaired.readers if each.way == "tutor")
        waiting = [each for each in ways["tutor"] if canonical(each) != own]
        values: dict[str, Any] = {
            "passphrase": repaired.passphrase if waiting and not got_it else "",
            "withheld": bool(repaired.passphrase and got_it),
            "waiting": waiting,
            "texted": ways["sms"],
            "family": ways["family"],
            "sealed": ways["key"],
            "failed": bool(failed),
            "lookup": f"{self._base_url}/protected/{message.envelope.queue_id}"
            if repaired.passphrase and message.envelope.queue_id
            else "",
            "until": self._spoken(until),
            "withdraw": f"{self._base_url}/protected/{message.envelope.queue_id}" if repaired.pickups else "",
            "files": [{"name": shown(each.name), "how": shown(each.how)} for each in repaired.files],
        }
        return self._mail(
            "passphrase",
            tutor,
            _PASSPHRASE if repaired.passphrase else _NO_PASSPHRASE,
            message.envelope,
            thread_of(message),
            **values,
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
        words = multipart("alternative", "=_words", (plain, html))
        subject = public("Not delivered to everybody: an address was refused")
        head = self._head("undelivered", tutor, subject, message.envelope, thread_of(message))
        machine = report(refused, message, self.sender.domain)
        return _outgoing(tutor, write(head, words, *machine, kind="report; report-type=delivery-status"))

    def waiting(self, envelope: Envelope, verdict: Verdict) -> tuple[Outgoing, ...]:
        """For each reviewer: a message waits for a decision. Nothing of the message is in it."""
        return self._waiting(self._reviewers, envelope, verdict)

    def passed_on(self, envelope: Envelope, verdict: Verdict) -> tuple[Outgoing, ...]:
        """For the safeguarding lead: a message waits for their decision alone."""
        return self._waiting(tuple(filter(None, [self._agency.safeguarding_lead])), envelope, verdict)

    def _waiting(self, people: tuple[str, ...], envelope: Envelope, verdict: Verdict) -> tuple[Outgoing, ...]:
        subject = public("A message is waiting for review")
        told = explain(None, (), verdict)
        inside = (each for each in people if is_inside(each, self._agency))
        return tuple(self._mail("waiting", each, subject, envelope, told=told) for each in inside)

    def news(self, count: int, new: int, oldest: datetime) -> tuple[Outgoing, ...]:
        """For those who hear of all new messages at once: how many wait, and since when. Names nobody."""
        subject = public("New messages wait for review")
        now = Envelope(mail_from="", recipients=(), received_at=self._clock(), queue_id="news")
        since = self._spoken(oldest)
        people = (each for each in self._digest if is_inside(each, self._agency))
        return tuple(
            self._mail("news", each, subject, now, count=count, new=new, oldest=since) for each in people
        )

    def escalated(self, held: tuple[Held, ...]) -> tuple[Outgoing, ...]:
        """For the safeguarding lead: these have waited too long. How many and since when, and no more."""
        lead = self._agency.safeguarding_lead
        if not held or not lead or not is_inside(lead, self._agency):
            return ()
        subject = public("Messages have waited too long for a decision")
        now = Envelope(mail_from="", recipients=(), received_at=self._clock(), queue_id=held[0].id)
        oldest = self._spoken(min(each.held_at for each in held))
        reserved = sum(each.reserved for each in held)
        return (
            self._mail("escalated", lead, subject, now, count=len(held), reserved=reserved, oldest=oldest),
        )

    def busy(self, who: str, counted: str, limit: int) -> tuple[Outgoing, ...]:
        """For the administrators: somebody has sent all that they may in an hour (*counted*: what)."""
        subject = public("Somebody has reached the hourly limit")
        now = Envelope(mail_from="", recipients=(), received_at=self._clock(), queue_id=new_id())
        people = (each for each in self._administrators if is_inside(each, self._agency))
        return tuple(
            self._mail("busy", each, subject, now, who=shown(who), counted=counted, limit=limit)
            for each in people
        )

    def locked_out(self, account: str, addresses: Iterable[str], peer: str) -> tuple[Outgoing, ...]:
        """For an account's owner and the administrators: somebody guessed too often, from that place."""
        subject = public("Too many attempts to sign in")
        now = Envelope(mail_from="", recipients=(), received_at=self._clock(), queue_id=new_id())
        people = {each.casefold(): each for each in (*self._administrators, *addresses)}.values()
        return tuple(
            self._mail("locked_out", each, subject, now, account=shown(account), peer=shown(peer))
            for each in people
            if is_inside(each, self._agency)
        )

    def reported(self, item: str, kind: Kind, report: str) -> tuple[Outgoing, ...]:
        """For the safeguarding lead: somebody reported a breach or a concern. A link, and nothing of it."""
        lead = self._agency.safeguarding_lead
        if not lead or not is_inside(lead, self._agency):
            return ()
        now = Envelope(mail_from="", recipients=(), received_at=self._clock(), queue_id=f"{item}/{report}")
        return (self._mail("reported", lead, _REPORTED[kind], now, kind=kind, item=item, report=report),)

    def digest(self, count: int, new: int, oldest: datetime) -> tuple[Public, str]:
        """Title and text for reviewers' chat rooms: how many wait, since when, and where. Names nobody."""
        title = Public(self._wording.say(public("New messages wait for review")))
        return title, self._wording.plain(
            "digest", count=count, new=new, oldest=self._spoken(oldest), console=self._base_url
        )

    def released(self, envelope: Envelope, item: str) -> Outgoing | None:
        """A reviewer let the message go."""
        subject = public("Sent: your message was released")
        return self._ended("released", envelope, subject, item=shown(item))

    def rejected(self, envelope: Envelope, verdict: Verdict, item: str, note: str) -> Outgoing | None:
        """A reviewer refused the message; *note* is what they say to the tutor."""
        subject = public("Not sent: your message was reviewed")
        told = explain(None, (), verdict)
        return self._ended("declined", envelope, subject, item=shown(item), note=shown(note), told=told)

    def expired(self, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """Nobody put the message right in time, so it was not sent."""
        subject = public("Not sent: your message waited too long")
        return self._ended("expired", envelope, subject, told=explain(None, (), verdict))

    def answered(self, envelope: Envelope, state: str) -> Outgoing | None:
        """What became of a message after its tutor answered by mail."""
        return self._ended("answered", envelope, public("Your answer has arrived"), state=state)

    def _ended(self, name: str, envelope: Envelope, subject: Public, **values: Any) -> Outgoing | None:
        tutor = self._listener(None, envelope)
        return None if tutor is None else self._mail(name, tutor, subject, envelope, **values)

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
        *,
        link: bool = False,
        **values: Any,
    ) -> Outgoing:
        answers = ""
        if name in ("explanation", "bare"):
            values |= {"link": "", "until": ""}
        if link and envelope.queue_id and self._links:
            ends = self.until(envelope)
            values["link"] = self._links.url(envelope.queue_id, to, ends)
            values["until"] = self._spoken(ends)
            local, _, domain = self.sender.address.rpartition("@")
            answers = f"{local}+{self._links.token(envelope.queue_id, to, ends)}@{domain}"
        head = self._head(name, to, subject, envelope, thread, answers)
        return _outgoing(to, write(head, *self._texts(name, envelope, **values)))

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


def _outgoing(to: str, raw: bytes) -> Outgoing:
    """From the null sender, so that nothing can answer it (RFC 5321, 4.5.5)."""
    return Outgoing(mail_from="", recipients=(Recipient(to),), raw=raw, smtputf8=not to.isascii())
