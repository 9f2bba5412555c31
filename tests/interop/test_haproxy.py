"""HAProxy before the gateway, with the configuration that the documentation gives."""

import asyncio
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosmtplib
import pytest

from gateway.quantities import HostPort
from gateway.sections import Tls
from tests.interop.conftest import CLEAN, CLEAN_TO, PASSWORD, TUTOR, gateway_before
from tests.smtp.receiver import Taker, relay_of

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
PAGE = Path(__file__).parent.parent.parent / "docs" / "deployment" / "haproxy.md"
GLOBAL = "defaults\n    timeout connect 30s\n    timeout client 60s\n    timeout server 60s\n"
PROXY = 'proxies = ["127.0.0.1/32"]\nproxy_protocol = true\ntrusted_networks = ["127.0.0.5/32"]'


@asynccontextmanager
async def haproxy_before(gateway: HostPort, folder: Path, way: str) -> AsyncIterator[HostPort]:
    """HAProxy as the page has it, on a port that was bound for it; *way* is how it names the client."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("HAProxy is not installed (make test-interop installs it)")
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        text = PAGE.read_text("utf-8").split("```")[1].strip("\n") + "\n"
        text = text.replace("bind :587", f"bind fd@{door.fileno()}").replace("send-proxy-v2", way)
        text = re.sub(r"\d+(?:\.\d+){3}:2525", str(gateway), text)
        file = folder / "haproxy.cfg"
        file.write_text(GLOBAL + text, "utf-8")
        log = (folder / "haproxy.log").open("wb")
        process = await asyncio.create_subprocess_exec(
            program, "-db", "-f", str(file), pass_fds=(door.fileno(),), stdout=log, stderr=log
        )
        try:
            yield HostPort(f"127.0.0.1:{door.getsockname()[1]}")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            log.close()


@pytest.mark.parametrize("way", ["send-proxy-v2", "send-proxy"])
async def test_the_client_is_known_by_its_own_address(
    tmp_path: Path, tls_files: Tls, client_tls: ssl.SSLContext, way: str
) -> None:
    taker = Taker()
    async with (
        relay_of(taker) as sink,
        gateway_before(sink, tmp_path / "gateway", smtp=PROXY, tls=tls_files) as gateway,
        haproxy_before(gateway, tmp_path, way) as door,
    ):

        async def said(source: str, *, sign_in: bool) -> str:
            client = aiosmtplib.SMTP(
                hostname=door.host,
                port=door.port,
                source_address=(source, 0),
                start_tls=False,
                timeout=60,
            )
            try:
                await client.connect()
                if sign_in:
                    await client.starttls(server_hostname="localhost", tls_context=client_tls)
                    await client.login("tom", PASSWORD)
                _, answer = await client.sendmail(TUTOR, [CLEAN_TO], CLEAN)
                return answer
            except aiosmtplib.SMTPResponseException as problem:
                return f"{problem.code} {problem.message}"
            finally:
                client.close()

        log = tmp_path / "haproxy.log"
        trusted = await said("127.0.0.5", sign_in=False)
        assert trusted.startswith("2.0.0"), (trusted, log.read_text())
        stranger = await said("127.0.0.6", sign_in=False)
        assert stranger.startswith("530"), (stranger, log.read_text())
        signed_in = await said("127.0.0.6", sign_in=True)
        assert signed_in.startswith("2.0.0"), (signed_in, log.read_text())
    sources = [re.search(rb"\[(127[\d.]+)\]", each.original_content) for each in taker.got]
    assert [each and each[1] for each in sources] == [b"127.0.0.5", b"127.0.0.6"]
