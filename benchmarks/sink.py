"""
A relay that takes everything and keeps nothing, as cheaply as Python can.

    python -m benchmarks.sink HOST:PORT

Writes the number of messages taken to standard output, a line after each
burst. It looks for the end of a message in blocks, so that it is never what
limits the system in front of it.
"""

import asyncio
import os
import sys
from typing import ClassVar

import uvloop

_END = b"\r\n.\r\n"
_REPLIES = {
    b"EHLO": b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 Bye\r\n",
}


class Sink(asyncio.BufferedProtocol):
    """One connection."""

    taken: ClassVar[int] = 0
    block: ClassVar[bytearray] = bytearray(1 << 18)  # one loop, one reader at a time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._in_data = False
        self._tail = b""
        transport.write(b"220 sink.example\r\n")

    def get_buffer(self, _: int) -> bytearray:
        return self.block

    def buffer_updated(self, length: int) -> None:
        position, out = 0, b""
        while position < length:
            position, reply = (self._data if self._in_data else self._command)(position, length)
            out += reply
        if out:
            self._transport.write(out)
        if out.endswith(b"221 Bye\r\n"):
            self._transport.close()

    def _command(self, position: int, length: int) -> tuple[int, bytes]:
        end = self.block.find(b"\n", position, length)
        if end < 0:
            self._tail += self.block[position:length]
            return length, b""
        verb = (self._tail + self.block[position:end])[:4].upper()
        self._tail = b"\r\n" if verb == b"DATA" else b""
        self._in_data = verb == b"DATA"
        return end + 1, _REPLIES.get(verb, b"250 OK\r\n")

    def _data(self, position: int, length: int) -> tuple[int, bytes]:
        seam = self._tail + self.block[position : min(position + 4, length)]
        at = seam.find(_END)
        end = position + at + 5 - len(self._tail) if at >= 0 else self.block.find(_END, position, length) + 5
        if at < 0 and end < 5:
            self._tail = (self._tail + self.block[max(position, length - 4) : length])[-4:]
            return length, b""
        self._in_data, self._tail = False, b""
        Sink.taken += 1
        return end, b"250 OK\r\n"


async def serve(host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, host, port, backlog=2_048)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    told = -1
    while True:
        if Sink.taken != told:
            told = Sink.taken
            os.write(1, b"%d\n" % told)
        await asyncio.sleep(0.004)


if __name__ == "__main__":
    name, _, number = sys.argv[1].rpartition(":")
    uvloop.run(serve(name, int(number)))
