"""New messages are told elsewhere: how many, since when and where; none is left out, nobody is named."""

import asyncio
import json
import socket
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from gateway.console.serving import WebServer, address_of
from gateway.notices.digest import Digest
from gateway.settings import SettingsProblem, read_settings
from tests.end_to_end.conftest import MOTHER

SECRET = "T0PS3CRET"


@dataclass
class Room:
    """A chat room's webhook."""

    address: str
    status: int = 200
    told: list[dict] = field(default_factory=list)

    async def hear(self, request):
        self.told.append(await request.json())
        return Response(status_code=self.status)

    async def heard(self, count: int) -> dict:
        async with asyncio.timeout(60):
            while len(self.told) < count:  # noqa: ASYNC110 -- the next digest
                await asyncio.sleep(0.05)
        return self.told[count - 1]


@pytest.fixture
async def room(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as bound:
        # cto, rto: how long Apprise waits, and by its own choice no more than four seconds
        made = Room(f"json://{address_of(bound)}/{SECRET}?cto=60&rto=60")
        app = Starlette(routes=[Route(f"/{SECRET}", made.hear, methods=["POST"])])
        server = WebServer(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none"))
        (tmp_path / "notify.txt").write_text(made.address)
        async with server.running(bound):
            yield made


TOLD = '[review]\nnotify_file = "notify.txt"\ndigest = "0.2 s"\n'
LATER = '[review]\nnotify_file = "notify.txt"\ndigest = "1 day"\n'


async def test_what_is_new_is_told_once_and_names_nobody(start, demo_mail, room, capfd):
    async with start(TOLD) as line:
        await line.send(demo_mail("8-"), MOTHER)
        first = await room.heard(1)
        await line.send(demo_mail("8-").replace(b"Subject: ", b"Subject: again "), MOTHER)
        second = await room.heard(2)
        assert first["title"] == "New messages wait for review"
        assert "How many wait for a decision: 1" in first["message"]
        assert "How many wait for a decision: 2\nOf these new: 1" in second["message"]
        assert f"http://{line.gateway.web}/queue" in first["message"]
        for private in ("Marsh", "Pryce", "again", MOTHER, "tom.reed"):
            assert private not in json.dumps(room.told)
    written = capfd.readouterr()
    assert SECRET not in written.out + written.err


async def test_what_could_not_be_told_is_in_the_next_one(start, demo_mail, room, capfd):
    """The other side refuses; then this process ends; the next one tells it all."""
    room.status = 500
    async with start(TOLD) as line:
        await line.send(demo_mail("8-"), MOTHER)
        await room.heard(2)
    room.status = 200
    room.told.clear()
    async with start(LATER) as line:
        told = await room.heard(1)
        assert "Of these new: 1" in told["message"]
        async with asyncio.timeout(60):
            while (await line.gateway.store.news.waiting())[0].new:  # noqa: ASYNC110 -- marked after the answer
                await asyncio.sleep(0.05)
    written = capfd.readouterr()
    assert SECRET not in written.out + written.err


async def test_nothing_new_is_not_told(start, room):
    async with start(TOLD) as line:
        news = line.gateway.store.news
        nothing = "there is nothing to tell"
        digest = Digest(
            read_settings(line.file), news, lambda *_: pytest.fail(nothing), lambda *_: pytest.fail(nothing)
        )
        assert await digest.tell()
    assert room.told == []


def sent_to(line, address):
    return [each for each in line.relay.arrived if each.recipients == (address,)]


async def test_the_office_gets_one_mail_about_all_of_them(start, demo_mail):
    """Through the gateway's own outbox; it names nobody, and takes the place of a mail for each."""
    office = "office@larkfield-tutors.example"
    told = f'[notices]\ndigest = ["{office}"]\nreviewers = ["{office}"]\n[review]\ndigest = "0.2 s"\n'
    async with start(told) as line:
        await line.send(demo_mail("8-"), MOTHER)
        async with asyncio.timeout(60):
            while not (mails := sent_to(line, office)):  # noqa: ASYNC110 -- the outbox is on its way
                await asyncio.sleep(0.05)
        text = mails[0].raw.decode()
        assert "Subject: New messages wait for review" in text
        assert "Of these new: 1" in text
        for private in ("Marsh", "Pryce", MOTHER, "tom.reed"):
            assert private not in text
        assert not any(b"A message is waiting for review" in each.raw for each in line.relay.arrived)


async def test_an_address_that_is_none_stops_the_start_and_is_not_shown(start, tmp_path):
    (tmp_path / "notify.txt").write_text(f"nonsense://{SECRET}")
    with pytest.raises(SettingsProblem) as problem:
        async with start(TOLD):
            pass
    assert "review.notify_file" in str(problem.value)
    assert SECRET not in str(problem.value)
