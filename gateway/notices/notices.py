"""All notices of the gateway, as the pipeline and the store ask for them; here, what a message's tutor is told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.message import Message
from gateway.mail.public import Public, public
from gateway.mail.reply import Reply
from gateway.notices.mail import multipart, thread_of, write
from gateway.notices.replies import reply_for
from gateway.notices.report import report, wanted
from gateway.notices.staff import ToStaff
from gateway.notices.texting import Text, text_message
from gateway.notices.writer import from_nobody
from gateway.policy.finding import Remedy
from gateway.policy.verdict import Verdict
from gateway.remedy.apply import Repaired
from gateway.remedy.edit import one_line
from gateway.remedy.explain import Explanation, explain, shown
from gateway.remedy.lifetime import working_days_after
from gateway.remedy.link import Links
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.remedy.tutor import may_be_told, tutor_of
from gateway.sections import Settings

_SUBJECTS = {
    "rejected": public("Not sent: your message needs a change"),
    "held": public("Waiting: a colleague is looking at your message"),
    "changed": public("Sent, with a small change to your message"),
    "protected": public("Sent, with your attachment protected"),
    "advised": public("Sent. A tip for your next message"),
}
_NEW = ("tutor", "sms")  # whose files open with the new passphrase
_PASSPHRASE = public("The passphrase for the file you sent")
_NO_PASSPHRASE = public("How the file you sent is opened")


class Mails(ToStaff):
    """
    Writes them all. *blind* is the store's keyed digest, which signs links; without it there are none.

    Raises:
        SettingsProblem: as `Writer` does.
    """

    def __init__(
        self,
        settings: Settings,
        blind: Callable[[str], str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(settings, clock)
        self._links = Links(settings.web.base_url, blind) if blind else None
        self._working_days = settings.notices.working_days
        self._passphrases_kept = timedelta(seconds=settings.retention.passphrases)
        self._text_for = timedelta(seconds=settings.protect.text_for)

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
        return self._stopped("explanation", tutor, told, envelope, thread_of(message))

    def bare(self, envelope: Envelope, verdict: Verdict) -> Outgoing | None:
        """An explanation with nothing of the message in it, for when the full one may not leave."""
        tutor = self._listener(None, envelope)
        if tutor is None:
            return None
        told = explain(None, (), verdict)
        return self._stopped("bare", tutor, told, envelope)

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
        got_it = any(canonical(each.address) == own and each.way in _NEW for each in repaired.readers)
        waiting = [each for each in ways["tutor"] if canonical(each) != own]
        opened_by: dict[str, list[str]] = {}
        for file in repaired.files:
            opened_by.setdefault(shown(file.how), []).append(shown(file.name))
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
            "files": [{"name": ", ".join(names), "how": how} for how, names in opened_by.items()],
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
        return from_nobody(tutor, write(head, words, *machine, kind="report; report-type=delivery-status"))

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

    def _stopped(
        self, name: str, tutor: str, told: Explanation, envelope: Envelope, thread: tuple[str, ...] = ()
    ) -> Outgoing:
        """With a link, and an address for answers, where the message was kept and can be put right."""
        link = until = answers = ""
        if told.outcome in ("rejected", "held") and envelope.queue_id and self._links:
            ends = self.until(envelope)
            link = self._links.url(envelope.queue_id, tutor, ends)
            until = self._spoken(ends)
            local, _, domain = self.sender.address.rpartition("@")
            answers = f"{local}+{self._links.token(envelope.queue_id, tutor, ends)}@{domain}"
        subject = _SUBJECTS[told.outcome]
        return self._mail(name, tutor, subject, envelope, thread, answers, told=told, link=link, until=until)

    def _listener(self, message: Message | None, envelope: Envelope) -> str | None:
        tutor = may_be_told(message, envelope, self._agency)
        return None if tutor and tutor.casefold() == self.sender.address.casefold() else tutor
