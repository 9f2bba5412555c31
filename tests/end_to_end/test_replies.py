"""Every row of the contract's SMTP table, spoken over real sockets to a running gateway."""

import re
import sqlite3

import pytest

from gateway import judge
from tests.end_to_end.conftest import MOTHER, TUTOR
from tests.smtp.receiver import greet, scripted

SCHOOL = "a.osei@hill-school.example"


async def test_delivered_unchanged_means_byte_for_byte_below_one_received_field(start, demo_mail):
    raw = demo_mail("1-")
    async with start() as line:
        code, text = await line.send(raw)
        (arrived,) = await line.arrived(1)
    assert (code, text) == (250, "2.0.0 Ok: taken as 1")  # the relay's own words
    assert arrived.raw.endswith(raw)
    added = arrived.raw[: -len(raw)]
    assert re.fullmatch(rb"Received:(?:[^\r\n]+\r\n[ \t])*[^\r\n]+\r\n", added)
    assert (arrived.mail_from, arrived.recipients) == (TUTOR, (MOTHER,))


async def test_a_refusal_is_550_with_the_rules_and_nothing_leaves_but_the_explanation(start, demo_mail):
    async with start() as line:
        code, text = await line.send(demo_mail("3-"))
        (told,) = await line.arrived(1)
    assert code == 550
    assert text.startswith("5.7.1")
    assert "[subject_name]" in text.splitlines()[0]
    assert "Marsh" not in text
    assert told.recipients == (TUTOR,)
    assert told.mail_from == ""


async def test_all_rules_behind_a_refusal_stand_in_the_first_line(start, demo_mail):
    raw = demo_mail("4-").replace(b"Subject: Homework", b"Subject: Dylan Pryce: homework")
    async with start() as line:
        code, text = await line.send(raw, "dylan.pryce@pupil.example")
    assert code == 550
    assert re.search(r"\[parent_missing, subject_name\]", text.splitlines()[0])


async def test_held_is_250_once_the_message_is_in_the_store(start, demo_mail):
    raw = demo_mail("8-")
    async with start() as line:
        code, text = await line.send(raw, "rhian.pryce@family.example")
        held = re.fullmatch(r"2\.0\.0 Held for review as (\S+) \[uninspectable\]", text)
        assert code == 250
        assert held
        with sqlite3.connect(line.file.parent / "chaperone.db", timeout=60) as database:
            dump = "\n".join(database.iterdump())
        assert held[1] in dump
        assert "worksheets" not in dump  # contents are encrypted
        assert all(each.mail_from == "" for each in await line.arrived(1))


async def test_encrypted_is_the_relays_reply_and_the_passphrase_goes_to_the_tutor_alone(start, demo_mail):
    async with start() as line:
        code, text = await line.send(demo_mail("6-"), SCHOOL)
        arrived = await line.arrived(3)
    assert code == 250
    assert text.startswith("2.0.0 Ok: taken as")
    (sent,) = (each for each in arrived if each.recipients == (SCHOOL,))
    assert b"Support report" not in sent.raw
    told = [each for each in arrived if each is not sent]
    assert {each.recipients for each in told} == {(TUTOR,)}
    assert len(told) == 2


async def test_the_relay_being_down_is_451_and_nothing_is_kept(start, demo_mail, closed_port):
    async with start(relay=closed_port) as line:
        code, text = await line.send(demo_mail("1-"))
    assert code == 451
    assert text.startswith("4.4.1 ")
    assert "next mail server cannot be reached" in text
    assert "Reference" in text


def in_outbox(line) -> list[str]:
    """The states of the mail in the outbox."""
    with sqlite3.connect(line.file.parent / "chaperone.db", timeout=60) as database:
        return [state for (state,) in database.execute("select state from mails order by id")]


async def test_a_passphrase_is_taken_back_when_no_relay_was_reached(start, demo_mail, closed_port):
    async with start(relay=closed_port) as line:
        code, _ = await line.send(demo_mail("6-"), SCHOOL)
        assert code == 451
        assert set(in_outbox(line)) == {"withdrawn"}


async def test_a_passphrase_goes_out_later_when_the_relay_may_have_the_message(start, demo_mail):
    """The relay had the whole message and hung up: somebody may have it, and must be able to open it."""

    async def script(reader, writer):
        await greet(reader, writer)
        for answer in (b"250 OK\r\n", b"250 OK\r\n", b"354 Go\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")

    async with scripted(script) as address, start(relay=address) as line:
        code, _ = await line.send(demo_mail("6-"), SCHOOL)
        assert code == 451
        assert set(in_outbox(line)) == {"waiting"}


