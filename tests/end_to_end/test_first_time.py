"""Sensitive data to an address that the agency never wrote to, on the running gateway."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway import sections
from gateway.store.history import LEARNING
from gateway.store.store import Store
from tests.end_to_end.conftest import TUTOR

CLINIC = "intake@clinic.example"
RECORD = (
    "From: Tom Reed <{tutor}>\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n"
    "Zoë Marsh was diagnosed with autism and epilepsy; her EHCP names a child protection plan, and she takes "
    "medication.\r\n"
)


def record(to: str, subject: str = "Our talk") -> bytes:
    return RECORD.format(tutor=TUTOR, to=to, subject=subject).encode()


def plain(to: str) -> bytes:
    return f"From: {TUTOR}\r\nTo: {to}\r\nSubject: Room booking\r\n\r\nIs the hall free?\r\n".encode()


async def a_past(folder: Path, *addresses: str) -> None:
    """The store of an installation that has been writing for long enough."""
    then = datetime.now(UTC) - LEARNING - timedelta(days=1)
    section = sections.Store(url="sqlite:///chaperone.db", key_file=Path("chaperone.key"))
    store = await Store.open(section, folder, clock=lambda: then)
    store.history.wrote(addresses)
    await store.history.write()
    await store.close()


async def test_it_is_held_for_a_stranger_and_passes_to_whom_mail_went_before(start, tmp_path):
    await a_past(tmp_path, "office@printer.example")
    async with start() as line:
        code, text = await line.send(record(CLINIC), CLINIC)
        assert (code, "[recipient_doubt]" in text) == (250, True), text
        code, text = await line.send(plain(CLINIC), CLINIC)
        assert "Held" not in text
        code, text = await line.send(record(CLINIC, "The clinic"), CLINIC)
        assert (code, "Held" in text) == (250, False), text


async def test_what_a_gateway_wrote_the_next_one_knows(start, tmp_path):
    await a_past(tmp_path, "office@printer.example")
    async with start() as line:
        await line.send(plain(CLINIC), CLINIC)
    async with start() as line:
        _, text = await line.send(record(CLINIC), CLINIC)
        assert "Held" not in text


async def test_what_a_reviewer_released_has_been_written_to(start, tmp_path):
    await a_past(tmp_path, "office@printer.example")
    async with start() as line:
        _, text = await line.send(record(CLINIC), CLINIC)
        await line.gateway.store.quarantine.release(text.split()[5], "lead")
        await line.relay.wait_for(2, 60)  # the tutor's explanation, and the message
        known = await line.gateway.store.history.known((CLINIC,))
        while not known:
            await line.relay.quiet(0.1)
            known = await line.gateway.store.history.known((CLINIC,))
        _, text = await line.send(record(CLINIC, "Another talk"), CLINIC)
        assert "Held" not in text


async def test_a_new_installation_asks_about_nobody(start):
    async with start() as line:
        code, text = await line.send(record(CLINIC), CLINIC)
        assert (code, "Held" in text) == (250, False), text
