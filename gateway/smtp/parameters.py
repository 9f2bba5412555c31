"""The parameters of MAIL and RCPT that are known here, and what they may say (RFC 1870, 3461, 6152, 6531, 8689)."""

import re

from gateway.smtp import replies
from gateway.smtp.paths import Path

_OF_MAIL = {
    "SIZE": re.compile(r"\d{1,20}"),
    "BODY": re.compile(r"7BIT|8BITMIME", re.IGNORECASE),
    "SMTPUTF8": None,
    "RET": re.compile(r"FULL|HDRS", re.IGNORECASE),
    "ENVID": re.compile(r"[\x21-\x7e]{1,100}"),
    "AUTH": re.compile(r"[\x21-\x7e]{1,500}"),
    "REQUIRETLS": None,
}
_OF_RCPT = {
    "NOTIFY": re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*", re.IGNORECASE),
    "ORCPT": re.compile(r"[A-Za-z0-9-]+;[\x21-\x7e]{1,490}"),
}
# What goes on to the relay, in this order; SIZE and SMTPUTF8 are made anew for it.
_KEPT = ("BODY", "RET", "ENVID", "AUTH", "REQUIRETLS", "NOTIFY", "ORCPT")


def fault_of_mail(path: Path, *, requiretls: bool) -> bytes | None:
    """The reply to parameters of MAIL that cannot be taken; None where all is well."""
    if "REQUIRETLS" in path.parameters and not requiretls:
        return replies.UNKNOWN_PARAMETER
    fault = _fault(path, _OF_MAIL)
    if fault is None and not path.address.isascii() and "SMTPUTF8" not in path.parameters:
        return replies.NEEDS_SMTPUTF8
    return fault


def fault_of_rcpt(path: Path, sender: Path) -> bytes | None:
    """The reply to parameters of RCPT that cannot be taken; None where all is well."""
    fault = _fault(path, _OF_RCPT)
    if fault is None and not path.address.isascii() and "SMTPUTF8" not in sender.parameters:
        return replies.NEEDS_SMTPUTF8
    return fault


def _fault(path: Path, known: dict[str, re.Pattern[str] | None] | dict[str, re.Pattern[str]]) -> bytes | None:
    for name, value in path.parameters.items():
        if name not in known:
            return replies.UNKNOWN_PARAMETER
        pattern = known[name]
        fits = value is None if pattern is None else value is not None and pattern.fullmatch(value)
        if not fits:
            return replies.PARAMETER_SYNTAX
    return None


def announced_size(path: Path) -> int:
    """The octets that MAIL announced; 0 where it did not."""
    return int(path.parameters.get("SIZE") or 0)


def options(path: Path) -> tuple[str, ...]:
    """The parameters that are kept for the relay, as ``NAME=value``."""
    return tuple(_written(name, path.parameters[name]) for name in _KEPT if name in path.parameters)


def _written(name: str, value: str | None) -> str:
    return name if value is None else f"{name}={value}"
