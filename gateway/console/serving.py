"""Serves the console in the event loop that is running already."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterable, Iterator

import msgspec
import uvicorn

from gateway.console.app import build
from gateway.console.pages import Page
from gateway.console.parts import Parts
from gateway.quantities import HostPort
from gateway.sections import Settings

_GRACE = 5  # seconds that answers under way have, once it is told to stop


class WebServer(uvicorn.Server):
    """Says when it listens, and leaves the process's signals to whoever runs the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.asynccontextmanager
    async def running(self, bound: socket.socket) -> AsyncIterator[None]:
        """Answer on a socket until the end."""
        task = asyncio.create_task(self.serve(sockets=[bound]), name="console")
        try:
            await self.listening.wait()
            yield
        finally:
            self.should_exit = True
            await task

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


def bind(settings: Settings) -> tuple[socket.socket, Settings]:
    """
    Take the console's address; also gives the settings as they are then.

    Where they leave the port to the system, people reach the console under the
    address that was bound.

    Raises:
        OSError: the address is taken or not ours.
    """
    web = settings.web
    inet6 = ":" in web.listen.host
    bound = socket.create_server(
        (web.listen.host, web.listen.port), family=socket.AF_INET6 if inet6 else socket.AF_INET, backlog=256
    )
    if web.listen.port:
        return bound, settings
    address = address_of(bound)
    web = msgspec.structs.replace(web, listen=address, base_url=f"http://{address}")
    return bound, msgspec.structs.replace(settings, web=web)


def address_of(bound: socket.socket) -> HostPort:
    """Where the console listens."""
    host, port = bound.getsockname()[:2]
    return HostPort(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


@contextlib.asynccontextmanager
async def serving(parts: Parts, bound: socket.socket, more: Iterable[Page] = ()) -> AsyncIterator[HostPort]:
    """
    Answer on a socket from `bind`, which is closed at the end; gives its address.

    *more* are pages that others bring.
    """
    web = parts.settings.web
    with bound:
        server = WebServer(
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
        async with server.running(bound):
            yield address_of(bound)
