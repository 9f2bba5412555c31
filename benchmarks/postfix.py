"""Postfix, relaying to the sink, without any filter or with rspamd as its milter: a configuration and a queue of its own."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.systems import HOST, Running, free_port, listens

_POSTFIX = "/usr/sbin/postfix"
_MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
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
relayhost = [{host}]:{relay}
smtp_dns_support_level = disabled
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
message_size_limit = 50000000
default_process_limit = 200
initial_destination_concurrency = 20
maillog_file = {home}/log
{more}
maillog_file_prefixes = {home}
"""
_MASTER = """
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
pickup unix n - n 60 1 pickup
postlog unix-dgram n - n - 1 postlogd
"""


def missing() -> str:
    """Why it cannot be measured here; "" if it can."""
    return "" if Path(_POSTFIX).exists() else "not installed (apt-get install postfix)"


@contextmanager
def postfix(relay: int, work: Path, more: str = "") -> Iterator[Running]:
    """
    Start it, with *more* lines in its main.cf; it needs root.

    Raises:
        RuntimeError: it does not start.
    """
    home = work / "postfix"
    shutil.rmtree(home, ignore_errors=True)
    for each in ("conf", "queue", "data"):
        (home / each).mkdir(parents=True)
    shutil.chown(home / "data", "postfix")
    port = free_port()
    (home / "conf" / "main.cf").write_text(
        _MAIN.format(home=home, host=HOST, relay=relay, more=more), "ascii"
    )
    (home / "conf" / "master.cf").write_text(_MASTER.format(host=HOST, port=port), "ascii")
    command = [_POSTFIX, "-c", str(home / "conf")]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, check=False)
    if started.returncode:
        raise RuntimeError(started.stderr[-300:] or "it does not start")
    try:
        until = time.monotonic() + 20
        while not listens(port):
            if time.monotonic() > until:
                raise RuntimeError(f"it does not listen; see {home / 'log'}")
            time.sleep(0.1)
        yield Running(port, [int((home / "queue" / "pid" / "master.pid").read_text("ascii"))])
    finally:
        subprocess.run([*command, "stop"], capture_output=True, check=False)
