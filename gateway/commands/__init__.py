"""One module a command of ``chaperone``: `add_arguments` and `run`."""

import argparse
import os
from pathlib import Path

from gateway.settings import config_folder


class UsageProblem(Exception):
    """The user can put this right; its text is the one line to show. Exit status 2."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add the option that every command with a configuration has."""
    default = os.environ.get("CHAPERONE_CONFIG")
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=Path(default) if default else config_folder() / "chaperone.toml",
        help="the configuration (default: $CHAPERONE_CONFIG, else the product's own)",
    )
