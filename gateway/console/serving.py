"""Serves the console in the event loop that is running already."""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Iterable, Iterator

import msgspec
import uvicorn

from gateway.console.app import build
from gateway.console.pages import Page
from gateway.console.parts import Parts
from gateway.quantities import HostPort

_GRACE = 5  # seconds that answers under way have, once it is told to stop


class _Server(uvicorn.Server):
    """Says when it listens, and leaves the process's signals to whoever runs the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


@contextlib.asynccontextmanager
async def serving(parts: Parts, more: Iterable[Page] = ()) -> AsyncIterator[HostPort]:
    """
    Listen where the settings say; gives the address that was bound.

    *more* are pages that others bring. Where the settings leave the port to the
    system, people reach the console under the address that was bound.

    Raises:
        OSError: the address is taken or not ours.
    """
    web = parts.settings.web
    family = socket.AF_INET6 if ":" in web.listen.host else socket.AF_INET
    with socket.create_server((web.listen.host, web.listen.port), family=family, backlog=256) as bound:
        host = f"[{web.listen.host}]" if family == socket.AF_INET6 else web.listen.host
        address = HostPort(f"{host}:{bound.getsockname()[1]}")
        if not web.listen.port:
            web = msgspec.structs.replace(web, base_url=f"http://{address}")
            parts = dataclasses.replace(parts, settings=msgspec.structs.replace(parts.settings, web=web))
        server = _Server(
            uvicorn.Config(
                build(parts, more),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                proxy_headers=bool(web.trusted_proxies),
                forwarded_allow_ips=list(web.trusted_proxies),
                timeout_graceful_shutdown=_GRACE,
                limit_concurrency=500,
                h11_max_incomplete_event_size=32_768,
            )
        )
        task = asyncio.create_task(server.serve(sockets=[bound]), name="console")
        try:
            await server.listening.wait()
            yield address
        finally:
            server.should_exit = True
            await task
