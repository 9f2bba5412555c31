"""`chaperone outbox` and `chaperone audit`, as an operator types them."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gateway.cli import main
from gateway.settings import read_settings
from gateway.store.store import Store
from tests.store.conftest import ENVELOPE, RAW, VERDICT, notice

CONFIG = """
[agency]
name = "Brightpath Tutors"
[store]
url = "sqlite:///store.db"
key_file = "store.key"
"""
T = TypeVar("T")
Chaperone = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "chaperone.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def chaperone(config: Path, capsys: pytest.CaptureFixture[str]) -> Chaperone:
    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([*words, "--config", str(config)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def within(config: Path, what: Callable[[Store], Awaitable[T]]) -> T:
    async def do() -> T:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        try:
            return await what(store)
        finally:
            await store.close()

    return asyncio.run(do())


def test_an_empty_outbox_says_so(chaperone: Chaperone) -> None:
    assert chaperone("outbox", "list") == (0, "The outbox is empty.\n", "")
    assert chaperone("outbox", "list", "--json") == (0, "[]\n", "")


def test_mail_is_listed_retried_and_cancelled(config: Path, chaperone: Chaperone) -> None:
    (number,) = within(config, lambda store: store.enqueue(notice("x", "ana@family.example")))
    status, out, _ = chaperone("outbox", "list")
    assert status == 0
    assert "ready" in out
    assert "family.example" not in out
    (mail,) = json.loads(chaperone("outbox", "list", "--json")[1])
    assert (mail["id"], mail["state"], mail["recipients"]) == (number, "ready", 1)
    assert chaperone("outbox", "retry", str(number))[0] == 0
    assert chaperone("outbox", "cancel", str(number), "--note", "mistake")[0] == 0
    status, _, err = chaperone("outbox", "cancel", str(number))
    assert (status, err) == (1, f"chaperone: mail {number} is withdrawn: nothing was changed\n")
    assert chaperone("outbox", "retry", "99") == (1, "", "chaperone: there is no mail 99 in the outbox\n")
    assert "withdrawn" in chaperone("outbox", "list", "--all")[1]


def test_an_untouched_trail_holds_and_a_changed_one_does_not(config: Path, chaperone: Chaperone) -> None:
    within(config, lambda store: store.hold(RAW, ENVELOPE, VERDICT))
    status, out, _ = chaperone("audit", "verify")
    assert status == 0
    head = out.split()[-1]
    assert chaperone("audit", "verify", "--head", head)[0] == 0
    with sqlite3.connect(config.parent / "store.db") as connection:
        connection.execute("update audit set what = 'released' where seq = 1")
    connection.close()
    status, out, _ = chaperone("audit", "verify")
    assert (status, out) == (1, "entry 1: it was changed, or is not where it was\n")


def test_a_head_that_is_none_is_explained(chaperone: Chaperone) -> None:
    status, _, err = chaperone("audit", "verify", "--head", "rubbish")
    assert status == 2
    assert "expected what" in err


def test_export_gives_json_lines_and_is_on_record(config: Path, chaperone: Chaperone) -> None:
    async def two(store: Store) -> str:
        await store.hold(RAW, ENVELOPE, VERDICT)
        item = await store.hold(RAW, ENVELOPE, VERDICT)
        await store.quarantine.look(item, "lead", "a complaint")
        return item

    item = within(config, two)
    entries = [json.loads(line) for line in chaperone("audit", "export", "--item", item)[1].splitlines()]
    assert [(each["what"], each["who"]) for each in entries] == [("held", "gateway"), ("opened", "lead")]
    by_tutor = chaperone("audit", "export", "--tutor", "tom")[1].splitlines()
    assert len(by_tutor) == 3
    everything = chaperone("audit", "export")[1].splitlines()
    assert [json.loads(line)["what"] for line in everything].count("audit_exported") == 2
    assert chaperone("audit", "export", "--since", "2999-01-01")[1] == ""
    assert chaperone("audit", "export", "--since", "yesterday")[0] == 2
