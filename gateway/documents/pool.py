"""
Worker processes, each watched by a thread of its own.

A document that crashes or stalls its worker costs that worker alone: it is
killed, another takes its place, and the document counts as not read.
"""

import contextlib
import selectors
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from gateway.documents.limits import Limits
from gateway.documents.worker import LENGTH, Job, send
from gateway.mail.document import Document

_START_SECONDS = 60.0
_JOBS = 500  # then a worker is replaced, so that what libraries leak is given back


class WorkerLost(Exception):
    """The worker died, or was killed since it took too long, while it read a document."""


class _Worker:
    """One process and the pipes to it."""

    def __init__(self, words: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own module under our own interpreter
            [sys.executable, "-m", "gateway.documents.worker", str(words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a terminal's Ctrl-C is for the gateway, which then closes the pipe
        )
        self.jobs = 0
        self._frame(time.monotonic() + _START_SECONDS)

    def read(self, data: bytes, limits: Limits) -> Document:
        self.jobs += 1
        try:
            # The worker reads a whole frame before it does anything else, so this cannot stall.
            send(cast("BinaryIO", self._process.stdin), Job(data, limits))
        except OSError as fault:
            raise WorkerLost from fault
        frame = self._frame(time.monotonic() + limits.overdue)
        try:
            return msgspec.msgpack.decode(frame, type=Document)
        except msgspec.MsgspecError as fault:
            raise WorkerLost from fault

    def _frame(self, deadline: float) -> bytes:
        size = LENGTH.unpack(self._exactly(LENGTH.size, deadline))[0]
        return self._exactly(size, deadline)

    def _exactly(self, size: int, deadline: float) -> bytes:
        """That many bytes from the worker, or WorkerLost at the deadline."""
        stream = cast("BinaryIO", self._process.stdout)
        chunks: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_READ)
            while size:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise WorkerLost
                chunk = stream.read1(min(size, 1 << 20))  # type: ignore[attr-defined]
                if not chunk:
                    raise WorkerLost
                chunks.append(chunk)
                size -= len(chunk)
        return b"".join(chunks)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("BinaryIO", stream).close()
        self._process.wait()


class Pool:
    """A fixed number of workers, started when the first documents come."""

    def __init__(self, workers: int, words: Path, limits: Limits = Limits()) -> None:
        self._words = words
        self._limits = limits
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="documents")
        self._own = threading.local()
        self._all: set[_Worker] = set()
        self._lock = threading.Lock()
        self.lost = 0

    @property
    def threads(self) -> ThreadPoolExecutor:
        """Where `read` is to be called."""
        return self._threads

    def read(self, data: bytes) -> Document:
        """
        Have one document read. Blocks; to be called on `threads`.

        Raises:
            WorkerLost: it cost the worker its life.
        """
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            worker = _Worker(self._words)
            with self._lock:
                self._all.add(worker)
            self._own.worker = worker
        try:
            document = worker.read(data, self._limits)
        except WorkerLost:
            self.lost += 1
            self._discard(worker)
            raise
        if worker.jobs >= _JOBS:
            self._discard(worker)
        return document

    def _discard(self, worker: _Worker) -> None:
        self._own.worker = None
        with self._lock:
            self._all.discard(worker)
        worker.close()

    def close(self) -> None:
        """End all workers; a document that is being read is given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            workers, self._all = self._all, set()
        for worker in workers:
            worker.close()
