"""How the passphrase of a protected file gets to those who need it, through the running gateway."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx2
import msgspec
import pytest
from pysequoia import Tsk, decrypt

from gateway.commands.demo_relay import Arrived
from gateway.notices.texting import read_url
from gateway.register.native import read_native, write_native
from gateway.running import Gateway
from gateway.sections import Protect
from gateway.settings import SettingsProblem, config_folder, read_toml, settings_from
from tests.end_to_end.conftest import MOTHER, TUTOR, Running, configuration
from tests.remedy_page.conftest import MoodyRelay, plain

SECRET = "heron-quarry-lantern"
WORDS = re.compile(r"\b[a-z]+(?:-[a-z]+){5}\b")
SCHOOL = "a.osei@hill-school.example"


class Sms:
    """An SMS service's HTTP end: Apprise's json:// posts to it."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.status = "200 OK"
        self.asked = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = json.loads(await reader.readexactly(int(length[1])))
        if self.status.startswith("2"):
            self.taken.append((head.split()[1], body["message"]))
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        self.asked.set()


@asynccontextmanager
async def running(folder: Path, protect: str = "", **carers: dict[str, object]) -> AsyncIterator[Running]:
    """The demo's gateway, with *protect* for its table, and fields of carers (by id) changed."""
    source = config_folder() / "demo" / "register.json"
    people = read_native(source.read_bytes(), str(source)).people
    changed = tuple(msgspec.structs.replace(each, **carers.get(each.emails[0].partition(".")[0], {}))
                    if each.emails else each for each in people.carers)  # fmt: skip
    (folder / "own.json").write_bytes(
        write_native(msgspec.structs.replace(people, carers=changed), secrets=True)
    )
    async with MoodyRelay() as relay:
        file = configuration(folder, relay.address, f"\n[protect]\n{protect}\n")
        file.write_text(file.read_text("utf-8").replace(str(source), str(folder / "own.json")), "utf-8")
        async with Gateway.running(settings_from(read_toml(file), file)) as gateway:
            yield Running(gateway, relay, file)


