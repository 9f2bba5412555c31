"""docs/register.md says what is so."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from gateway.register.imports.columns import Kind, understand
from gateway.register.imports.spreadsheet import check_mapping
from gateway.register.native import read_native
from gateway.sections import RegisterSource
from gateway.settings import settings_from

PAGE = (Path(__file__).parents[2] / "docs" / "register.md").read_text("utf-8")
BLOCKS = [
    "\n".join(line.strip() for line in block.splitlines())
    for block in re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", PAGE, re.MULTILINE)
]


def test_the_json_is_a_register_without_a_flaw():
    (example,) = [block for block in BLOCKS if block.strip().startswith('{"pupils"')]
    reading = read_native(example.encode(), "docs/register.md")
    assert len(reading.people.carers) == 1
    assert reading.oddities == ()
    assert json.loads(example)


def test_every_setting_is_on_the_page_with_its_default(tmp_path):
    (example,) = [block for block in BLOCKS if "max_removals" in block]
    table = tomllib.loads(example)
    settings_from({"agency": {}, **table}, tmp_path / "chaperone.toml")
    assert set(table["register"]) == set(RegisterSource.__struct_fields__)
    defaults = msgspec.structs.asdict(RegisterSource())
    for key in ("keep_dropped", "encoding", "contracted", "max_removals"):
        assert table["register"][key] == defaults[key]


def test_the_mapping_is_one():
    (example,) = [block for block in BLOCKS if "# mapping.toml" in block]
    assert check_mapping(tomllib.loads(example.partition("chaperone")[0]))


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("pupils", "pupils"),
        ("a pupil's row may hold the parents", "pupils"),
        ("parents", "carers"),
        ("tutors", "staff"),
        ("schools", "schools"),
        ("school staff", "contacts"),
    ],
)
def test_every_column_in_the_table_is_understood(row: str, kind: Kind):
    (cell,) = re.findall(rf"^\| {row} \| (.*) \|$", PAGE, re.MULTILINE)
    names = re.findall(r"`([^`]+)`", cell)
    names += [each.strip() for group in re.findall(r"\(([^)`]+)\)", cell) for each in group.split(",")]
    names = [each for each in names if not each.startswith(("ids of", "id or")) and '"' not in each]
    assert len(names) >= 3
    assert understand(kind, names, {}).ignored == []
