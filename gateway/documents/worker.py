"""
A worker process: reads documents one after the other, within limits of memory and time.

It is started as ``python -m gateway.documents.worker`` and speaks frames on its
standard streams: four bytes of length, then MessagePack. Nothing that it sends
is code, so a worker that was taken over by a document still only sends text.
"""

import logging
import os
import resource
import struct
import sys
import tomllib
from pathlib import Path
from typing import BinaryIO

import msgspec

from gateway.documents.limits import Limits
from gateway.mail.document import Document
from gateway.sensitivity.vocabulary import Vocabulary, read_words

LENGTH = struct.Struct(">I")
_NICE = 5  # other mail goes first where there is not enough of the processor for both


class Job(msgspec.Struct, frozen=True):
    """One document to read."""

    data: bytes
    limits: Limits = Limits()


def send(stream: BinaryIO, message: msgspec.Struct) -> None:
    """Write one frame."""
    frame = msgspec.msgpack.encode(message)
    stream.write(LENGTH.pack(len(frame)))
    stream.write(frame)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """Read one frame, or None where the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size = LENGTH.unpack(head)[0]
    frame = stream.read(size)
    return frame if len(frame) == size else None


def _confine(limits: Limits) -> None:
    """Address space once; processor time anew for each document, counted from now."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, resource.RLIM_INFINITY))
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + limits.seconds + 1, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve until the gateway closes the pipe."""
    os.nice(_NICE)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What libraries print, and a panic's trace, may quote the document: it goes nowhere.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    logging.disable(logging.CRITICAL)
    from gateway.documents.read import read_document

    vocabulary = Vocabulary(read_words(tomllib.loads(Path(sys.argv[1]).read_text("utf-8"))))

    send(sink, Ready())
    decoder = msgspec.msgpack.Decoder(Job)
    while (frame := receive(source)) is not None:
        job = decoder.decode(frame)
        del frame
        _confine(job.limits)
        document: Document = read_document(job.data, job.limits, vocabulary)
        send(sink, document)


class Ready(msgspec.Struct, frozen=True):
    """The worker has loaded its libraries."""


if __name__ == "__main__":
    main()
