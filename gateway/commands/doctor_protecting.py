"""What ``chaperone doctor`` sees of protecting: the texting service, recipients' keys, the directory."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.commands.examined import Result
from gateway.keys.keyring import Keyring
from gateway.notices.texting import read_url
from gateway.sections import Settings
from gateway.settings import SettingsProblem


def protecting(settings: Settings) -> Iterator[Result]:
    """What passphrases and whole messages go by, where that is more than the tutors' telephones."""
    if settings.protect.passphrase == "sms":  # noqa: S105 -- a way, no secret
        try:
            read_url(settings.protect)
            yield Result("text messages", "good", "there is a service")
        except SettingsProblem as problem:
            yield Result("text messages", "bad", str(problem), "name the service, or let the tutors ring")
    if settings.keys.folder is not None:
        yield from keys("keys", settings, None)


def keys(what: str, settings: Settings, kept: list[tuple[str, bytes]] | None) -> Iterator[Result]:
    """The keys that the store has *kept*, or where that is None those of the folder."""
    try:
        ring, now = Keyring(settings.keys), datetime.now(UTC)
        if kept is None:
            count, rejected = ring.examine(now)
        else:
            usable, rejected = ring.examine_files(kept, now)
            count = len(usable)
    except SettingsProblem as problem:
        yield Result(what, "bad", str(problem), "name the authorities' file, or leave it out")
        return
    for each in rejected:
        remedy = "ask its owner for a new one; until then they get protected files"
        yield Result(what, "look", f"{each.file}: {each.why}", remedy)
    if not rejected:
        yield Result(what, "good", f"{count} addresses with a key that can be used")


async def directory(settings: Settings) -> list[Result]:
    """Whether the directory lets certificates be looked up; nothing where nobody asked for that."""
    if not (settings.keys.ldap and settings.ldap):
        return []
    from gateway.directory import DirectoryDown
    from gateway.keys.ldap_certificates import LdapCertificates

    remedy = "look at [ldap]: url, ca_file, base, and whether reader may search; until then people get files"
    try:
        found = await asyncio.to_thread(
            LdapCertificates(settings.ldap).ask, settings.agency.safeguarding_lead
        )
    except SettingsProblem as problem:
        return [Result("directory of certificates", "bad", str(problem), remedy)]
    except DirectoryDown:
        return [Result("directory of certificates", "bad", "cannot be searched", remedy)]
    return [Result("directory of certificates", "good", f"answers ({len(found)} certificates of the lead)")]
