"""The whole gateway between real peers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.mail.account import Account
from gateway.quantities import HostPort
from gateway.running import Gateway
from gateway.sections import Tls
from gateway.settings import config_folder, read_settings
from tests.smtp.conftest import authority, client_tls, tls_files  # noqa: F401 -- fixtures

TUTOR = "tom.reed@larkfield-tutors.example"
PASSWORD = "correct horse battery"


def letter(name: str) -> bytes:
    return (config_folder() / "demo" / "mail" / name).read_bytes()


CLEAN, CLEAN_TO = letter("1-lesson-time.eml"), "ana.marsh@family.example"
BAD, BAD_TO = letter("3-name-in-subject.eml"), "ana.marsh@family.example"
HELD, HELD_TO = letter("8-broken-archive.eml"), "rhian.pryce@family.example"


@asynccontextmanager
async def gateway_before(
    relay: HostPort,
    folder: Path,
    *,
    listen: str = "127.0.0.1:0",
    smtp: str = "",
    relay_more: str = "",
    tls: Tls | None = None,
) -> AsyncIterator[HostPort]:
    """A gateway whose next hop is *relay*; *smtp* and *relay_more* are further lines of those tables."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 -- nothing else runs yet
    file = folder / "chaperone.toml"
    certificate = f'[smtp.tls]\ncertificate = "{tls.certificate}"\nkey = "{tls.key}"\n' if tls else ""
    file.write_text(
        f"""
[agency]
name = "Larkfield Tutors"
domains = ["larkfield-tutors.example"]
safeguarding_lead = "dsl@larkfield-tutors.example"
[smtp]
listen = ["{listen}"]
hostname = "gateway.example"
{smtp}
{certificate}
[relay]
address = "{relay}"
{relay_more}
[store]
url = "sqlite:///chaperone.db"
key_file = "chaperone.key"
[register]
source = "{config_folder() / "demo" / "register.json"}"
[web]
listen = "127.0.0.1:0"
""",
        "utf-8",
    )
    async with Gateway.running(read_settings(file)) as gateway:
        await gateway.store.accounts.add(Account("tom", (TUTOR,), ("submit",)), PASSWORD, "test")
        yield gateway.addresses[0]
