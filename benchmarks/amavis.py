"""
Postfix with amavisd-new before its queue (smtpd_proxy_filter): four processes, which pass on to the sink themselves.

It decodes every attachment and asks file(1) what each is; looking for viruses and for spam is off.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import postfix
from benchmarks.systems import HOST, Running, free_port, process

_AMAVIS = "/usr/sbin/amavisd"
_USER = "amavis"
_CONFIGURATION = r"""
use strict;
$max_servers = 4; $max_requests = 0;
$daemon_user = '{user}'; $daemon_group = '{user}';
$mydomain = 'amavis.example'; $myhostname = 'amavis.example';
$MYHOME = '{home}/var'; $TEMPBASE = '{home}/tmp'; $QUARANTINEDIR = '{home}/held'; $db_home = '{home}/db';
$lock_file = '{home}/var/lock'; $pid_file = '{home}/var/pid';
$enable_db = 0; $enable_zmq = 0; $enable_global_cache = 0; $nanny_details_level = 0;
$inet_socket_bind = '{host}'; $inet_socket_port = {port}; $unix_socketname = undef;
@inet_acl = qw(127.0.0.1); @mynetworks = qw(127.0.0.0/8);
$DO_SYSLOG = 0; $LOGFILE = '{home}/var/log'; $log_level = 0;
@bypass_virus_checks_maps = (1); @bypass_spam_checks_maps = (1); @bypass_header_checks_maps = (1);
$enable_dkim_verification = 0; $enable_dkim_signing = 0;
$forward_method = 'smtp:[{host}]:{relay}'; $notify_method = $forward_method;
$final_banned_destiny = D_REJECT; $virus_admin = undef; $banned_admin = undef;
$MAXLEVELS = 14; $MAXFILES = 1500;
$MIN_EXPANSION_QUOTA = 100*1024; $MAX_EXPANSION_QUOTA = 500*1024*1024;
$path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin:/usr/bin:/bin'; $file = 'file';
@decoders = (['mail', \&do_mime_decode], ['zip', \&do_unzip], ['tar', \&do_tar]);
$banned_filename_re = new_RE(
  qr'.\.(exe|vbs|pif|scr|bat|cmd|com|cpl|dll)$'i,
  qr'^application/x-msdownload$'i, qr'^application/x-msdos-program$'i,
  qr'^\.(exe-ms)$',
);
1;
"""
_FILTER = """
smtpd_proxy_filter = {host}:{port}
smtpd_proxy_options = speed_adjust
smtpd_proxy_timeout = 300s
"""


def missing() -> str:
    """Why it cannot be measured here; "" if it can."""
    if not Path(_AMAVIS).exists():
        return "not installed (apt-get install amavisd-new file)"
    return postfix.missing() and f"Postfix is {postfix.missing()}"


@contextmanager
def postfix_amavis(relay: int, work: Path) -> Iterator[Running]:
    """
    Start both; they need root.

    Raises:
        RuntimeError: one of them does not start.
    """
    home = work / "amavis"
    shutil.rmtree(home, ignore_errors=True)
    for each in ("var", "tmp", "held", "db"):
        (home / each).mkdir(parents=True)
        shutil.chown(home / each, _USER)
    port = free_port()
    values = {"user": _USER, "home": home, "host": HOST, "port": port, "relay": relay}
    text = _CONFIGURATION
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    (home / "amavisd.conf").write_text(text, "ascii")
    command = [_AMAVIS, "-c", str(home / "amavisd.conf"), "foreground"]
    before_queue = _FILTER.format(host=HOST, port=port)
    with (
        process(command, port, work / "amavis-out.log") as scanner,
        postfix.postfix(relay, work, before_queue) as running,
    ):
        yield Running(running.port, [*running.pids, *scanner.pids])
