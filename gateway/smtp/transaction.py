"""MAIL and RCPT: the envelope, each recipient asked for at the relay before the client goes on."""

import msgspec

from gateway import journal
from gateway.mail.address import canonical
from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Outgoing
from gateway.smtp import replies
from gateway.smtp.begun import Begun
from gateway.smtp.dispatch import Waiting
from gateway.smtp.forwarding import Forwarding
from gateway.smtp.parameters import announced_size, fault_of_mail, fault_of_rcpt, options
from gateway.smtp.paths import BadParameter, BadPath, Path, parse_path
from gateway.smtp.senders import owns


class Transaction(Forwarding):
    """
    Gathers an envelope.

    RCPT commands that come in one packet are asked for in one group: their
    replies wait in *_owed* until a command of another kind, or until the client
    has to be answered.
    """

    sender: Path | None = None
    draft: Outgoing
    recipients: list[Recipient]
    _begun: Begun | None = None
    _owed: list[Recipient | bytes]

    @property
    def in_transaction(self) -> bool:
        """Whether MAIL has been given."""
        return self.sender is not None

    def _set_rset_state(self) -> None:
        """Forget the envelope, here and at the relay."""
        super()._set_rset_state()
        self.sender = None
        self.recipients = []
        self._owed = []
        if self._begun is not None:
            self._begun.give_up()
            self._begun = None

    def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a message."""
        if not self.helo:
            self.complain(replies.HELO_FIRST)
        elif self.must_sign_in:
            self.complain(replies.SIGN_IN_FIRST)
        elif self.sender is not None:
            self.complain(replies.MAIL_TWICE)
        else:
            self._mail(arg or "")

    def _mail(self, argument: str) -> None:
        try:
            path = parse_path(argument, "FROM:")
        except BadPath:
            self.complain(replies.MAIL_SYNTAX)
            return
        except BadParameter:
            self.complain(replies.PARAMETER_SYNTAX)
            return
        fault = fault_of_mail(path, requiretls=self.offers_requiretls)
        limit = self.size_limit
        if fault is not None:
            self.complain(fault)
        elif self.account is not None and not owns(self.account, path.address):
            self.push_bytes(replies.NOT_YOUR_ADDRESS)
        elif announced_size(path) > limit:
            self.push_bytes(replies.too_large(limit))
        elif not self.door.hourly.messages.takes(self._payer(path)):
            self._over_limit(path, "messages", self.door.hourly.messages.limit)
            self.push_bytes(replies.TOO_MUCH_THIS_HOUR)
        else:
            self.sender = path
            self.recipients = []
            self.draft = Outgoing(
                mail_from=path.address,
                recipients=(),
                raw=b"",
                mail_options=options(path),
                smtputf8="SMTPUTF8" in path.parameters,
            )
            self.push_bytes(replies.SENDER)

    def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient, if the relay takes it."""
        if self.sender is None:
            self.complain(replies.MAIL_FIRST)
            return
        self._owed.append(self._rcpt(arg or "", self.sender))

    def _rcpt(self, argument: str, sender: Path) -> Recipient | bytes:
        try:
            path = parse_path(argument, "TO:")
        except BadPath:
            return replies.RCPT_SYNTAX
        except BadParameter:
            return replies.PARAMETER_SYNTAX
        if not path.address:
            return replies.RCPT_SYNTAX
        if len(self.recipients) + len(self._owed) >= self.door.smtp.max_recipients:
            return replies.TOO_MANY_RECIPIENTS
        fault = fault_of_rcpt(path, sender)
        if fault is None and not self.door.hourly.named.takes(self._payer(sender)):
            self._over_limit(sender, "recipients", self.door.hourly.named.limit)
            return replies.TOO_MUCH_THIS_HOUR
        return fault or Recipient(path.address, options(path))

    def _over_limit(self, sender: Path, counted: str, limit: int) -> None:
        journal.event("hourly_limit_reached")
        self.door.on_limit(self._payer(sender), counted, limit)

    def _payer(self, sender: Path) -> str:
        """Whose hour a message counts to."""
        return self.account.name if self.account is not None else self.login or canonical(sender.address)

    def complain(self, reply: bytes) -> None:
        """Reply in turn: behind the recipients whose replies are owed, and counted then."""
        if self._owed:
            self._owed.append(reply)
        else:
            super().complain(reply)

    def owed(self) -> Waiting:
        """What asks the relay for the recipients whose replies are owed."""
        return self._settle() if self._owed else None

    async def _settle(self) -> None:
        """Reply to the recipients in their order."""
        owed, self._owed = self._owed, []
        named = [each for each in owed if isinstance(each, Recipient) and not self.door.is_ours(each.address)]
        try:
            answers = iter(await self._consult(named))
        except Exception as error:  # noqa: BLE001 -- each of them is owed a reply, or the client would miscount
            self._excuse(error, len(owed))
            return
        for each in owed:
            if isinstance(each, bytes):
                self.complain(each)
                continue
            answer = None if self.door.is_ours(each.address) else next(answers, None)
            if answer is None or answer.accepted:
                self.recipients.append(each)
                self.push_bytes(replies.RECIPIENT)
            else:
                if answer.code == 421:  # it is the relay that hangs up, not we (RFC 5321, 3.8)
                    answer = msgspec.structs.replace(answer, code=451)
                self.push_bytes(answer.wire().encode("ascii", "replace") + b"\r\n")

    async def _consult(self, named: list[Recipient]) -> list[Reply]:
        """The relay's answers; none where it cannot be asked."""
        if self.next_hop is None or self.sender is None or not named:
            return []
        if self._begun is not None:
            return await self._begun.add(named)
        draft = msgspec.structs.replace(self.draft, recipients=tuple(named))
        self._begun, answers = await self.next_hop.begin(draft, announced_size(self.sender))
        return answers
