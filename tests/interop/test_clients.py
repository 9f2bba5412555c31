"""Mail programs and libraries submit through the gateway, signed in under STARTTLS, and see its words."""

import asyncio
import os
import shutil
import smtplib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.quantities import HostPort
from gateway.sections import Tls
from tests.interop.conftest import BAD, BAD_TO, CLEAN, CLEAN_TO, PASSWORD, TUTOR, gateway_before
from tests.smtp.receiver import Taker, relay_of

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def line(tmp_path: Path, tls_files: Tls) -> AsyncIterator[tuple[HostPort, Taker]]:
    """The address of a gateway that trusts nobody, and what arrives behind it."""
    taker = Taker()
    async with (
        relay_of(taker) as sink,
        gateway_before(
            sink, tmp_path / "gateway", smtp='trusted_networks = ["192.0.2.0/24"]', tls=tls_files
        ) as address,
    ):
        yield address, taker


def swaks(address: HostPort, to: str, file: Path) -> list[str]:
    return [
        "swaks", "--server", address.host, "--port", str(address.port), "--tls", "--auth", "PLAIN",
        "--auth-user", "tom", "--auth-password", PASSWORD, "--from", TUTOR, "--to", to,
        "--data", f"@{file}", "--ehlo", "client.example",
    ]  # fmt: skip


def curl(address: HostPort, to: str, file: Path) -> list[str]:
    return [
        "curl", "--silent", "--show-error", "--verbose", "--insecure", "--ssl-reqd",
        "--url", f"smtp://{address}/client.example", "--user", f"tom:{PASSWORD}",
        "--mail-from", TUTOR, "--mail-rcpt", to, "--upload-file", str(file),
    ]  # fmt: skip


def msmtp(address: HostPort, to: str, file: Path) -> list[str]:
    (file.parent / "password").write_text(PASSWORD)
    options = f"--host={address.host} --port={address.port} --tls=on --tls-starttls=on --tls-certcheck=off --auth=plain"
    password = f"--user=tom --passwordeval='cat {file.parent / 'password'}'"
    return ["sh", "-c", f"msmtp {options} {password} --from={TUTOR} --debug {to} < {file}"]


def nodemailer(address: HostPort, to: str, file: Path) -> list[str]:
    return [
        "node",
        str(ROOT / "tests/interop/send.js"),
        str(address.port),
        "tom",
        PASSWORD,
        TUTOR,
        to,
        str(file),
    ]


PROGRAMS = {"swaks": swaks, "curl": curl, "msmtp": msmtp, "node": nodemailer}


async def run(command: list[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, "HOME": "/nonexistent"},
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode("utf-8", "replace")


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_program_sends_and_shows_a_refusal(
    line: tuple[HostPort, Taker], tmp_path: Path, program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (make test-interop installs it)")
    if program == "node" and not (ROOT / ".interop/node_modules/nodemailer").is_dir():
        pytest.skip("Nodemailer is not installed (make test-interop installs it)")
    address, taker = line
    command: Callable[[HostPort, str, Path], list[str]] = PROGRAMS[program]
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(CLEAN)
    bad.write_bytes(BAD)
    status, output = await run(command(address, CLEAN_TO, good))
    assert status == 0, output
    assert len(taker.got) == 1
    assert (
        taker.got[0].original_content.partition(b"\r\n\r\n")[2].rstrip()
        == CLEAN.partition(b"\r\n\r\n")[2].rstrip()
    )
    status, output = await run(command(address, BAD_TO, bad))
    assert status != 0, output
    assert "subject_name" in output
    assert len([each for each in taker.got if each.rcpt_tos == [BAD_TO]]) == 1


async def test_the_standard_library_sends(line: tuple[HostPort, Taker], client_tls: ssl.SSLContext) -> None:
    address, taker = line

    def send() -> None:
        with smtplib.SMTP("localhost", address.port, timeout=60) as client:
            client.starttls(context=client_tls)
            client.login("tom", PASSWORD)
            client.sendmail(TUTOR, [CLEAN_TO], CLEAN)

    await asyncio.to_thread(send)
    assert taker.got[0].original_content.endswith(CLEAN)
