"""Keys from the recipient's own domain: where they are looked for, and what is believed."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest
import trustme
from pysequoia import Tsk

from gateway.keys.keyring import Keyring
from gateway.keys.wkd import Directory
from gateway.sections import Keys

GP = "Joe.Doe@example.org"
# The draft's own example: this local part, and the name of its key.
PATH = "/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe"
KEY = bytes(Tsk.generate(f"Joe <{GP.lower()}>").extract_certificate())


@asynccontextmanager
async def web(pages: dict[str, bytes]):
    """The https server of every domain in these tests; yields a directory that asks it, and what was asked."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        asked.append(path)
        body = pages.get(path)
        status = "404 Not Found" if body is None else "200 OK"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body or b'')}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + (body or b""))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    client = httpx2.AsyncClient(verify=trusting, timeout=60)
    async with server:
        directory = Directory(client, lambda host: f"https://127.0.0.1:{port}/{host}")
        yield directory, asked
        await directory.close()


async def test_a_key_is_asked_for_where_the_standard_says_and_once():
    async with web({f"/example.org{PATH}": KEY}) as (directory, asked):
        ring = Keyring(Keys(), directory)
        for _ in range(2):
            found = await ring.find([GP], datetime.now(UTC))
            assert found[GP.lower()].kind == "openpgp"
    assert asked == [
        f"/openpgpkey.example.org{PATH.replace('/hu/', '/example.org/hu/')}",
        f"/example.org{PATH}",
    ]


@pytest.mark.parametrize(
    "published",
    [
        None,
        b"no key",
        bytes(Tsk.generate("Somebody <else@example.org>").extract_certificate()),
        KEY + b"\x00" * 1_000_001,
    ],
)
async def test_what_is_no_key_of_that_address_is_not_used(published):
    pages = {} if published is None else {f"/example.org{PATH}": published}
    async with web(pages) as (directory, _):
        assert await Keyring(Keys(), directory).find([GP], datetime.now(UTC)) == {}