@asynccontextmanager
async def sms_service(folder: Path) -> AsyncIterator[Sms]:
    service = Sms()
    server = await asyncio.start_server(service, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (folder / "sms-url").write_text(f"json://127.0.0.1:{port}/{{phone}}?cto=60&rto=60\n")
    async with server:
        yield service


BY_SMS = 'passphrase = "sms"\nsms_url_file = "sms-url"\n'


async def arrived(line: Running, count: int) -> list[Arrived]:
    await line.relay.wait_for(count, 60)
    return await line.arrived(count)


def split(arrived):
    """What left for outside, and what tutors were told."""
    return [each for each in arrived if each.mail_from], [each for each in arrived if not each.mail_from]


async def test_a_family_with_its_own_secret_needs_no_second_message(tmp_path, demo_mail):
    async with running(tmp_path, ana={"secret": SECRET}) as line:
        code, _ = await line.send(demo_mail("6-"), MOTHER)
        sent, told = split(await arrived(line, 3))
    assert code == 250
    assert [each.recipients for each in sent] == [(MOTHER,)]
    assert "your family agreed with us" in plain_opening(sent[0].raw)
    assert not [each for each in told if WORDS.search(plain(each)) or SECRET in plain(each)]
    assert any("family’s own secret: " + MOTHER in plain(each) for each in told)


async def test_carers_get_the_passphrase_by_text_message_and_others_from_the_tutor(tmp_path, demo_mail):
    async with sms_service(tmp_path) as service, running(tmp_path, BY_SMS) as line:
        code, _ = await line.send(demo_mail("6-"), MOTHER)
        sent, told = split(await arrived(line, 3))
        async with asyncio.timeout(60):
            await service.asked.wait()
    assert code == 250
    assert len(sent) == 1
    ((path, text),) = service.taken
    assert re.fullmatch(r"/\+447700900\d{3}", path)
    assert WORDS.search(text)
    assert not [each for each in told if WORDS.search(plain(each))]


async def test_a_text_message_that_no_service_takes_goes_to_the_tutor(tmp_path, demo_mail):
    async with (
        sms_service(tmp_path) as service,
        running(tmp_path, BY_SMS + 'text_for = "0 seconds"\n') as line,
    ):
        service.status = "500 No"
        code, _ = await line.send(demo_mail("6-"), MOTHER)
        _, told = split(await arrived(line, 4))
    assert code == 250
    (secret,) = [each for each in told if WORDS.search(plain(each))]
    assert secret.recipients == (TUTOR,)
    assert "could not be delivered" in plain(secret)
    assert service.taken == []


async def test_a_message_that_the_relay_refuses_sends_no_text_message(tmp_path, demo_mail):
    async with sms_service(tmp_path) as service, running(tmp_path, BY_SMS) as line:
        line.relay.busy = True
        code, _ = await line.send(demo_mail("6-"), MOTHER)
        line.relay.busy = False
        again, _ = await line.send(demo_mail("6-"), MOTHER)
        await arrived(line, 3)
        async with asyncio.timeout(60):
            await service.asked.wait()
    assert (code, again) == (451, 250)
    assert len(service.taken) == 1


async def test_the_passphrase_goes_to_no_mailbox_that_got_the_file(tmp_path, demo_mail):
    async with running(tmp_path) as line:
        code, _ = await line.send(demo_mail("6-"), SCHOOL, TUTOR)
        _, told = split(await arrived(line, 3))
    assert code == 250
    assert not [each for each in told if WORDS.search(plain(each))]
    assert any("/protected/" in plain(each) for each in told)


async def test_what_opens_a_message_can_be_looked_up_again(tmp_path, demo_mail):
    async with running(tmp_path) as line:
        await line.send(demo_mail("6-"), SCHOOL)
        _, told = split(await arrived(line, 3))
        words = next(found[0] for each in told if (found := WORDS.search(plain(each))))
        escrow = line.gateway.store.escrow
        (item,) = await escrow.of_tutor(TUTOR)
        assert await escrow.look(item, "dsl", "asked for") == words


async def test_who_has_a_key_gets_the_whole_message_encrypted_and_the_tutor_is_told(tmp_path, demo_mail):
    owner = Tsk.generate(f"Ama <{SCHOOL}>")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "school.asc").write_bytes(bytes(owner.extract_certificate()))
    async with running(tmp_path, '\n[keys]\nfolder = "keys"\n') as line:
        code, text = await line.send(demo_mail("6-"), SCHOOL, MOTHER)
        sent, told = split(await arrived(line, 4))
    assert code == 250, text
    sealed = next(each for each in sent if each.recipients == (SCHOOL,))
    other = next(each for each in sent if each.recipients == (MOTHER,))
    assert b"multipart/encrypted" in sealed.raw
    assert b"how-to-open.txt" in other.raw
    data = sealed.raw[sealed.raw.index(b"-----BEGIN PGP") :].partition(b"\r\n--=_sealed")[0]
    inside = decrypt(decryptor=owner.decryptor(), bytes=data).bytes
    assert b"Support report.docx" in inside
    (secret,) = [each for each in told if WORDS.search(plain(each))]
    assert f"Waits for your call: {MOTHER}" in plain(secret)
    assert f"without a passphrase: {SCHOOL}" in " ".join(plain(secret).split())


async def test_files_on_a_page_stay_here_until_they_are_picked_up(tmp_path, demo_mail):
    raw = demo_mail("6-")
    (original,) = message_from_bytes(raw, policy=default).iter_attachments()
    async with running(tmp_path, 'protect_with = "page"\n') as line:
        code, _ = await line.send(raw, SCHOOL)
        (sent,), told = split(await arrived(line, 3))
        words = next(found[0] for each in told if (found := WORDS.search(plain(each))))
        link = re.search(r"http://\S+(/p/[a-z0-9-]+)", sent.raw.decode("latin-1"))
        async with httpx2.AsyncClient(base_url=f"http://{line.gateway.web}", timeout=60) as client:
            page = await client.get(link[1])
            name = re.search(r'name="file" value="([^"]+)"', page.text)[1]
            picked = await client.post(link[1], data={"code": words, "file": name})
    assert code == 250
    assert b"EncryptedPackage" not in sent.raw
    assert original.get_payload(decode=True)[:200] not in sent.raw
    assert name == "attachment-1.docx"
    assert picked.content == original.get_payload(decode=True)
    assert words.encode() not in sent.raw
    assert any("take them back" in " ".join(plain(each).split()) for each in told)


def plain_opening(raw: bytes) -> str:
    return " ".join(raw.decode("latin-1").split())


@pytest.mark.parametrize("url", ["", "json://127.0.0.1:9/fixed", "no service {phone}"])
def test_without_a_usable_service_the_start_says_so_and_repeats_nothing_of_it(tmp_path, url):
    (tmp_path / "sms-url").write_text(url)
    with pytest.raises(SettingsProblem, match=r"protect\.passphrase: found no service") as problem:
        read_url(Protect(passphrase="sms", sms_url_file=tmp_path / "sms-url"))
    assert "fixed" not in str(problem.value)
