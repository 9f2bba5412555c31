"""``chaperone user``: who may sign in, to submit mail or to review it."""

import argparse
import getpass
import os
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from gateway.commands import UsageProblem, add_config
from gateway.commands.opened import act, opened, operator
from gateway.mail.account import Account
from gateway.review.session import Listed
from gateway.sections import Settings
from gateway.store.errors import NoSuchItem

ROLES = ("submit", "reviewer", "safeguarding_lead", "auditor", "administrator")
_PASSWORD_VARIABLE = "CHAPERONE_PASSWORD"  # noqa: S105 -- a variable's name
_SHORTEST = 10
_INVITED_FOR = timedelta(days=3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make an account, or change one's password, addresses and roles")
    invite = actions.add_parser(
        "invite", help="print a link under which somebody makes their own account, once"
    )
    for each in (add, invite):
        each.add_argument("name", metavar="NAME", help="what they sign in with; an address will do")
        each.add_argument(
            "--address",
            action="append",
            default=[],
            metavar="ADDRESS",
            help="an address that they may send as",
        )
        each.add_argument(
            "--role", action="append", default=[], choices=ROLES, help="what they may do (default: submit)"
        )
    add.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help=f"the password's file (default: ${_PASSWORD_VARIABLE}, else you are asked)",
    )
    listing = actions.add_parser("list", help="every account")
    listing.add_argument("--json", action="store_true", help="print JSON")
    disable = actions.add_parser("disable", help="nobody signs in under that name any more")
    disable.add_argument("name", metavar="NAME")
    for each in (add, invite, listing, disable):
        add_config(each)


def run(args: argparse.Namespace) -> int:
    """Do it. Exit status 1: there is no such account."""
    return act(args, {"add": _add, "invite": _invite, "list": _list, "disable": _disable})


async def _add(settings: Settings, args: argparse.Namespace) -> int:
    account = _account(args)
    password = _password(args)
    async with opened(settings) as store:
        new = await store.accounts.add(account, password, operator())
    print(f"{account.name} {'may sign in now' if new else 'was changed'} ({', '.join(account.roles)}).")
    return 0


async def _invite(settings: Settings, args: argparse.Namespace) -> int:
    account = msgspec.json.encode(_account(args))
    async with opened(settings) as store:
        token = await store.tickets.issue("invitation", "", _INVITED_FOR, account)
        await store.audit.record("invited", store.accounts.key(args.name), operator(), name=args.name)
    print(f"{settings.web.base_url.rstrip('/')}/invitation/{token}")
    print(f"The link works once, for {_INVITED_FOR.days} days. Whoever has it can make this account.")
    return 0


def _account(args: argparse.Namespace) -> Account:
    """The account that the arguments describe."""
    addresses = tuple(args.address) or ((args.name,) if "@" in args.name else ())
    wrong = next((each for each in addresses if not all(each.rpartition("@")[::2])), None)
    if wrong is not None:
        raise UsageProblem(f"--address: found {wrong!r}, expected an address such as tom@agency.example")
    return Account(args.name, addresses, tuple(dict.fromkeys(args.role)) or ("submit",))


def _password(args: argparse.Namespace) -> str:
    """From a file, a variable or the terminal: an argument would show in the process list."""
    if args.password_file is not None:
        try:
            password = str(args.password_file.read_text("utf-8")).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as problem:
            raise UsageProblem(
                f"{args.password_file}: found {type(problem).__name__}, expected a file with the password"
            ) from None
    elif _PASSWORD_VARIABLE in os.environ:
        password = os.environ[_PASSWORD_VARIABLE]
    elif not sys.stdin.isatty():
        raise UsageProblem(f"password: found none, expected --password-file or ${_PASSWORD_VARIABLE}")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise UsageProblem("password: found two different ones, expected the same twice")
    if len(password) < _SHORTEST:
        raise UsageProblem(f"password: found {len(password)} characters, expected {_SHORTEST} or more")
    return password


async def _list(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        found = await store.accounts.list()
    if args.json:
        print(msgspec.json.encode([_summary(each) for each in found]).decode())
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Name", "May send as", "Roles", "State"):
        table.add_column(column, overflow="fold")
    for each in found:
        account = each.account
        state = "disabled" if each.disabled_at else "active"
        table.add_row(account.name, ", ".join(account.addresses), ", ".join(account.roles), state)
    Console(highlight=False, markup=False).print(table if found else "There are no accounts yet.")
    return 0


def _summary(listed: Listed) -> dict[str, object]:
    account = listed.account
    return {
        "name": account.name,
        "addresses": account.addresses,
        "roles": account.roles,
        "state": "disabled" if listed.disabled_at else "active",
        "created_at": listed.created_at,
    }


async def _disable(settings: Settings, args: argparse.Namespace) -> int:
    async with opened(settings) as store:
        try:
            await store.accounts.disable(args.name, operator())
        except NoSuchItem:
            print(f"chaperone: there is no account {args.name}", file=sys.stderr)
            return 1
    print(f"{args.name} may not sign in any more.")
    return 0
