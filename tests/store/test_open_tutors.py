"""Whether a tutor has something open is answered without asking the database, nearly always."""

from datetime import UTC, datetime

from sqlalchemy import event

from gateway.store import open_tutors
from tests.store.conftest import ENVELOPE, RAW, VERDICT

SOON = datetime(2100, 1, 1, tzinfo=UTC)


def counted(store) -> list[str]:
    asked: list[str] = []
    engine = store.core.database._engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    return asked


async def test_a_hundred_messages_ask_once(store, monkeypatch):
    monkeypatch.setattr(open_tutors, "monotonic", lambda: 1_000.0)  # however long a busy machine takes
    asked = counted(store)
    for _ in range(100):
        assert await store.waiting.supersede(RAW, ENVELOPE, sent=True) == ()
    assert len([each for each in asked if each.lower().startswith("select")]) == 1


async def test_what_is_stopped_here_is_known_at_once(store):
    assert not await store.waiting.has_open(ENVELOPE)
    await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=SOON)
    assert await store.waiting.has_open(ENVELOPE)


async def test_what_is_decided_elsewhere_is_known_after_a_while(store, monkeypatch):
    item = await store.quarantine.keep(RAW, ENVELOPE, VERDICT, expires_at=SOON)
    assert await store.waiting.has_open(ENVELOPE)
    await store.waiting.close(item, "discarded", "tom")
    monkeypatch.setattr(open_tutors, "_FRESH", 0.0)
    assert not await store.waiting.has_open(ENVELOPE)
