"""
Haraka (Node), two processes, passing on to the sink: `haraka_filter.js` is what it judges by.

It is installed by packaging/peers.sh, into `.peers/`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.systems import HOST, Running, free_port, process

_HARAKA = Path(".peers/node_modules/Haraka").absolute()
_FILTER = Path(__file__).with_name("haraka_filter.js")
_CONFIGURATION = {
    "smtp.ini": "listen={host}:{port}\nnodes=2\n",
    "smtp_forward.ini": "host={host}\nport={relay}\n",
    "plugins": "haraka_filter\nqueue/smtp_forward\n",
    "log.ini": "[main]\nlevel=warn\n",
    "me": "haraka.example\n",
    "databytes": "50000000\n",
}


def missing() -> str:
    """Why it cannot be measured here; "" if it can."""
    if not shutil.which("node"):
        return "not installed (apt-get install nodejs npm)"
    return "" if _HARAKA.exists() else "not installed (bash packaging/peers.sh)"


@contextmanager
def haraka(relay: int, work: Path) -> Iterator[Running]:
    """
    Start it.

    Raises:
        RuntimeError: it does not start.
    """
    home = work / "haraka"
    shutil.rmtree(home, ignore_errors=True)
    for each in ("config", "plugins", "queue"):
        (home / each).mkdir(parents=True)
    port = free_port()
    for name, text in _CONFIGURATION.items():
        (home / "config" / name).write_text(text.format(host=HOST, port=port, relay=relay), "ascii")
    shutil.copy(_HARAKA / "config" / "connection.ini", home / "config")
    shutil.copy(_FILTER, home / "plugins")
    command = ["node", str(_HARAKA / "bin" / "haraka"), "-c", str(home)]
    with process(command, port, work / "haraka.log") as running:
        yield running
