"""Workbooks are read in a process with bounds."""

import io
import zipfile
from random import Random

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


def _row(number):
    cells = "".join(f'<c r="{chr(65 + column)}{number}" t="s"><v>0</v></c>' for column in range(26))
    return f'<row r="{number}">{cells}</row>'


_SHARED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def swollen():
    """A workbook of 260,000 cells that all name one text of 30,000 letters: 8 GB once it is read."""
    sheet = "".join(_row(number) for number in range(1, 10_001))
    changes = {
        "xl/worksheets/sheet1.xml": ("</sheetData>", f"{sheet}</sheetData>"),
        "xl/_rels/workbook.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rId99" Type="{_SHARED}" Target="sharedStrings.xml"/></Relationships>',
        ),
    }
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([]))) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            content = old.read(part).decode()
            if part in changes:
                before, after = changes[part]
                content = content.replace(before, after)
                assert after in content
            new.writestr(part, content)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}"><si><t>{"x" * 30_000}</t></si></sst>')
        new.writestr("filler", Random(1).randbytes(100_000))  # so that the ratio gives no hint
    return stream.getvalue()


def test_a_workbook_that_swells_beyond_the_bound_is_refused_and_we_live():
    with pytest.raises(RegisterProblem, match="too much memory or time"):
        read_apart(swollen(), "people.xlsx")
