"""What a file's properties say about its contents: its title, its keywords, and Microsoft's sensitivity labels."""

import re
from collections.abc import Iterable, Iterator

from gateway.mail.document import Passage

_SHOWN = frozenset(
    {"title", "subject", "keywords", "keyword", "description", "comments", "category", "label"}
)
# MSIP_Label_<GUID>_Name and its neighbours (Microsoft Purview, "metadata for labels"). Newer files name a label
# by its GUID alone: that is our "Id".
_LABEL = re.compile(r"MSIP_Label_([0-9a-f-]{30,38})_(Name|Enabled|Id)", re.IGNORECASE)


def properties_of(properties: Iterable[tuple[str, str]]) -> Iterator[Passage]:
    """
    What is worth weighing of the properties, a line each: "Title: …", "Sensitivity label: Confidential".

    A label whose name the file does not tell is said by its GUID.
    """
    properties = list(properties)
    labels = [
        (label[1].lower(), label[2].title(), value)
        for name, value in properties
        if (label := _LABEL.fullmatch(name))
    ]
    off = {label for label, what, value in labels if what == "Enabled" and value.casefold() == "false"}
    named = {label for label, what, _ in labels if what == "Name"}
    lines = [
        f"Sensitivity label: {value}"
        for label, what, value in labels
        if label not in off and (what == "Name" or (what == "Id" and label not in named))
    ]
    lines += [f"{name.title()}: {value}" for name, value in properties if name.casefold() in _SHOWN]
    if lines:
        yield Passage("properties", "\n".join(dict.fromkeys(lines)))
