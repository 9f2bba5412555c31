"""Cells of workbooks of every kind, hidden sheets included, row by row."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

import python_calamine

from gateway.documents.place import Place


def read_cells(data: bytes, at: Place) -> None:
    """Each sheet as lines of cells with tabs between; dates as people write them."""
    workbook = python_calamine.load_workbook(BytesIO(data))
    at.text("sheet names", "\n".join(workbook.sheet_names))
    for name in workbook.sheet_names:
        rows = workbook.get_sheet_by_name(name).to_python()
        lines = ("\t".join(map(_cell, row)).rstrip() for row in rows)
        text = "\n".join(line for line in lines if line)
        if text:  # under its name, which often says whom it is about
            at.text(f"sheet {name}", f"{name}\n{text}")


def _cell(value: Any) -> str:
    if isinstance(value, datetime) and not value.time():
        value = value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
