"""
The command ``chaperone``.

Each command is a module of `gateway.commands` with `add_arguments` and `run`; it
is imported only when it is called, so that ``chaperone check`` does not pay for
the web console. A problem of the user's is one line on standard error and exit
status 2; a traceback is a defect of ours.
"""

import argparse
import os
import sys
from importlib import import_module

from gateway import __version__
from gateway.commands import UsageProblem
from gateway.register.problems import RegisterProblem
from gateway.settings import SettingsProblem
from gateway.store.errors import StoreUnusable

# What each command is for, as the overview says it.
COMMANDS = {
    "serve": "run the gateway: SMTP, outbox and web console",
    "check": "judge a message file, or many",
    "evaluate": "measure the rules on labelled messages",
    "inspect": "say what the gateway makes of a document",
    "register": "import, export and show pupils, carers, staff and schools",
    "quarantine": "list, show, release and reject held messages",
    "keys": "keep certificates and OpenPGP keys of recipients",
    "outbox": "list, retry and cancel mail on its way to the relay",
    "audit": "verify and export the record of who did what",
    "user": "say who may sign in",
    "doctor": "check that everything is in place",
    "demo": "watch the whole thing at work, with made-up people",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="chaperone", description="An outbound email gateway that keeps children's privacy."
    )
    parser.add_argument("--version", action="version", version=f"chaperone {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((each for each in given if each in COMMANDS), None)
    for name, purpose in COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        if name == wanted:
            import_module(f"gateway.commands.{name}").add_arguments(command)
    parsed = parser.parse_args(given)
    try:
        status: int = import_module(f"gateway.commands.{parsed.command}").run(parsed)
    except (UsageProblem, SettingsProblem, RegisterProblem, StoreUnusable) as problem:
        print(f"chaperone: {_placed(problem, parsed)}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output went away
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- closed with the process
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _placed(problem: Exception, parsed: argparse.Namespace) -> str:
    """What is wrong, with the configuration's file before it where the fault lies in there."""
    text, file = str(problem).removeprefix("configuration: "), getattr(parsed, "config", None)
    if isinstance(problem, RegisterProblem) and parsed.command != "register":
        text = f"register.source: {text}"
    elif not isinstance(problem, SettingsProblem | StoreUnusable) or text.startswith(f"{file}: "):
        return text
    return f"{file}: {text}"
