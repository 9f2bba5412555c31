"""``chaperone serve``: the gateway itself."""

import argparse
import asyncio
import signal
from contextlib import AsyncExitStack

from gateway import journal
from gateway.commands import add_config
from gateway.compose import Gateway
from gateway.settings import Settings, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop (SIGTERM, SIGINT); what is in flight is finished first."""
    settings = read_settings(args.config)
    journal.configure(settings.log.format, settings.log.level)
    asyncio.run(serve(settings))
    return 0


async def serve(settings: Settings) -> None:
    """Start every part, wait for the signal, and stop in the opposite order."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(Gateway.running(settings))
        journal.event("serving", listeners=len(gateway.addresses))
        await stop.wait()
        journal.event("stopping")
