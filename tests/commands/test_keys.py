"""`chaperone keys`: what can be used is kept, in the store, and found for whom it is."""

import asyncio
from datetime import UTC, datetime

from pysequoia import Tsk

from gateway.cli import main
from gateway.keys.keyring import Keyring
from gateway.sections import Keys
from gateway.settings import read_settings
from gateway.store.store import Store
from tests.end_to_end.conftest import configuration

GP = "gp@surgery.example"


def test_a_key_is_kept_listed_found_and_removed(tmp_path, capsys):
    file, key = configuration(tmp_path, "127.0.0.1:1"), tmp_path / "surgery.asc"
    key.write_bytes(bytes(Tsk.generate(f"Surgery <{GP}>").extract_certificate()))
    assert main(["keys", "add", str(key), "--config", str(file)]) == 0
    identity = capsys.readouterr().out.split()[2].rstrip(",")

    async def found():
        settings = read_settings(file)
        store = await Store.open(settings.store, settings.base)

        async def kept():
            return [(each.name, each.data) for each in await store.keys.list()]

        keys = await Keyring(Keys(), kept=kept).find([GP], datetime.now(UTC))
        await store.close()
        return set(keys)

    assert asyncio.run(found()) == {GP}
    assert main(["keys", "list", "--config", str(file)]) == 0
    assert f"{identity}  {GP}" in capsys.readouterr().out
    assert main(["keys", "remove", identity, "--config", str(file)]) == 0
    assert asyncio.run(found()) == set()
    assert main(["keys", "remove", identity, "--config", str(file)]) == 1


def test_what_cannot_be_used_is_not_kept_and_says_why(tmp_path, capsys):
    file, key = configuration(tmp_path, "127.0.0.1:1"), tmp_path / "surgery.asc"
    key.write_text("no key")
    assert main(["keys", "add", str(key), "--config", str(file)]) == 2
    assert "holds no key that can be read" in capsys.readouterr().err
    assert main(["keys", "list", "--config", str(file)]) == 0
    assert capsys.readouterr().out == ""
