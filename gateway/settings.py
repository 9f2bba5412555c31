"""
Reading the configuration: checked when it is read, and explained when it is wrong.

A problem names the file, the key, what was found and what is expected, in one line.
"""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from gateway.misfit import in_words, shown
from gateway.quantities import Duration, HostPort, Network, Relays, Size, is_address
from gateway.sections import Section, Settings

# With a sign too many no address would be inside, and no rule about outsiders right.
_DOMAIN = re.compile(r"[^\s@/:*?<>\[\](),;\"'.]+(?:\.[^\s@/:*?<>\[\](),;\"'.]+)*\.?")

_NAME = re.compile(r"[\w.-]+")


class SettingsProblem(Exception):
    """The configuration cannot be used. Its text is the one line to show."""

    def __init__(self, file: Path | str, key: str, found: str, expected: str) -> None:
        super().__init__(f"{file}: {key}: found {found}, expected {expected}")


def config_folder() -> Path:
    """The configuration that the product brings: beside the code in a checkout, in a wheel inside it."""
    packed = Path(__file__).parent / "_config"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "config"


def read_settings(file: Path) -> Settings:
    """
    Read and check a configuration file.

    Raises:
        SettingsProblem: it is missing, no TOML, or has a wrong key or value.
    """
    return settings_from(read_toml(file), file)


def read_toml(file: Path) -> dict[str, Any]:
    """
    Read one TOML file.

    Raises:
        SettingsProblem: it is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsProblem(file, "file", "nothing at this path", "a TOML file") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsProblem(file, "file", type(problem).__name__, "a readable TOML file in UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise SettingsProblem(file, "file", f"no TOML ({problem})", "a TOML file") from None


def settings_from(table: Mapping[str, Any], file: Path) -> Settings:
    """Check a table as if it had been read from *file*; relative paths start beside it."""
    base = file.resolve().parent
    if "base" in table:
        raise SettingsProblem(file, "base", "an unknown key", "one of the documented tables")
    try:
        settings = msgspec.convert(dict(table), Settings, dec_hook=_read)
    except msgspec.ValidationError as problem:
        raise explain(problem, table, file) from None
    agency = settings.agency
    if "domains" in table["agency"] and not agency.domains:
        raise SettingsProblem(file, "agency.domains", "none", "the agency's own mail domains, at least one")
    for each in agency.domains:
        if not _DOMAIN.fullmatch(each):
            raise SettingsProblem(
                file, "agency.domains", repr(each), "what stands behind the @, such as agency.example"
            )
    if agency.safeguarding_lead and not is_address(agency.safeguarding_lead):
        raise SettingsProblem(file, "agency.safeguarding_lead", repr(agency.safeguarding_lead), "an address")
    smtp = msgspec.structs.replace(settings.smtp, hostname=_in_ascii(settings.smtp.hostname))
    settings = msgspec.structs.replace(settings, smtp=smtp)
    rooted: Settings = _rooted(msgspec.structs.replace(settings, base=base), base)
    return rooted


def _in_ascii(host: str) -> str:
    """A host's name as it travels: "mail.müller.example" is xn--… (RFC 5891); what is none stays as it is."""
    try:
        return host.encode("idna").decode("ascii") if _NAME.fullmatch(host) else host
    except UnicodeError:
        return host


def _read(kind: type[Any], found: Any) -> Any:
    if kind in (Size, Duration, HostPort, Relays, Network):
        return kind.read(found)
    if kind is Path:
        if isinstance(found, str) and found.strip():  # "" would be the configuration's own folder
            return Path(found)
        raise ValueError("a path")
    raise NotImplementedError(f"no reader for {kind}")


def explain(problem: msgspec.ValidationError, table: Mapping[str, Any], file: Path) -> SettingsProblem:
    """Put msgspec's words into ours: file, key, found, expected."""
    text, _, where = str(problem).partition(" - at `$")
    key = where.rstrip("`").lstrip(".")
    unknown = text.partition("unknown field ")[2].strip("`")
    if unknown:
        full = f"{key}.{unknown}" if key else unknown
        close = get_close_matches(unknown, _keys(key), 1)
        hint = f"{close[0]}, perhaps?" if close else f"one of {', '.join(_keys(key))}"
        return SettingsProblem(file, full, "an unknown key", hint)
    missing = text.partition("missing required field ")[2].strip("`")
    if missing:
        full = f"{key}.{missing}" if key else missing
        return SettingsProblem(file, full, "nothing", "this key: it is required")
    expected = text.partition(", got ")[0].removeprefix("Expected ").replace("`", "")
    if expected.startswith("Invalid enum value"):
        expected = f"one of {', '.join(_choices(key))}"
    return SettingsProblem(file, key or "file", shown(table, key), in_words(expected))


def _keys(path: str) -> tuple[str, ...]:
    kind = _kind(path)
    return tuple(name for name in getattr(kind, "__struct_fields__", ()) if name != "base")


def _choices(path: str) -> tuple[str, ...]:
    return tuple(map(str, getattr(_kind(path), "__args__", ())))


def _kind(path: str) -> Any:
    """The type that the settings have at a dotted path."""
    kind: Any = Settings
    for step in filter(None, path.split(".")):
        kind = {field.name: field.type for field in msgspec.structs.fields(kind)}.get(step)
        options = getattr(kind, "__args__", ())
        kind = next((each for each in options if hasattr(each, "__struct_fields__")), kind)
    return kind


def _rooted(value: Any, base: Path) -> Any:
    """Every relative path in the settings, taken from *base*."""
    if isinstance(value, Path):
        return value if value.is_absolute() else base / value
    if isinstance(value, Section):
        changed = {
            name: _rooted(getattr(value, name), base)
            for name in value.__struct_fields__
            if isinstance(getattr(value, name), Path | Section)
        }
        return msgspec.structs.replace(value, **changed)
    return value


def read_pack(settings: Settings) -> dict[str, Any]:
    """
    The policy pack that the settings name: one of the product's, or a file.

    Raises:
        SettingsProblem: there is no such pack.
    """
    name = settings.policy.pack
    if "/" in name or name.endswith(".toml"):
        if not (settings.base / name).is_file():
            raise SettingsProblem("configuration", "policy.pack", repr(name), "a policy pack at that path")
        return read_toml(settings.base / name)
    file = config_folder() / "policies" / f"{name}.toml"
    if not file.is_file():
        known = sorted(each.stem for each in file.parent.glob("*.toml"))
        raise SettingsProblem(
            "configuration", "policy.pack", repr(name), f"a path or one of {', '.join(known)}"
        )
    return read_toml(file)
