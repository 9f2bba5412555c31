"""
The register as CSV files, one for each kind of people, as `imports.spreadsheet` reads them.

A cell that a spreadsheet might take for a formula gets an apostrophe in front,
which an import takes away again.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from gateway.register.model import People
from gateway.register.register import with_contacts

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


_HEADERS = {
    "pupils": "id given_name family_name preferred_name other_names emails date_of_birth in_education left_on household "
    "carers contract_school direct_contact_permitted permitted_on photo_consent photo_consent_on",
    "carers": "id given_name family_name emails phones household may_receive",
    "staff": "id given_name family_name preferred_name other_names emails role left_on family_of family_friend_of",
    "schools": "id name domains",
    "school-staff": "school id given_name family_name emails role",
}
_OF_CONTRACT = {"contract_school": "school", "direct_contact_permitted": "", "permitted_on": ""}


def write_csv(people: People) -> dict[str, bytes]:
    """The files by name, in UTF-8 with a byte order mark, as Excel likes them."""
    contacts = [contact for school in with_contacts(people).schools for contact in school.staff]
    records: dict[str, Sequence[object]] = {
        "pupils": people.pupils,
        "carers": people.carers,
        "staff": people.staff,
        "schools": people.schools,
        "school-staff": contacts,
    }
    return {f"{kind}.csv": _csv(_HEADERS[kind].split(), found) for kind, found in records.items()}


def _csv(header: Sequence[str], records: Iterable[object]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(_value(record, column)) for column in header] for record in records)
    return text.getvalue().encode("utf-8-sig")


def _value(record: object, column: str) -> object:
    if column in _OF_CONTRACT:
        return getattr(getattr(record, "contract", None), _OF_CONTRACT[column] or column, None)
    return getattr(record, column)


def _cell(value: object) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case date():
            text = value.isoformat()
        case tuple():
            text = "; ".join(map(str, value))
        case _:
            text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
