"""What lies around the gateway fails: DNS is silent."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.quantities import HostPort
from tests.faults.books import KINDS, Books, Kind, configuration, post, receiving
from tests.faults.conftest import Row
from tests.faults.gateways import nursery

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
STRANGER = Kind("1-lesson-time.eml", ("ana.marsh@family.zz",), "deliver")  # a domain that DNS is asked about


@pytest.fixture
def silent_dns(tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The beginning of a command whose DNS is a server that takes every question and answers none."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind(("127.53.0.1", 53))
    except OSError:
        pytest.skip("needs the right to listen on port 53")
    file = tmp_path / "resolv.conf"
    file.write_text("nameserver 127.53.0.1\n")
    command = ("unshare", "--mount", "sh", "-c", f'mount --bind {file} /etc/resolv.conf && exec "$@"', "sh")
    with server:
        if (
            not shutil.which("unshare")
            or subprocess.run([*command, "true"], check=False, capture_output=True).returncode
        ):
            pytest.skip("needs the right to mount")
        yield command


async def test_mail_goes_on_when_dns_is_silent(
    silent_dns: tuple[str, ...], tmp_path: Path, noted: Callable[[Row], None]
) -> None:
    books = Books()
    async with receiving(books, tmp_path) as relay, nursery(tmp_path / "log", *silent_dns) as nurse:
        gateway = await nurse.start(configuration(tmp_path, relay))
        letters = [books.write(each) for each in (STRANGER, STRANGER, KINDS[0], KINDS[1])]
        await asyncio.gather(*(post(each, gateway.address) for each in letters))
        assert [each.reply[:3] for each in letters] == ["250"] * 4, (tmp_path / "log").read_text()
        noted(Row("DNS silent", 1, len(letters), lost=3 - len(books.arrived)))
        assert all(books.arrived[each.mark] == 1 for each in letters[:3])


async def test_a_relay_that_only_dns_knows_is_down_when_dns_is(
    silent_dns: tuple[str, ...], tmp_path: Path, noted: Callable[[Row], None]
) -> None:
    books = Books()
    async with receiving(books, tmp_path), nursery(tmp_path / "log", *silent_dns) as nurse:
        gateway = await nurse.start(configuration(tmp_path, HostPort("mx:agency.zz")))
        passed, held = books.write(KINDS[0]), books.write(KINDS[1])
        for each in (passed, held):
            await post(each, gateway.address)
        assert passed.reply.startswith("451"), (tmp_path / "log").read_text()
        assert held.acknowledged, "what is held needs no relay"
        noted(Row("DNS silent, relay known by MX only", 1, 2, leaked=sum(books.arrived.values())))
        assert sum(books.arrived.values()) == 0
