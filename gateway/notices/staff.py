"""What the agency's own people are told: reviewers, the safeguarding lead, administrators."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from gateway.mail.address import canonical
from gateway.mail.envelope import Envelope
from gateway.mail.ids import new_id
from gateway.mail.public import Public, public
from gateway.notices.writer import Writer
from gateway.policy.verdict import Verdict
from gateway.remedy.explain import explain, shown
from gateway.remedy.outgoing import Outgoing
from gateway.remedy.tutor import is_inside
from gateway.review.concern import Kind
from gateway.review.held import Held
from gateway.sections import Settings

_REPORTED: dict[Kind, Public] = {
    "breach": public("A data breach was reported"),
    "concern": public("A safeguarding concern was reported"),
}


class ToStaff(Writer):
    """Nothing of a message is in any of these, and they go to addresses of the agency's alone."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(settings, clock)
        own, lead = settings.notices, settings.agency.safeguarding_lead
        self._administrators = own.administrators or tuple(filter(None, [lead]))
        self._digest = tuple({canonical(each): each for each in own.digest}.values())
        gathered = set(map(canonical, self._digest))
        self._reviewers = tuple(
            each for each in own.reviewers or filter(None, [lead]) if canonical(each) not in gathered
        )

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
