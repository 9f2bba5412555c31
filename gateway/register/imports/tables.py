"""
Tables as files hold them: CSV of every dialect, and the sheets of a workbook.

A table keeps for each row the line it stood on, so that whatever is wrong with
it later can be found by a person in an editor.
"""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from gateway.register.problems import Problem, RegisterProblem, shown

CSV_EXPECTED = "a CSV file in UTF-8 with a row of column names"
_MOST_UNPACKED = 200_000_000  # bytes of a workbook's parts together
_MOST_RATIO = 200  # a workbook packs about 10 to 1
_MOST_ROWS = 1_000_000
_LONGEST_CELL = 100_000
_DELIMITERS = ",;\t|"
_NOT_TEXT = {
    b"PK\x03\x04": "a workbook or zip archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"{": "a JSON document",
}


class Row(NamedTuple):
    """One row: the line it starts on, and its cells as text."""

    line: int
    cells: list[str]


class Table(NamedTuple):
    """A file or sheet: its name for messages, its column names, its rows."""

    name: str
    header: list[str]
    rows: list[Row]


def read_csv(data: bytes, name: str, encoding: str = "utf-8") -> Table:
    """
    Read a CSV file; the separator is found out, empty lines are skipped.

    Raises:
        RegisterProblem: it is empty, no text, in another encoding, or no CSV.
    """
    text = _text(data, name, encoding)
    first = text.partition("\n")[0]
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own hint
        delimiter = first.strip()[4]
        lines = io.StringIO(text, newline="")
        lines.readline()
        skipped = 1
    else:
        delimiter = max(_DELIMITERS, key=lambda each: _outside_quotes(first).count(each))
        lines = io.StringIO(text, newline="")
        skipped = 0
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    table = _table(name, _csv_rows(reader, name, skipped))
    if table.rows and not text.endswith(("\n", "\r")) and len(table.rows[-1].cells) < len(table.header):
        found = "the end of the file in the middle of a row"
        remedy = "It was cut off: export it again."
        raise RegisterProblem([Problem(name, f"line {table.rows[-1].line}", found, CSV_EXPECTED, remedy)])
    return table


def _csv_rows(reader: Any, name: str, skipped: int) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    line = 1
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            found, remedy = _csv_fault(str(fault))
            raise RegisterProblem([Problem(name, f"line {line}", found, CSV_EXPECTED, remedy)]) from None
        yield Row(line, cells)


def _csv_fault(words: str) -> tuple[str, str]:
    if "field larger" in words:
        return "a cell of more than 100,000 characters", "A quotation mark that is never closed?"
    if "unexpected end" in words:
        return "a quotation mark that is never closed", "The file may be cut off: export it again."
    return "a quotation mark in the wrong place", 'Within quotation marks write "" for one.'


def _text(data: bytes, name: str, encoding: str) -> str:
    def trouble(found: str, remedy: str, where: str = "") -> RegisterProblem:
        return RegisterProblem([Problem(name, where, found, CSV_EXPECTED, remedy)])

    if not data.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise trouble("an empty file", "Has the export finished?")
    for start, kind in _NOT_TEXT.items():
        if data.startswith(start):
            raise trouble(kind, "Its name does not say what it is: export it as CSV.")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode Text"
        encoding = "utf-16"
    elif encoding.replace("_", "-").lower() in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
        if "\x00" in text:
            where = f"line {text.count(chr(10), 0, text.index(chr(0))) + 1}"
            raise trouble("a NUL byte", "This is no text file: export it as CSV.", where)
        return text
    except LookupError:
        raise trouble(f"no such encoding as {shown(encoding)}", "Use utf-8 or cp1252.") from None
    except UnicodeError as fault:
        at = fault.start if isinstance(fault, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, at) + 1
        byte = f"the byte 0x{data[at]:02x}, which is no {encoding.removesuffix('-sig').upper()}"
        remedy = 'In Excel, save it as "CSV UTF-8"; or name its encoding, such as --encoding cp1252.'
        raise trouble(byte, remedy, f"line {line}") from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def read_workbook(data: bytes, name: str) -> list[Table]:
    """
    Every sheet of an .xlsx workbook that has rows; a sheet's name is ``file.xlsx/sheet``.

    Raises:
        RegisterProblem: it is no workbook, protected by a password, or unreasonably large.
    """
    from python_calamine import CalamineWorkbook

    _guard(data, name)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            (sheet, workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
            for sheet in workbook.sheet_names
        ]
    except BaseException as fault:  # calamine's panics are no Exceptions
        if isinstance(fault, KeyboardInterrupt | SystemExit):
            raise
        raise _no_workbook(name, "what cannot be read as a workbook") from None
    tables = []
    for sheet, grid in sheets:
        if any(any(cell != "" for cell in cells) for cells in grid):
            rows = (Row(number, [_cell(each) for each in cells]) for number, cells in enumerate(grid, 1))
            tables.append(_table(f"{name}/{sheet}", rows))
    if not tables:
        raise _no_workbook(name, "a workbook without a single row")
    return tables


def _guard(data: bytes, name: str) -> None:
    """A workbook is a zip archive: look at its sizes before anything is unpacked."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _no_workbook(name, "an old workbook, or one with a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > min(_MOST_UNPACKED, _MOST_RATIO * len(data) + 1_000_000) or len(parts) > 10_000:
                raise _no_workbook(name, "a workbook that unpacks to an unreasonable size")
            if (
                archive.testzip() is not None
            ):  # reads no further than the stated sizes, and finds those that lie
                raise _no_workbook(name, "a damaged workbook")
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, zlib.error):
        raise _no_workbook(name, "what is no workbook, or one that was cut off") from None


def _no_workbook(name: str, found: str) -> RegisterProblem:
    remedy = "Save it anew in Excel as .xlsx without a password, or as CSV UTF-8."
    return RegisterProblem([Problem(name, "", found, "an .xlsx workbook", remedy)])


def _cell(value: Any) -> str:
    """A cell as somebody reads it: whole numbers without a point, dates as ISO 8601."""
    match value:
        case datetime():
            return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
        case date():
            return value.isoformat()
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else str(value)
        case _:
            return str(value)


def _table(name: str, rows: Iterator[Row]) -> Table:
    """Take the first row that is not empty for the column names."""
    header: list[str] | None = None
    kept: list[Row] = []
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            continue
        if header is None:
            header = [" ".join(cell.split()) for cell in row.cells]
            continue
        kept.append(row)
        if len(kept) > _MOST_ROWS:
            found = f"more than {_MOST_ROWS:,} rows"
            raise RegisterProblem([Problem(name, "", found, "a table of people")])
    if header is None:
        raise RegisterProblem([Problem(name, "", "no rows", CSV_EXPECTED, "Has the export finished?")])
    return Table(name, header, kept)
