"""
Opens a document in LibreOffice with a passphrase, and prints its text.

Runs under the system's Python, which has LibreOffice's bridge: the pipe of a running
``soffice --headless``, the file, and the passphrase are its arguments. Exit status 3: the
document did not open.
"""

import sys
from pathlib import Path

from bridge import desktop
from com.sun.star.beans import PropertyValue


def _text(document: object) -> str:
    if hasattr(document, "Text"):
        return str(document.Text.String)
    sheets = document.Sheets
    return "\n".join(
        sheets.getByIndex(number).getCellRangeByName("A1").String for number in range(sheets.Count)
    )


def main(pipe: str, file: str, passphrase: str) -> int:
    """Open, print, close."""
    hidden = PropertyValue(Name="Hidden", Value=True)
    password = PropertyValue(Name="Password", Value=passphrase)
    given = (hidden, password) if passphrase else (hidden,)
    try:
        document = desktop(pipe).loadComponentFromURL(Path(file).as_uri(), "_blank", 0, given)
    except Exception:  # noqa: BLE001 -- what a wrong passphrase raises differs between versions
        document = None
    if document is None:
        return 3
    print(_text(document))  # noqa: T201 -- its one answer
    document.close(True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
