"""
Postfix with rspamd as its milter: the fastest of the filtering peers.

Two processes scan by themselves and look at what our gateway looks at: subject, kinds and names of the attachments,
one expression in the text. Nothing is asked of any network.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import postfix
from benchmarks.systems import HOST, Running, free_port, process

_RSPAMD = "/usr/bin/rspamd"
_USER = "_rspamd"
_LUA = """
require "global_functions" ()
config['regexp'] = {}
rspamd_maps = {}
config['regexp']['BENCH_BODY'] = { re = '/wire transfer to account/i{sa_body}', score = 5.0, group = 'bench' }
"""
_MAPS = {
    "subject.map": "/forbidden/i\n/confidential draft/i\n",
    "type.map": "/application\\/x-msdownload/i\n/application\\/x-dosexec/i\n",
    "name.map": "exe\njs\nscr\nvbs\n",
}
_CONFIGURATION = """
lua = "{home}/bench.lua";
options {{
  filters = "regexp";
  pidfile = "{home}/rspamd.pid";
  cache_file = "{home}/symbols.cache"; hs_cache_dir = "{home}/"; history_file = "{home}/history";
  stats_file = "{home}/stats.ucl"; control_socket = "{home}/rspamd.sock mode=0600";
  tempdir = "{home}"; url_tld = "/usr/share/rspamd/effective_tld_names.dat";
  dns {{ nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }}
  task_timeout = 120s; local_addrs = []; max_message = 64M; enable_test_patterns = false;
}}
logging {{ type = "file"; filename = "{home}/rspamd.log"; level = "warning"; }}
worker "rspamd_proxy" {{
  bind_socket = "{host}:{port}";
  milter = yes; timeout = 120s; count = 2; max_retries = 1;
  upstream "local" {{ default = yes; self_scan = yes; }}
}}
actions {{ reject = 15; add_header = 10; greylist = null; }}
modules {{ path = "/usr/share/rspamd/plugins/multimap.lua"; path = "/usr/share/rspamd/plugins/mime_types.lua"; }}
multimap {{
  BAD_SUBJECT {{ type = "header"; header = "subject"; regexp = true; map = "{home}/subject.map"; score = 20; }}
  BAD_TYPE {{ type = "header"; header = "content-type"; regexp = true; map = "{home}/type.map"; score = 20; }}
  BAD_NAME {{ type = "filename"; filter = "extension"; map = "{home}/name.map"; score = 20; }}
}}
mime_types {{ bad_extensions = {{ exe = 20, js = 10, scr = 20 }} }}
"""
_MILTER = """
smtpd_milters = inet:{host}:{port}
milter_default_action = tempfail
milter_content_timeout = 300s
"""


def missing() -> str:
    """Why it cannot be measured here; "" if it can."""
    if not Path(_RSPAMD).exists():
        return "not installed (apt-get install rspamd)"
    return postfix.missing() and f"Postfix is {postfix.missing()}"


@contextmanager
def postfix_rspamd(relay: int, work: Path) -> Iterator[Running]:
    """
    Start both; they need root.

    Raises:
        RuntimeError: one of them does not start.
    """
    home = work / "rspamd"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    port = free_port()
    (home / "bench.lua").write_text(_LUA, "ascii")
    for name, lines in _MAPS.items():
        (home / name).write_text(lines, "ascii")
    (home / "rspamd.conf").write_text(_CONFIGURATION.format(home=home, host=HOST, port=port), "ascii")
    subprocess.run(["chown", "-R", _USER, str(home)], check=True)
    command = [_RSPAMD, "-f", "-u", _USER, "-g", _USER, "-c", str(home / "rspamd.conf")]
    milter = _MILTER.format(host=HOST, port=port)
    with (
        process(command, port, work / "rspamd-out.log") as scanner,
        postfix.postfix(relay, work, milter) as running,
    ):
        yield Running(running.port, [*running.pids, *scanner.pids])
