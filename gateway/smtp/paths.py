"""
The arguments of MAIL and RCPT: an address in angle brackets, and parameters (RFC 5321, 4.1.2).

Strict, since whatever stands there goes on to the relay and into rules: no
control character, no space outside quotes, bounded lengths. A source route is
dropped, as the standard advises.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the brackets
_LONGEST_LOCAL_PART = 64

_LETTER = r"A-Za-z0-9\u00a1-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
_LOCAL = rf"""(?:[{_LETTER}.!#$%&'*+/=?^_`{{|}}~-]+|"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*")"""
_DOMAIN = rf"(?:[{_LETTER}](?:[{_LETTER}._-]*[{_LETTER}])?\.?|\[[A-Za-z0-9.:-]+\])"
_PATH = re.compile(
    rf"<(?:@[^<>@:\s]+(?:,@[^<>@:\s]+)*:)?(?:(?P<local>{_LOCAL})@(?P<domain>{_DOMAIN})|(?P<name>[A-Za-z]+))?>"
)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00-\x20\x7f]+))?")


class Path(msgspec.Struct, frozen=True):
    """
    What MAIL or RCPT named.

    *address* is "" for ``<>``. *parameters* have upper-case names; None stands
    for a parameter without a value.
    """

    address: str
    parameters: Mapping[str, str | None] = MappingProxyType({})


class BadPath(ValueError):
    """The address cannot be read."""


class BadParameter(ValueError):
    """A parameter cannot be read, or stands there twice."""


def parse_path(argument: str, keyword: str) -> Path:
    """
    Read ``FROM:<address> NAME=value`` (*keyword* is ``FROM:`` or ``TO:``).

    Raises:
        BadPath: there is no such keyword, or no address in brackets behind it.
        BadParameter: what follows the address is no list of parameters.
    """
    if argument[: len(keyword)].upper() != keyword:
        raise BadPath
    rest = argument[len(keyword) :].lstrip(" ")
    match = _PATH.match(rest)
    if match is None:
        raise BadPath
    if match["name"]:  # <postmaster> needs no domain (RFC 5321, 4.5.1)
        if match["name"].lower() != "postmaster":
            raise BadPath
        address = match["name"]
    elif match["local"]:
        address = f"{match['local']}@{match['domain']}"
        if len(match["local"].encode()) > _LONGEST_LOCAL_PART or len(address.encode()) > _LONGEST_ADDRESS:
            raise BadPath
    else:
        address = ""
    tail = rest[match.end() :]
    if not tail:
        return Path(address)
    if not tail.startswith(" "):
        raise BadPath
    return Path(address, _parameters(tail))


def _parameters(text: str) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for word in text.split(" "):
        if not word:
            continue
        match = _PARAMETER.fullmatch(word)
        if match is None or match[1].upper() in found:
            raise BadParameter
        found[match[1].upper()] = match[2]
    return found
