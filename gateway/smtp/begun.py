"""A transaction that is opened at the relay while the client still names recipients."""

from collections.abc import Sequence

from gateway.mail.envelope import Recipient
from gateway.mail.reply import Reply
from gateway.remedy.outgoing import Delivery, Outgoing
from gateway.smtp.capabilities import mail_command, rcpt_command, refusal
from gateway.smtp.conversation import ConnectionBroken, Conversation
from gateway.smtp.pool import Pool

EARLY_PATIENCE = 10.0  # seconds, at most; whoever names recipients waits no longer for the relay
_TRACE_SIZE = 400  # octets, at most, that our trace field adds to what the client announced


class Begun:
    """
    An open transaction, with the recipients that the relay has accepted in it.

    It must end in `finish` or `give_up`, once.
    """

    def __init__(self, pool: Pool, conversation: Conversation, mail: str, patience: float) -> None:
        self._pool = pool
        self._conversation = conversation
        self._mail = mail  # as it was said, less the size
        self._patience = patience
        self._accepted: list[Recipient] = []

    async def add(self, more: Sequence[Recipient]) -> list[Reply]:
        """Ask for further recipients. No replies: the relay is gone, and `deliver` finds out."""
        known = self._conversation.extensions
        try:
            answers = await self._conversation.add(
                [rcpt_command(known, each) for each in more], self._patience
            )
        except ConnectionBroken:
            return []
        self.note(more, answers)
        return answers

    def note(self, asked: Sequence[Recipient], answers: Sequence[Reply]) -> None:
        """Remember who was accepted."""
        self._accepted += [each for each, answer in zip(asked, answers, strict=True) if answer.accepted]

    async def finish(self, outgoing: Outgoing, patience: float) -> Delivery | None:
        """
        Send the message, if it is the one that the transaction was opened for; None if it is another.

        Raises:
            ConnectionBroken: there was no answer.
            Full: the relay gets as many messages a minute as it is to get.
        """
        known = self._conversation.extensions
        fits = (
            tuple(self._accepted) == outgoing.recipients
            and refusal(known, outgoing, verified=self._pool.hop.verified) is None
            and mail_command(known, outgoing) == self._mail
        )
        if not fits or self._conversation.broken:
            self.give_up()
            return None
        await self._pool.gate.pace(patience)
        reply = await self._conversation.finish(outgoing, patience)
        if reply.code == 421 and self._conversation.broken:
            raise ConnectionBroken
        self._pool.keep(self._conversation)
        return Delivery(reply)

    def give_up(self) -> None:
        """Leave the transaction."""
        self._conversation.leave()
        self._pool.keep(self._conversation)


async def begin(
    pool: Pool, conversation: Conversation, draft: Outgoing, size: int, patience: float
) -> tuple[Begun | None, list[Reply]]:
    """
    Open a transaction for *draft*: a reply for each of its recipients.

    Raises:
        ConnectionBroken: the relay is gone.
    """
    known = conversation.extensions
    refused = refusal(known, draft, verified=pool.hop.verified)
    if refused is not None:
        pool.keep(conversation)
        return None, [refused] * len(draft.recipients)
    mail = mail_command(known, draft)
    said = mail_command(known, draft, size + _TRACE_SIZE) if size else mail
    commands = [rcpt_command(known, each) for each in draft.recipients]
    sender, answers = await conversation.begin(said, commands, patience)
    begun = Begun(pool, conversation, mail, patience)
    if not sender.accepted:
        begun.give_up()
        return None, [sender] * len(draft.recipients)
    begun.note(draft.recipients, answers)
    return begun, answers
