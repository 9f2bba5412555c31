"""The actions of a command, and the store for the length of one."""

import argparse
import asyncio
import getpass
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

from gateway.commands import UsageProblem
from gateway.sections import Settings
from gateway.settings import read_settings
from gateway.store.errors import RegisterChanged, StoreTrouble, StoreUnusable
from gateway.store.store import Store

# What one word after the command does; returns the exit status.
Action = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def act(args: argparse.Namespace, actions: Mapping[str, Action]) -> int:
    """Do what `args.action` names, by the configuration that `args.config` names; returns the exit status."""
    return asyncio.run(actions[args.action](read_settings(args.config), args))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """
    Open the store that the settings name, and close it.

    Raises:
        UsageProblem: it cannot be opened, or is locked, full or read-only.
        RegisterChanged: somebody else was quicker.
    """
    try:
        store = await Store.open(settings.store, settings.base)
    except StoreUnusable as problem:
        raise UsageProblem(str(problem)) from None
    try:
        yield store
    except RegisterChanged:
        raise  # not the store's trouble: the command says what to do
    except StoreTrouble as trouble:
        raise UsageProblem(
            "the store could not do that just now (locked, full or read-only); nothing was changed"
        ) from trouble
    finally:
        await store.close()


def operator() -> str:
    """Who is at the command line, for the audit trail."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in containers
        return f"cli:{os.getuid()}"
