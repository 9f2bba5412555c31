"""DATA and BDAT: the message, and the gateway's answer to it (RFC 5321, 4.1.1.4; RFC 3030)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import ClassVar

import msgspec

from gateway import journal
from gateway.mail.envelope import Envelope
from gateway.smtp import replies, trace
from gateway.smtp.connection import HungUp
from gateway.smtp.content import ContentReader, has_bare_line_ends, has_nul
from gateway.smtp.dispatch import Waiting
from gateway.smtp.hops import loops
from gateway.smtp.parameters import announced_size
from gateway.smtp.room import Claim
from gateway.smtp.senders import forges
from gateway.smtp.spool import Arriving
from gateway.smtp.transaction import Transaction

_USUAL = 16_384  # octets of a message whose client does not announce its size
_SLOWEST = 500  # octets a second, once the idle time is used up; Postfix's measure


class NoRoom(Exception):
    """The message has come to its end, and there is no room for it. *reply* is the client's."""

    def __init__(self, reply: bytes) -> None:
        super().__init__()
        self.reply = reply


class Submission(Transaction):
    """Reads messages, hands them over, and gives the answer back. This is the whole session."""

    verbs: ClassVar[dict[str, str]] = Transaction.verbs | {"BDAT": "smtp_BDAT"}
    _chunks: list[bytes]
    _chunked = 0  # octets of BDAT so far, those that were dropped included
    _held = 0  # those of them that are in memory
    _claim: Claim | None = None
    _arriving: Arriving | None = None

    def _set_rset_state(self) -> None:
        """Forget the envelope, and what came of the message."""
        super()._set_rset_state()
        self._chunks = []
        self._chunked = self._held = 0
        self._leave_room()
        if self._arriving is not None:
            self._arriving.close()
            self._arriving = None

    def _leave_room(self) -> None:
        if self._claim is not None:
            self._claim.leave()
            self._claim = None

    def _close(self) -> Waiting:
        self._leave_room()  # before the last words, which a client may be slow to take
        return super()._close()

    async def _has_room(self, octets: int, *, arrived: bool = False) -> bool:
        """Whether so much of the message may be held in memory; waits for that for a while."""
        if self._has_room_now(octets):
            return True
        await self._flush()
        return self._claim is not None and await self._claim.reach(octets, arrived=arrived)

    def _has_room_now(self, octets: int) -> bool:
        claim = self._claim = self._claim or self.door.room.claim()
        return claim.grow(octets)

    @property
    def arriving(self) -> Arriving:
        """Where the octets of the message are that are not in memory."""
        self._arriving = self._arriving or Arriving(self.door.spools, self.door.smtp.spool_above)
        return self._arriving

    async def _put_by(self, blocks: list[bytes]) -> None:
        """Move octets to disk, and give their room back."""
        await self.arriving.put_by(blocks)
        if self._claim is not None:
            self._claim.shrink(0)

    async def _whole(self, held: int, join: Callable[[BytesIO], bytes]) -> bytes:
        """
        The message in one piece, of which *held* octets are in memory. *join* writes them behind the others.

        Raises:
            NoRoom: there is none for it, in memory or on disk.
            HungUp: the client has not waited for that; it has its message still.
        """
        there = self.transport is not None
        if not self.arriving.failed and not await self._has_room(self.arriving.put + held, arrived=True):
            raise NoRoom(replies.NO_ROOM)
        if there and self.transport is None:
            raise HungUp
        content = await self.arriving.whole(held, join)
        if self.arriving.failed:
            raise NoRoom(replies.DISK_FULL)
        return content

    def smtp_DATA(self, arg: str) -> Waiting:
        """Take a message that ends in a dot."""
        if self.sender is None:
            self.complain(replies.MAIL_FIRST)
        elif not self.recipients:
            self.complain(replies.RCPT_FIRST)
        elif arg:
            self.complain(replies.NO_ARGUMENT)
        elif self._chunked:
            self.complain(replies.NOT_NOW)
        else:
            octets = min(max(announced_size(self.sender), _USUAL), self.arriving.at_most)
            if not self._has_room_now(octets):
                return self._begin_data_later(octets)
            self._begin_data(room=True)
        return None

    async def _begin_data_later(self, octets: int) -> None:
        self._begin_data(room=await self._has_room(octets))

    def _begin_data(self, *, room: bool) -> None:
        if self._input:  # what stands there is content or commands, and nobody knows which
            self.complain(replies.TOO_EARLY)
            raise HungUp
        if room:
            self.push_bytes(replies.START_DATA)
            self.blocks = []
        else:
            self.push_bytes(replies.NO_ROOM)
            self._set_rset_state()

    def take_message(self) -> Waiting:
        """Read a message that ends in a dot, hand it over, and reply."""
        return self._take_when_whole(self._read_content())

    async def _take_when_whole(self, reading: Awaitable[bytes | None]) -> None:
        try:
            content = await reading
        except NoRoom as none:
            self._set_rset_state()
            self.push_bytes(none.reply)
        else:
            await self._take(content)

    async def smtp_BDAT(self, arg: str) -> None:
        """Take a piece of a message, whose length stands in front."""
        size, _, last = arg.partition(" ")
        if not size.isdecimal() or len(size) > 12 or last.upper() not in ("", "LAST"):
            self.complain(replies.PARAMETER_SYNTAX)
            raise HungUp  # the octets that follow can be told from commands no more
        limit = self.size_limit
        taken = self.sender is not None and bool(self.recipients)
        keep = taken and self._chunked + int(size) <= limit
        room = not keep or await self._has_room(min(self._chunked + int(size), self.arriving.at_most))
        await self._read_chunk(int(size), keep=keep and room)
        if not taken:
            self.complain(replies.RCPT_FIRST if self.sender else replies.MAIL_FIRST)
        elif not room:
            self._set_rset_state()
            self.push_bytes(replies.NO_ROOM)
        elif self.arriving.failed:
            self._set_rset_state()
            self.push_bytes(replies.DISK_FULL)
        elif last:
            await self._take_when_whole(self._joined(limit))
        elif self._chunked > limit:
            self._set_rset_state()
            self.push_bytes(replies.too_large(limit))
        else:
            self.push_bytes(replies.chunk(int(size)))

    async def _joined(self, limit: int) -> bytes | None:
        """The chunks in one piece; None for a message over the limit."""
        if self._chunked > limit:
            return None

        def join(whole: BytesIO) -> bytes:
            whole.writelines(self._chunks)
            content = whole.getvalue()
            if content and not content.endswith(b"\r\n"):
                content += b"\r\n"  # as Postfix ends it: DATA at the next hop cannot do without
            return content

        return await self._whole(self._held, join)

    async def _read_chunk(self, size: int, *, keep: bool) -> None:
        """Read *size* octets, whatever they are."""
        start, patience = self.loop.time(), self.door.smtp.idle_timeout
        missing = size
        while missing:
            piece = bytes(self._input[:missing])
            del self._input[: len(piece)]
            missing -= len(piece)
            self._chunked += len(piece)
            if keep:
                self._chunks.append(piece)
                self._held += len(piece)
            else:
                self._chunks.clear()
                self._held = 0
            if self._held > self.arriving.at_most:
                chunks, self._chunks, self._held = self._chunks, [], 0
                await self._put_by(chunks)
            if missing and not self._input:  # some may have come while others went to disk
                now = self.loop.time()
                await self.more(min(now + patience, start + patience + (size - missing) / _SLOWEST))

    async def _read_content(self) -> bytes | None:
        """
        Read to the final dot. None for a message over the limit.

        Raises:
            HungUp: the client broke off; there is no message.
            NoRoom: there is one, and no room for it.
        """
        limit = self.size_limit
        patience = self.door.smtp.idle_timeout
        reader = ContentReader(limit + limit // 50)  # stuffed dots do not count
        start = self.loop.time()
        assert self.blocks is not None
        try:
            while True:
                now = self.loop.time()
                if not self.blocks:  # some may have come while we waited for room
                    await self.more(min(now + patience, start + patience + reader.size / _SLOWEST))
                came, self.blocks = self.blocks, []
                if not reader.too_large and not await self._has_room(reader.held + sum(map(len, came))):
                    self.push_bytes(replies.NO_ROOM_NOW)
                    raise HungUp
                for number, block in enumerate(came):
                    rest = reader.feed(block)
                    if rest is not None:
                        self._input += rest + b"".join(came[number + 1 :])
                        self.blocks = None  # what comes from here on is commands
                        if reader.too_large:
                            return None
                        content = await self._whole(reader.held, reader.take)
                        return None if len(content) > limit else content
                if reader.held > self.arriving.at_most:
                    await self._put_by(reader.give())
                if reader.size > 2 * limit + 1_000_000:
                    self.push_bytes(replies.too_large(limit))
                    raise HungUp
        finally:
            self.blocks = None

    async def _take(self, content: bytes | None) -> None:
        """Judge the content by its bytes alone, then hand it over."""
        self._idle_commands = 0
        if content is None:
            self.push_bytes(replies.too_large(self.size_limit))
        elif has_bare_line_ends(content):
            self.push_bytes(replies.BARE_LINE_END)
            if self._input:  # a second message behind the first: not read as commands
                raise HungUp
        elif has_nul(content):
            self.push_bytes(replies.NUL_BYTE)
        elif loops(content, self.hostname, [each.address for each in self.recipients], self.door.seal):
            journal.event("loop_refused")
            self.push_bytes(replies.LOOP)
        elif self.account is not None and forges(self.account, content):
            self.push_bytes(replies.NOT_YOUR_FROM)
        else:
            self.push_bytes(await self._hand_over(content))
        self._set_rset_state()

    async def _hand_over(self, content: bytes) -> bytes:
        """Give the message to the pipeline. From here to its answer nothing interrupts."""
        envelope = Envelope(
            mail_from=self.draft.mail_from,
            recipients=tuple(self.recipients),
            received_at=datetime.now(UTC).astimezone(),
            account=self.account.name if self.account else self.login,
            peer=self.forwarded.get("ADDR", "") if self.forwarded else self.peer,
            helo=self.forwarded.get("HELO", "") if self.forwarded else self.helo,
            tls=self.tls,
            smtputf8=self.draft.smtputf8,
            mail_options=self.draft.mail_options,
            queue_id=journal.reference(),
        )
        field = trace.received(envelope, self.hostname, self.door.seal)
        envelope = msgspec.structs.replace(envelope, trace=field)
        relay = self.door.relay
        if relay is not None:
            begun, self._begun = self._begun, None
            relay.expect(field, content, begun, self.own_relay)
        try:
            reply = await self.door.handle(envelope, content)
        finally:
            if relay is not None:
                relay.forget(field)
        if self.transport is None:
            journal.unheard(envelope.queue_id, reply.code)
        return reply.wire().encode("ascii", "replace") + b"\r\n"
