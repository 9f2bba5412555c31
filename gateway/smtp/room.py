"""
How much of all messages in flight is held in memory at once.

A message that finds no room waits: for its 354, or in the middle, where nothing
more is read from the client until there is some. The one that came first always
has room, so somebody always gets on.
"""

import asyncio
from collections import OrderedDict

_PATIENCE = 60.0  # seconds; a client waits two minutes for its 354 (RFC 5321, 4.5.3.2.4)
_ARRIVED = 240.0  # seconds, for a message that is here; ten minutes for the last answer (4.5.3.2.6)


class Room:
    """*limit* is in octets; the first message alone may go beyond it. *patience*, *arrived*: in seconds."""

    def __init__(self, limit: int, patience: float = _PATIENCE, arrived: float = _ARRIVED) -> None:
        self.limit = limit
        self.patience = patience
        self.arrived = arrived
        self.taken = 0
        self._claims: OrderedDict[Claim, None] = OrderedDict()
        self._waiting: list[asyncio.Future[None]] = []

    def claim(self) -> "Claim":
        """A place in the order of those who want room; it must `leave`."""
        claim = Claim(self)
        self._claims[claim] = None
        return claim

    def fits(self, claim: "Claim", octets: int) -> bool:
        """Whether the claim may grow by so much."""
        return self.taken + octets <= self.limit or next(iter(self._claims)) is claim

    async def change(self) -> None:
        """Wait until somebody has left."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def release(self, claim: "Claim") -> None:
        """Give back what the claim has."""
        self._claims.pop(claim, None)
        self.shrink(claim.octets)

    def shrink(self, octets: int) -> None:
        """Give back so much, and let those who wait look again."""
        self.taken -= octets
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)


class Claim:
    """What one message has."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.octets = 0

    def fits(self, octets: int) -> bool:
        """Whether there is room for so much in all, at once."""
        return octets <= self.octets or self._room.fits(self, octets - self.octets)

    def grow(self, octets: int) -> bool:
        """Have room for so much in all, if there is any now."""
        if not self.fits(octets):
            return False
        more = max(0, octets - self.octets)
        self.octets += more
        self._room.taken += more
        return True

    async def reach(self, octets: int, *, arrived: bool = False) -> bool:
        """Have room for so much in all; False if there was none for too long. What has *arrived* waits longer."""
        if self.grow(octets):
            return True
        try:
            async with asyncio.timeout(self._room.arrived if arrived else self._room.patience):
                while not self.grow(octets):
                    await self._room.change()
        except TimeoutError:
            return False
        return True

    def shrink(self, octets: int) -> None:
        """Give back all but so much."""
        if octets < self.octets:
            self._room.shrink(self.octets - octets)
            self.octets = octets

    def leave(self) -> None:
        """The message is dealt with."""
        self._room.release(self)
        self.octets = 0
