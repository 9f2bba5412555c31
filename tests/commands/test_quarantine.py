"""`chaperone quarantine` and `chaperone user`, as an operator types them."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.cli import main
from gateway.mail.account import Account
from gateway.settings import read_settings
from gateway.store.store import Store
from tests.store.conftest import ENVELOPE, NEVER, OK, RAW, VERDICT, ScriptedRelay

CONFIG = """
[agency]
name = "Brightpath Tutors"
domains = ["agency.example"]
[store]
url = "sqlite:///store.db"
key_file = "store.key"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "chaperone.toml"
    file.write_text(CONFIG)
    return file


@pytest.fixture
def held(config: Path) -> str:
    async def hold() -> str:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        try:
            return await store.hold(RAW, ENVELOPE, VERDICT)
        finally:
            await store.close()

    return asyncio.run(hold())


@pytest.fixture
def chaperone(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Runs one command; gives exit status, output and error output."""
    monkeypatch.setattr("gateway.commands.quarantine._PATIENCE", 0.2)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()  # what the test itself printed
        status = main([*words, "--config", str(config)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


Chaperone = Callable[..., tuple[int, str, str]]


def deliver(config: Path, relay: ScriptedRelay) -> None:
    """What a gateway does that runs for a moment."""

    async def carry() -> None:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        while (claimed := await store.leases.claim()) is not None:
            await store.courier(relay).carry(claimed)
        await store.close()

    asyncio.run(carry())


def test_an_empty_quarantine_says_so(chaperone: Chaperone) -> None:
    assert chaperone("quarantine", "list") == (0, "Nothing waits for a decision.\n", "")
    assert chaperone("quarantine", "list", "--json") == (0, "[]\n", "")


def test_list_names_tutor_and_rules_and_nobody_else(held: str, chaperone: Chaperone) -> None:
    status, out, _ = chaperone("quarantine", "list")
    assert status == 0
    assert held in out
    assert "tom" in out
    assert "subject_name" in out
    for private in ("Zo", "Marsh", "family.example"):
        assert private not in out
    assert private not in chaperone("quarantine", "list", "--json")[1]


def test_list_as_json_is_an_array(held: str, chaperone: Chaperone) -> None:
    (item,) = json.loads(chaperone("quarantine", "list", "--json")[1])
    assert item["id"] == held
    assert item["state"] == "held"
    assert item["rules"] == ["subject_name"]
    assert item["recipients"] == 3
    assert item["received_at"] == "2026-10-12T15:20:00.123456Z"


def test_show_gives_findings_with_evidence_and_is_on_record(held: str, chaperone: Chaperone) -> None:
    status, out, _ = chaperone("quarantine", "show", held.lower(), "--reason", "a complaint")
    assert status == 0
    assert "Zoë Marsh (a pupil)" in out
    assert "ana@family.example" in out
    assert "opened by cli:" in out
    assert "a complaint" in out


def test_show_as_json_is_an_object(held: str, chaperone: Chaperone) -> None:
    item = json.loads(chaperone("quarantine", "show", held, "--json")[1])
    (finding,) = item["findings"]
    assert finding["rule"] == "subject_name"
    assert finding["action"] == "quarantine"
    assert finding["evidence"] == [
        {"where": "subject", "quote": "Zoë Marsh", "start": 0, "end": 9, "why": "a pupil", "at": None}
    ]
    assert item["recipients"] == list(ENVELOPE.rcpt_to)
    assert [each["what"] for each in item["history"]] == ["held", "opened"]


def test_what_came_in_a_message_cannot_steer_the_terminal(config: Path, chaperone: Chaperone) -> None:
    envelope = msgspec.structs.replace(ENVELOPE, mail_from="\x1b[2Jtom@agency.example", account=None)

    async def hold() -> str:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        item = await store.hold(b"Subject: \x1b]0;gone\x07 [bold]x\r\n\r\n", envelope, VERDICT)
        await store.close()
        return item

    item = asyncio.run(hold())
    for words in (["list"], ["show", item]):
        out = chaperone("quarantine", *words)[1]
        assert "\x1b" not in out
        assert "\x07" not in out


def test_source_gives_the_message_byte_for_byte(
    held: str, config: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["quarantine", "show", held, "--source", "--config", str(config)]) == 0
    assert capfdbinary.readouterr().out == RAW


def test_release_without_a_gateway_waits_for_one(held: str, config: Path, chaperone: Chaperone) -> None:
    status, out, _ = chaperone("quarantine", "release", held, "--note", "agreed")
    assert status == 0
    assert "it leaves when one runs" in out
    relay = ScriptedRelay(OK)
    deliver(config, relay)
    message, told = relay.got
    assert message.raw == RAW
    assert [each.address for each in told.recipients] == ["tom@agency.example"]
    item = json.loads(chaperone("quarantine", "show", held, "--json")[1])
    assert item["state"] == "released"
    assert item["answer"]["text"] == "250 2.0.0 queued as 4711"


def test_a_refused_release_shows_the_relays_words(held: str, config: Path, chaperone: Chaperone) -> None:
    chaperone("quarantine", "release", held)
    deliver(config, ScriptedRelay(NEVER))
    (item,) = json.loads(chaperone("quarantine", "list", "--json")[1])
    assert (item["state"], item["answer"]["code"]) == ("held", 550)


def test_the_second_decision_is_refused(held: str, chaperone: Chaperone) -> None:
    assert chaperone("quarantine", "release", held)[0] == 0
    for action in ("release", "reject"):
        status, out, err = chaperone("quarantine", action, held)
        assert (status, out) == (1, "")
        assert "releasing already" in err


def test_reject_tells_the_tutor(held: str, config: Path, chaperone: Chaperone) -> None:
    status, out, _ = chaperone("quarantine", "reject", held, "--note", "Ask her parents first", "--json")
    assert (status, json.loads(out)) == (0, {"id": held, "state": "rejected", "tutor_told": True})
    relay = ScriptedRelay(OK)
    deliver(config, relay)
    (sent,) = relay.got
    assert sent.mail_from == ""
    assert [each.address for each in sent.recipients] == ["tom@agency.example"]
    assert b"Ask her parents first" in sent.raw
    assert json.loads(chaperone("quarantine", "list", "--json")[1]) == []
    assert len(json.loads(chaperone("quarantine", "list", "--all", "--json")[1])) == 1


def test_an_unknown_id_is_status_1(chaperone: Chaperone) -> None:
    for action in ("show", "release", "reject"):
        assert chaperone("quarantine", action, "Q7F3K-9WDTB") == (
            1,
            "",
            "chaperone: there is no held message Q7F3K-9WDTB\n",
        )


def test_an_unusable_store_is_one_line_and_status_2(config: Path, held: str, chaperone: Chaperone) -> None:
    (config.parent / "store.key").write_text("no key")
    status, out, err = chaperone("quarantine", "list")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "expected" in err


def test_an_account_is_added_listed_and_disabled(
    config: Path, chaperone: Chaperone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("correct horse battery\n")
    words = ("--role", "submit", "--role", "reviewer", "--password-file", str(tmp_path / "password"))
    status, out, _ = chaperone("user", "add", "tom@agency.example", *words)
    assert (status, out) == (0, "tom@agency.example may sign in now (submit, reviewer).\n")
    (account,) = json.loads(chaperone("user", "list", "--json")[1])
    assert account["addresses"] == ["tom@agency.example"]
    assert account["state"] == "active"

    async def verify() -> bool:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        found = await store.accounts.verify("tom@agency.example", "correct horse battery")
        await store.close()
        return found is not None

    assert asyncio.run(verify())
    assert chaperone("user", "disable", "tom@agency.example")[0] == 0
    assert not asyncio.run(verify())
    assert chaperone("user", "disable", "nobody")[0] == 1
    assert "disabled" in chaperone("user", "list")[1]


def test_a_short_or_missing_password_is_refused(
    chaperone: Chaperone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAPERONE_PASSWORD", "short")
    status, _, err = chaperone("user", "add", "tom")
    assert (status, err) == (2, "chaperone: password: found 5 characters, expected 10 or more\n")
    assert chaperone("user", "add", "tom", "--password-file", str(tmp_path / "none"))[0] == 2
    assert chaperone("user", "list")[1] == "There are no accounts yet.\n"


def test_an_invitation_is_a_link_that_works_once(config: Path, chaperone: Chaperone) -> None:
    status, out, _ = chaperone("user", "invite", "amira@agency.example", "--role", "administrator")
    assert status == 0
    link = out.splitlines()[0]
    assert link.startswith("http://127.0.0.1:8025/invitation/")

    async def account() -> Account:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        try:
            token = link.rpartition("/")[2]
            ticket = await store.tickets.use(token, "invitation")
            assert not (await store.tickets.look(token, "invitation")).valid
            return msgspec.json.decode(ticket.data, type=Account)
        finally:
            await store.close()

    found = asyncio.run(account())
    assert found == Account("amira@agency.example", ("amira@agency.example",), ("administrator",))
    assert chaperone("user", "list", "--json")[1] == "[]\n"


def test_a_passphrase_is_shown_for_a_reason_and_on_record(config: Path, chaperone: Chaperone) -> None:
    envelope = msgspec.structs.replace(ENVELOPE, queue_id="Q7F3K-9WDTB")

    async def keep() -> None:
        settings = read_settings(config)
        store = await Store.open(settings.store, settings.base)
        await store.keep_passphrase(envelope, VERDICT, "amber otter plinth")
        await store.close()

    asyncio.run(keep())
    words = ("quarantine", "passphrase", "q7f3k-9wdtb")
    assert chaperone(*words, "--reason", "lost")[:2] == (0, "amber otter plinth\n")
    assert "passphrase_shown" in chaperone("audit", "export", "--item", "Q7F3K-9WDTB")[1]
    status, _, err = chaperone("quarantine", "passphrase", "AAAAA-AAAAA", "--reason", "x")
    assert (status, err) == (1, "chaperone: there is no passphrase kept for AAAAA-AAAAA\n")
