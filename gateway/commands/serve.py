"""``chaperone serve``: the gateway itself."""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path

import uvloop

from gateway import journal
from gateway.commands import add_config
from gateway.commands.systemd import notify, stay_alive
from gateway.mail.public import public
from gateway.memory import settle
from gateway.running import Gateway
from gateway.settings import SettingsProblem, read_settings
from gateway.smtp.rates import Hourly
from gateway.workers import share

_EMPTY = (
    "chaperone: nobody is in the register yet, so no rule knows who is a pupil and mail about pupils passes: "
    "chaperone register import FILE --config FILE"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; what is in flight is finished first. SIGHUP reads the policy anew."""
    settings = read_settings(args.config)
    journal.configure(settings.log.format, settings.log.level)
    hourly = Hourly.of(settings.smtp)  # before the processes part, which count together
    return share(settings.smtp.workers, lambda first: _work(args.config, hourly, first=first))


def _work(file: Path, hourly: Hourly, *, first: bool) -> int:
    uvloop.run(_serve(file, hourly, first=first))
    return 0


async def _serve(file: Path, hourly: Hourly, *, first: bool) -> None:
    """Start every part, wait for the signal, and stop in the opposite order."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Gateway.running(read_settings(file), first=first, hourly=hourly) as gateway:
        loop.add_signal_handler(signal.SIGHUP, _reload, gateway, file)
        alive = asyncio.create_task(stay_alive(), name="watchdog")
        journal.event("serving", port=gateway.addresses[0].port, listeners=len(gateway.addresses))
        if first and not gateway.pupils:
            print(_EMPTY, file=sys.stderr)
        settle()
        notify("READY=1")
        await stop.wait()
        notify("STOPPING=1")
        journal.event("stopping")
        alive.cancel()


def _reload(gateway: Gateway, file: Path) -> None:
    """Take over a changed configuration whole, or keep the old one whole."""
    notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1_000}")
    try:
        gateway.reload(read_settings(file))
        journal.event("reloaded")
    except SettingsProblem as problem:
        journal.trouble(public("the new configuration is wrong, so the old one stays in force"), problem)
        print(f"chaperone: not reloaded: {problem}", file=sys.stderr, flush=True)
    notify("READY=1")
