"""Tables out of files: dialects of CSV, workbooks, and what is not what its name says."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.register.imports.tables import read_csv, read_workbook
from gateway.register.problems import RegisterProblem


def refusal(read, *arguments):
    with pytest.raises(RegisterProblem) as caught:
        read(*arguments)
    (line,) = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(delimiter):
    text = f"id{delimiter}name\r\n1{delimiter}Ada, or; so\r\n" if delimiter not in ",;" else None
    text = text or f'id{delimiter}name\r\n1{delimiter}"Ada, or; so"\r\n'
    table = read_csv(text.encode(), "t.csv")
    assert table.header == ["id", "name"]
    assert table.rows[0].cells == ["1", "Ada, or; so"]


def test_excels_hint_of_the_separator_is_followed():
    table = read_csv(b"sep=|\r\na;b|c\r\n1|2\r\n", "t.csv")
    assert table.header == ["a;b", "c"]
    assert table.rows[0].line == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_excel_writes_is_read(encoding):
    table = read_csv("name\tcity\r\nZoë\tŁódź\r\n".encode(encoding), "t.csv")
    assert table.rows[0].cells == ["Zoë", "Łódź"]


def test_another_encoding_is_read_when_it_is_named():
    assert read_csv("name\nZoë\n".encode("cp1252"), "t.csv", "cp1252").rows[0].cells == ["Zoë"]


def test_rows_keep_the_line_they_start_on():
    table = read_csv(b'id,note\n1,"two\nlines"\n\n,\n2,x\n', "t.csv")
    assert [(row.line, row.cells[0]) for row in table.rows] == [(2, "1"), (6, "2")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "an empty file"),
        (b"\xef\xbb\xbf\r\n", "an empty file"),
        (b" , ,\r\n", "no rows"),
        ("name\nZoë\n".encode("latin-1"), "line 2: found the byte 0xeb, which is no UTF-8"),
        (b'id,name\n1,"Ada\n2,Ben\n', "line 2: found a quotation mark that is never closed"),
        (b'id,name\n1,"A"da\n', "line 2: found a quotation mark in the wrong place"),
        (b"id,name\n1,A\x00da\n", "a NUL byte"),
        (b"id,name\n1," + b"x" * 200_000 + b"\n", "more than 100,000 characters"),
        (
            b"id,name,mail\n1,Ada,a@x.example\n2,Be",
            "line 3: found the end of the file in the middle of a row",
        ),
        (b"PK\x03\x04....", "a workbook or zip archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b'{"pupils": []}', "a JSON document"),
        (b"\xd0\xcf\x11\xe0....", "an old Excel or Word document"),
    ],
)
def test_what_is_no_csv_is_refused_in_one_line(data, words):
    line = refusal(read_csv, data, "pupils.csv")
    assert line.startswith("pupils.csv: ")
    assert words in line
    assert "expected a CSV file in UTF-8" in line


@pytest.mark.parametrize("encoding", ["klingon", "zlib", "idna", "utf-32", "unicode_escape"])
def test_whatever_encoding_is_named_there_is_a_table_or_a_refusal(encoding):
    try:
        read_csv(b"id,name\n1,\\x\xff..\n", "t.csv", encoding)
    except RegisterProblem as problem:
        assert len(problem.problems) == 1  # noqa: PT017


def test_a_name_in_an_archive_cannot_move_the_cursor():
    line = refusal(read_csv, b"", "\x1b[2J\nok.csv")
    assert "\x1b" not in line


def test_an_unknown_encoding_is_named():
    assert 'no such encoding as "klingon"' in refusal(read_csv, b"a\n1\n", "t.csv", "klingon")


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_table_or_a_refusal_comes_out(data):
    try:
        read_csv(data, "t.csv")
    except RegisterProblem:
        return


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_each_sheet_of_a_workbook_is_a_table_and_its_cells_are_text():
    data = workbook(
        Pupils=[
            ["id", "dob", "ok", "size"],
            [101, date(2012, 4, 3), True, 1.5],
            ["x", datetime(2012, 4, 3), None, ""],  # noqa: DTZ001 -- a workbook knows no zone
        ],
        Empty=[],
        Carers=[[], ["id"], ["c1"]],
    )
    pupils, carers = read_workbook(data, "people.xlsx")
    assert (pupils.name, carers.name) == ("people.xlsx/Pupils", "people.xlsx/Carers")
    assert pupils.rows[0].cells == ["101", "2012-04-03", "true", "1.5"]
    assert pupils.rows[1].cells[1] == "2012-04-03"
    assert carers.rows[0] == (3, ["c1"])


def bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<c>" * 200_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no workbook"),
        (b"id,name\n", "no workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "an old workbook, or one with a password"),
        (workbook(Pupils=[["id"], [1]])[:-200], "cut off"),
        (workbook(Pupils=[]), "without a single row"),
    ],
)
def test_what_is_no_workbook_is_refused(data, words):
    assert words in refusal(read_workbook, data, "people.xlsx")


def test_a_workbook_that_would_fill_the_memory_is_not_unpacked():
    assert "unreasonable size" in refusal(read_workbook, bomb(), "people.xlsx")


def test_a_zip_archive_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "cannot be read as a workbook" in refusal(read_workbook, stream.getvalue(), "people.xlsx")
