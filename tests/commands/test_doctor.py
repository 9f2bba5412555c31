"""`chaperone doctor` finds what is wrong and says what to do."""

import asyncio
import json
import threading

import pytest
import trustme
from pysequoia import Tsk

from gateway.cli import main
from gateway.commands.demo_relay import ReceivingRelay
from gateway.settings import read_settings
from gateway.store.store import Store
from tests.end_to_end.conftest import configuration


def examine(capsys, file):
    status = main(["doctor", "--json", "--config", str(file)])
    return status, {each["what"]: each for each in json.loads(capsys.readouterr().out)}


@pytest.fixture
def relay_address():
    """A relay that answers, in a thread of its own, since the command brings its own event loop."""
    ready, stop, box = threading.Event(), [], []

    async def serve():
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        stop.append(lambda: loop.call_soon_threadsafe(done.set))
        async with ReceivingRelay() as relay:
            box.append(relay.address)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60)
    yield box[0]
    stop[0]()
    thread.join(60)


def test_a_relay_that_answers_is_good_and_one_that_does_not_is_bad(
    tmp_path, capsys, relay_address, closed_port
):
    file = configuration(tmp_path, relay_address)
    file.write_text(
        file.read_text().replace(
            f'address = "{relay_address}"', f'address = ["{relay_address}", "{closed_port}"]'
        )
    )
    status, found = examine(capsys, file)
    assert status == 1
    assert found[f"relay {relay_address}"]["state"] == "good"
    assert found[f"relay {closed_port}"]["state"] == "bad"
    assert found[f"relay {closed_port}"]["remedy"]


def test_required_tls_that_the_relay_lacks_is_bad(tmp_path, capsys, relay_address):
    file = configuration(
        tmp_path, relay_address, f'\n[relay]\naddress = "{relay_address}"\ntls = "required"\n'
    )
    status, found = examine(capsys, file)
    assert (status, found[f"relay {relay_address}"]["found"]) == (1, "offers no TLS")


def test_a_certificate_with_another_key_is_bad(tmp_path, capsys, relay_address):
    authority = trustme.CA()
    for name in ("one", "two"):
        issued = authority.issue_cert("mail.larkfield-tutors.example")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
    for key, state in (("one", "good"), ("two", "bad")):
        tls = f'\n[smtp]\nlisten = ["127.0.0.1:0"]\n[smtp.tls]\ncertificate = "one.pem"\nkey = "{key}.key"\n'
        _, found = examine(capsys, configuration(tmp_path, relay_address, tls))
        assert found["certificate"]["state"] == state


def test_the_wrong_key_for_the_store_is_one_line_and_what_to_do(tmp_path, capsys, relay_address):
    file = configuration(tmp_path, relay_address)
    examine(capsys, file)
    (tmp_path / "chaperone.key").unlink()
    _, found = examine(capsys, file)
    assert found["store"]["state"] == "bad"
    assert found["store"]["remedy"]


def test_people_get_a_list_that_ends_with_what_to_do(tmp_path, capsys, closed_port):
    status = main(["doctor", "--config", str(configuration(tmp_path, closed_port))])
    printed = capsys.readouterr().out
    assert status == 1
    assert "To do before the gateway can work" in printed
    assert f"relay {closed_port}: is [relay] address right" in printed


def test_keys_are_counted_and_those_that_cannot_be_used_named(capsys, tmp_path, relay_address):
    file = configuration(tmp_path, relay_address, '\n[keys]\nfolder = "keys"\n')
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "surgery.asc").write_bytes(
        bytes(Tsk.generate("Surgery <gp@surgery.example>").extract_certificate())
    )
    assert examine(capsys, file)[1]["keys"]["found"] == "1 addresses with a key that can be used"
    (tmp_path / "keys" / "broken.asc").write_text("no key")
    found = examine(capsys, file)[1]["keys"]
    assert (found["state"], "broken.asc" in found["found"]) == ("look", True)


def test_text_messages_without_a_service_are_bad(capsys, tmp_path, relay_address):
    file = configuration(tmp_path, relay_address, '\n[protect]\npassphrase = "sms"\n')
    status, found = examine(capsys, file)
    assert (status, found["text messages"]["state"]) == (1, "bad")


def test_keys_that_the_store_keeps_are_examined_too(capsys, tmp_path, relay_address):
    file = configuration(tmp_path, relay_address)

    async def keep(name, data):
        settings = read_settings(file)
        store = await Store.open(settings.store, settings.base)
        try:
            await store.keys.add(name, data, "test")
        finally:
            await store.close()

    assert "kept keys" not in examine(capsys, file)[1]
    key = bytes(Tsk.generate("Surgery <gp@surgery.example>").extract_certificate())
    asyncio.run(keep("surgery.pgp", key))
    assert examine(capsys, file)[1]["kept keys"]["found"] == "1 addresses with a key that can be used"
    asyncio.run(keep("broken.asc", b"no key"))
    found = examine(capsys, file)[1]["kept keys"]
    assert (found["state"], "broken.asc" in found["found"]) == ("look", True)


def test_the_register_that_the_first_start_will_load_is_looked_at(tmp_path, capsys, closed_port):
    file = configuration(tmp_path, closed_port)
    _, found = examine(capsys, file)
    assert found["register"]["state"] == "good"
    assert "loaded at the first start" in found["register"]["found"]


def test_a_register_file_that_cannot_be_loaded_is_bad_before_the_first_start(tmp_path, capsys, closed_port):
    file = configuration(tmp_path, closed_port)
    broken = tmp_path / "broken.json"
    broken.write_text('{"pupils": [')
    text = file.read_text()
    source = next(line for line in text.splitlines() if line.startswith("source = "))
    file.write_text(text.replace(source, f'source = "{broken}"'))
    _, found = examine(capsys, file)
    assert found["register"]["state"] == "bad"
    assert "broken.json" in found["register"]["found"]
