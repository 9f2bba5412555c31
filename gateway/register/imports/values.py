"""What a cell says for a field, and what is expected where it cannot say that."""

from typing import Any

from gateway.register.check import is_address
from gateway.register.imports import cells
from gateway.register.imports.columns import Kind
from gateway.register.problems import has_controls, shown

_DATES = {"date_of_birth", "left_on", "photo_consent_on", "contract.permitted_on"}
_FLAGS = {
    "in_education",
    "photo_consent",
    "may_receive",
    "not may_receive",
    "contract.direct_contact_permitted",
}
_LISTS = {"carers", "pupils", "family_of", "family_friend_of", "other_names", "phones", "domains"}
NOTHING: dict[str, Any] = {
    **dict.fromkeys(_DATES),
    "in_education": True,
    "photo_consent": False,
    "may_receive": True,
    "contract.direct_contact_permitted": False,
}
_TITLES = {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "rev", "revd", "sir", "lady", "dame"}
MOJIBAKE = ("Ã©", "Ã«", "Ã¨", "Ã¶", "Ã¼", "Ã±", "Ã³", "Ã¡", "â€™", "Å‚", "\ufffd")


def value_of(field: str, text: str) -> Any:
    """
    What a cell says for a field; None where it says nothing.

    Raises:
        ValueError: it says something that the field cannot be.
    """
    if not text:
        return None
    if field in _DATES:
        return cells.read_date(text)
    if field in _FLAGS:
        return cells.read_flag(text)
    if field == "emails":
        found = cells.read_addresses(text)
        if not all(map(is_address, found)):
            raise ValueError(text)
        return found
    found = cells.read_list(text) if field in _LISTS else [text]
    if any(each[0] in "=@" or has_controls(each) for each in found):
        raise ValueError(text)
    return found if field in _LISTS else text


def wrong(field: str, text: str) -> tuple[str, str, str]:
    """What was found, what is expected, and the remedy."""
    if field in _DATES:
        remedy = "Write year-month-day; in day/month/year the day comes first, and the year has four figures."
        return shown(text), "a date such as 2012-04-03 or 03/04/2012", remedy
    if field in _FLAGS:
        return shown(text), "yes or no", ""
    if field == "emails":
        return shown(text), "an email address", "Correct it where the file comes from, or leave it empty."
    return shown(text), "plain text", "A formula or control character has no place here."


def split_name(values: dict[str, Any], kind: Kind) -> None:
    """One column for the whole name: "Marsh, Zoë" or "Zoë Marsh"; a pupil keeps a longer one whole as well."""
    if kind == "schools" or "name" not in values:
        return
    whole = values.pop("name")
    if not whole or values.get("given_name") or values.get("family_name"):
        return
    family, comma, given = whole.partition(",")
    if comma:
        values["given_name"], values["family_name"] = given.strip(), family.strip()
        return
    words = [word for word in whole.split() if word.casefold().rstrip(".") not in _TITLES] or whole.split()
    whole = " ".join(words)
    values["given_name"] = words[0]
    values["family_name"] = words[-1] if len(words) > 1 else ""
    if len(words) > 2:
        if kind in ("pupils", "staff"):
            values["other_names"] = (*values.get("other_names", ()), whole)
        else:
            values["family_name"] = " ".join(words[1:])
