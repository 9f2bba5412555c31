"""
Saves a text in LibreOffice in many formats, each with a password and without one.

Runs under the system's Python, which has LibreOffice's bridge: the pipe of a running
``soffice --headless``, a folder, and the password are its arguments. A file is named by its
format, and ends in ".locked" where it was saved with the password.
"""

import os
import sys
from pathlib import Path

import uno
from bridge import desktop
from com.sun.star.beans import NamedValue, PropertyValue

_TEXT = "The quillwort grows in cold and quiet lakes of the north."
_FORMATS = {
    "swriter": {
        "odt": "writer8", "ott": "writer8_template", "docx": "MS Word 2007 XML", "doc": "MS Word 97",
        "rtf": "Rich Text Format", "fodt": "OpenDocument Text Flat XML", "pdf": "writer_pdf_Export",
    },
    "scalc": {"ods": "calc8", "xlsx": "Calc MS Excel 2007 XML", "xls": "MS Excel 97"},
    "simpress": {"odp": "impress8", "pptx": "Impress MS PowerPoint 2007 XML", "ppt": "MS PowerPoint 97"},
    "sdraw": {"odg": "draw8"},
}  # fmt: skip
_NO_PASSWORD = {"rtf", "fodt", "ppt"}  # those that LibreOffice saves in the clear whatever it is told


def _locked(kind: str, password: str) -> PropertyValue:
    """The property that has a file encrypted: each family of formats has its own."""
    if kind in ("docx", "xlsx", "pptx"):
        how = (
            NamedValue(Name="CryptoType", Value="StrongEncryptionDataSpace"),
            NamedValue(Name="OOXPassword", Value=password),
        )
        return PropertyValue(Name="EncryptionData", Value=uno.Any("[]com.sun.star.beans.NamedValue", how))
    if kind == "pdf":
        asked = (
            PropertyValue(Name="EncryptFile", Value=True),
            PropertyValue(Name="DocumentOpenPassword", Value=password),
        )
        return PropertyValue(Name="FilterData", Value=uno.Any("[]com.sun.star.beans.PropertyValue", asked))
    return PropertyValue(Name="Password", Value=password)


def main(pipe: str, folder: str, password: str) -> int:
    """Make, write, save in each format, close."""
    office = desktop(pipe)
    hidden = PropertyValue(Name="Hidden", Value=True)
    for program, formats in _FORMATS.items():
        document = office.loadComponentFromURL(f"private:factory/{program}", "_blank", 0, (hidden,))
        if program == "swriter":
            document.Text.setString(_TEXT)
        if program == "scalc":
            document.Sheets.getByIndex(0).getCellByPosition(0, 0).setString(_TEXT)
        for kind, name in formats.items():
            into, how = Path(folder) / kind, PropertyValue(Name="FilterName", Value=name)
            document.storeToURL(into.as_uri(), (how,))
            if kind not in _NO_PASSWORD:
                document.storeToURL(f"{into.as_uri()}.locked", (how, _locked(kind, password)))
        document.close(True)
    (Path(folder) / "done").touch()
    return 0


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # the bridge of some versions falls over its own feet at the end of the process
