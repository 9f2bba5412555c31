"""
Starts gateways quickly, each a process of its own that can be killed at any moment.

It imports everything once and forks for each line ``CONFIG`` on its standard input;
the child writes ``PID ADDRESS`` to standard output once it takes mail. Nothing of
the gateway runs in the nursery itself.
"""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from gateway import journal
from gateway.running import Gateway
from gateway.settings import read_settings
from gateway.store.core import utc_now


def clock_beside(config: Path) -> Callable[[], datetime]:
    """The time, as wrong as the file ``clock`` beside the configuration says, in seconds."""
    file = config.parent / "clock"
    return lambda: utc_now() + timedelta(seconds=float(file.read_text()) if file.exists() else 0.0)


async def serve(config: Path) -> None:
    async with Gateway.running(read_settings(config), clock=clock_beside(config)) as gateway:
        sys.stdout.write(f"{os.getpid()} {gateway.addresses[0]}\n")
        sys.stdout.flush()
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    for line in sys.stdin:
        if os.fork() == 0:
            os.setsid()  # so that whatever it starts can be found after it
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            journal.configure("json", "warning")
            try:
                asyncio.run(serve(Path(line.strip())))
            finally:
                sys.stdout.write("\n")  # for whoever waits for a start that failed
                sys.stdout.flush()
                traceback.print_exc()
                os._exit(0)


if __name__ == "__main__":
    main()
