"""A real Postfix with a configuration and a queue of its own, on loopback ports."""

import asyncio
import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.quantities import HostPort
from gateway.sections import Tls

REFUSED = "refused@family.example"
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
default_transport = smtp:[127.0.0.1]:{sink}
smtp_dns_support_level = disabled
smtp_tls_security_level = none
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ {refused} = 550 5.1.1 No such mailbox here }} }}
    permit_mynetworks reject
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
bounce_queue_lifetime = 0
minimal_backoff_time = 5s
queue_run_delay = 5s
"""
MASTER = """
127.0.0.1:{relay} inet n - n - - smtpd
    -o smtpd_authorized_xforward_hosts=127.0.0.0/8
127.0.0.1:{before} inet n - n - - smtpd
    -o smtpd_proxy_filter=127.0.0.1:{gateway}
    -o smtpd_tls_security_level=none
127.0.0.1:{after} inet n - n - - smtpd
    -o content_filter=chaperone:[127.0.0.1]:{gateway}
    -o smtpd_tls_security_level=none
chaperone unix - - n - 4 smtp
    -o smtp_send_xforward_command=yes
    -o disable_mime_output_conversion=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
pickup unix n - n 60 1 pickup
postlog unix-dgram n - n - 1 postlogd
"""


def free_ports(number: int) -> list[int]:
    """
    Ports for programs that must be told theirs.

    From a range out of which the system gives none by itself, so that nobody gets them meanwhile for the asking.
    """
    found: list[int] = []
    for port in random.sample(range(10_000, 30_000), 1_000):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == number:
            return found
    raise AssertionError("no port is free")


@dataclass(frozen=True)
class Postfix:
    """Where it listens: as the gateway's relay, with the gateway before its queue, and behind it."""

    relay: HostPort
    before: HostPort
    after: HostPort
    gateway: HostPort
    folder: Path

    def log(self) -> str:
        return said(self.folder)


@asynccontextmanager
async def postfix(sink: HostPort, tls: Tls | None = None) -> AsyncIterator[Postfix]:
    if shutil.which("postfix", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("Postfix is not installed (make test-interop installs it)")
    if os.geteuid() != 0:
        pytest.skip("Postfix's master wants to be started by root")
    # Not in pytest's folder: another run of pytest shuts that to all but its owner, and Postfix's processes are others.
    home = Path(tempfile.mkdtemp(prefix="chaperone-postfix-"))
    ports = configured(home, sink, tls)
    command = ["/usr/sbin/postfix", "-c", str(home / "conf")]
    started = await asyncio.to_thread(
        subprocess.run, [*command, "start"], capture_output=True, text=True, check=False
    )
    try:
        assert started.returncode == 0, f"Postfix does not start: {started.stderr} {said(home)}"
        at = {name: HostPort(f"127.0.0.1:{port}") for name, port in ports.items()}
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", ports["relay"])
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    break
        yield Postfix(at["relay"], at["before"], at["after"], at["gateway"], home)
    finally:
        await asyncio.to_thread(subprocess.run, [*command, "stop"], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)  # a process that ends late may still write


def configured(home: Path, sink: HostPort, tls: Tls | None) -> dict[str, int]:
    """Write a configuration into *home*, which everybody may enter; returns the ports that it listens on."""
    home.chmod(0o755)
    for each in ("conf", "queue", "data"):
        (home / each).mkdir(parents=True)
    shutil.chown(home / "data", "postfix")
    ports = dict(zip(("relay", "before", "after", "gateway"), free_ports(4), strict=True))
    values = {
        "folder": home,
        "sink": sink.port,
        "refused": REFUSED,
        "tls": "may" if tls else "none",
        "certificate": tls.certificate if tls else "",
        "key": tls.key if tls else "",
    }
    (home / "conf" / "main.cf").write_text(MAIN.format(**values), "utf-8")
    (home / "conf" / "master.cf").write_text(MASTER.format(**ports), "utf-8")
    return ports


def said(home: Path) -> str:
    """Its log."""
    log = home / "log"
    return log.read_text("utf-8", "replace") if log.exists() else "(no log)"