async def test_what_the_relay_has_taken_is_not_refused_for_the_stores_sake(start, demo_mail):
    """A 451 after the relay's 250 would bring the message a second time."""
    async with start() as line:
        with sqlite3.connect(line.file.parent / "chaperone.db", timeout=60, isolation_level=None) as database:
            database.execute(
                "create trigger stuck before update of state on mails when new.state = 'ready' "
                "begin select raise(abort, 'database or disk is full'); end"
            )
        code, _ = await line.send(demo_mail("6-"), SCHOOL)
        assert code == 250
        assert [each.recipients for each in await line.arrived(1)] == [(SCHOOL,)]
        assert set(in_outbox(line)) == {"waiting"}  # the passphrase leaves by itself in a while


async def test_a_refusal_is_the_relays_even_when_the_store_cannot_take_the_passphrase_back(start, demo_mail):
    async def script(reader, writer):
        await greet(reader, writer)
        for answer in (b"250 OK\r\n", b"250 OK\r\n", b"354 Go\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"550 5.7.1 Not here\r\n")

    async with scripted(script) as address, start(relay=address) as line:
        with sqlite3.connect(line.file.parent / "chaperone.db", timeout=60, isolation_level=None) as database:
            database.execute(
                "create trigger stuck before update of state on mails when new.state = 'withdrawn' "
                "begin select raise(abort, 'database or disk is full'); end"
            )
        code, text = await line.send(demo_mail("6-"), SCHOOL)
        assert (code, "Not here" in text) == (550, True)


async def test_a_rule_that_raises_is_451_and_its_text_stays_here(start, demo_mail, third_party_rule):
    third_party_rule("raise ValueError('Zoe Marsh')")
    async with start('\n[policy.rules.theirs]\naction = "deliver"\n') as line:
        code, text = await line.send(demo_mail("1-"))
        assert line.relay.arrived == []
    assert code == 451
    assert "Zoe" not in text
    assert "ValueError" not in text


async def test_a_third_partys_rule_runs_like_ours(start, demo_mail, third_party_rule):
    third_party_rule("yield Finding(rule='theirs', summary=public('Not on Mondays.'))")
    async with start('\n[policy.rules.theirs]\naction = "reject"\nword = "y"\n') as line:
        code, text = await line.send(demo_mail("1-"))
    assert code == 550
    assert "[theirs]" in text


async def test_attachments_that_take_too_long_are_451_and_are_read_on_for_the_next_attempt(
    start, demo_mail, monkeypatch
):
    async with start() as line:
        with monkeypatch.context() as impatient:
            impatient.setattr(judge, "_LOOKING", 0.0)
            code, _ = await line.send(demo_mail("9-"))
            assert (code, line.relay.arrived) == (451, [])
        assert (await line.send(demo_mail("9-")))[0] == 250
        assert len(await line.arrived(1)) == 1


async def test_a_store_that_cannot_be_written_is_451(start, demo_mail):
    async with start() as line:
        with sqlite3.connect(line.file.parent / "chaperone.db", timeout=60, isolation_level=None) as database:
            for table in [
                row[0]
                for row in database.execute(
                    "select name from sqlite_master where type='table' and name not like 'sqlite%'"
                )
            ]:
                database.execute(
                    f"create trigger full_{table} before insert on {table} "
                    "begin select raise(abort, 'database or disk is full'); end"
                )
        code, _ = await line.send(demo_mail("8-"), "rhian.pryce@family.example")
        assert line.relay.arrived == []
    assert code == 451


@pytest.mark.parametrize(
    ("what", "bad", "code"),
    [
        ("a bare CR", b"Subject: x\rBcc: y\r\n\r\nbody\r\n", 550),
        ("a bare LF", b"Subject: x\r\n\r\nbody\nmore\r\n", 550),
        ("a NUL byte", b"Subject: x\r\n\r\nbo\0dy\r\n", 550),
    ],
)
async def test_bytes_that_mean_different_things_to_different_readers_are_refused(start, what, bad, code):
    async with start() as line:
        got, text = await line.send(bad)
        assert line.relay.arrived == []
    assert got == code, what
    assert text.startswith("5.6.")


async def test_too_large_is_552(start):
    extra = '\n[smtp]\nlisten = ["127.0.0.1:0"]\nmax_message_size = "10kB"\n'
    async with start(extra) as line:
        code, text = await line.send(b"Subject: x\r\n\r\n" + b"a line of text\r\n" * 1000)
    assert code == 552
    assert text.startswith("5.3.4")


async def test_a_tree_a_thousand_deep_is_held_not_lost(start):
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(1000)
    )
    async with start() as line:
        code, text = await line.send(b"Subject: deep\r\n" + raw + b"\r\nend\r\n")
    assert code == 250
    assert "Held for review" in text
