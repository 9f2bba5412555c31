"""What a check of ``chaperone doctor`` says."""

from typing import Literal

import msgspec

State = Literal["good", "look", "bad"]


class Result(msgspec.Struct, frozen=True):
    """One check: what was looked at, how it stands, and what to do where it does not stand well."""

    what: str
    state: State
    found: str
    remedy: str = ""
