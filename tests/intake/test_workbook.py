"""Workbooks are read in a process with bounds."""

import io
import zipfile

import openpyxl
import pytest

from gateway.intake.workbook import read_apart
from gateway.register.problems import RegisterProblem


def workbook(rows):
    book = openpyxl.Workbook()
    book.active.title = "Pupils"
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_is_read_as_it_would_be_here():
    (table,) = read_apart(workbook([["id", "name"], [1, "Zoë"]]), "people.xlsx")
    assert table.name == "people.xlsx/Pupils"
    assert table.rows[0] == (2, ["1", "Zoë"])


def test_what_is_none_is_refused_with_the_same_words():
    with pytest.raises(RegisterProblem, match=r"people\.xlsx: found what is no workbook"):
        read_apart(b"id,name\n", "people.xlsx")


def swollen():
    """A workbook of 500,000 cells that all name one text of 30,000 letters: 15 GB once it is read."""
    data = workbook([["text that is shared"]])
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/sharedStrings.xml":
                content = content.replace(b"text that is shared", b"x" * 30_000)
            if part == "xl/worksheets/sheet1.xml":
                row = b"<row>" + b'<c t="s"><v>0</v></c>' * 50 + b"</row>"
                start = content.index(b"<sheetData>") + len(b"<sheetData>")
                content = content[:start] + row * 10_000 + content[content.index(b"</sheetData>") :]
            new.writestr(part, content)
        new.writestr("filler", bytes(range(256)) * 400)
    return stream.getvalue()


def test_a_workbook_that_swells_beyond_the_bound_is_refused_and_we_live():
    with pytest.raises(RegisterProblem, match="too much memory or time"):
        read_apart(swollen(), "people.xlsx")
