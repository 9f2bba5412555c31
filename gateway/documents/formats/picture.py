"""Pictures: text in them is read where tesseract is installed, and left alone where it is not."""

import shutil
import subprocess
from functools import cache

from gateway.documents.place import Place


@cache
def tesseract() -> str | None:
    """The program's path, or None: reading pictures is an optional extra."""
    return shutil.which("tesseract")


_TOO_SMALL = 3_000  # bytes; logos and icons


def read_picture(data: bytes, at: Place) -> None:
    """A scan or photograph of a text shows it to anybody, so it is read like one."""
    at.leaf("readable", "a picture")
    program = tesseract()
    found = at.findings
    if program is None or len(data) < _TOO_SMALL or found.late or found.pictures >= found.limits.pictures:
        return
    found.pictures += 1
    try:
        run = subprocess.run(  # noqa: S603 -- a fixed program, the picture on its standard input
            [program, "stdin", "stdout"],
            input=data,
            capture_output=True,
            timeout=found.limits.ocr_seconds,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"},
        )
    except subprocess.TimeoutExpired:
        return
    at.text("text in the picture", run.stdout.decode("utf-8", "replace"))
