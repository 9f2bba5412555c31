"""
Pictures: the text in them is read by tesseract. One that nobody read is counted as such.

Small pictures are left alone: an icon, a logo or a drawn signature comes with every
other message and holds no page of text.
"""

import shutil
import subprocess
import time
from functools import cache
from io import BytesIO

from PIL import Image, ImageOps, ImageSequence

from gateway.documents.formats.text import salvaged
from gateway.documents.place import Place
from gateway.mail.public import Public, public

_SMALL = 150_000  # pixels; a signature of 600 by 200 has fewer, the least legible scan of a page more
_LARGE = 100_000_000  # pixels; beyond that a picture is a bomb
_SIDE = 2_000  # pixels that the longer side keeps: A4 at 170 dots an inch, which tesseract reads well

_ABSENT = public("the program that reads pictures (tesseract) is not installed")
_TOO_MANY = public("there are too many of them to be read in time")
_FAILED = public("no text could be got from it in time")
_ODD = public("its format cannot be read here")

# Metafiles keep their words as text (MS-EMF 2.3.5); nothing here can draw them.
_METAFILES = (b"\x01\x00\x00\x00", b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00")


@cache
def tesseract() -> str | None:
    """The program's path, or None: reading pictures is an optional extra."""
    return shutil.which("tesseract")


def read_picture(data: bytes, at: Place) -> None:
    """A scan or photograph of a text shows it to anybody, so it is read like one."""
    at.leaf("readable", "a picture")
    if data.startswith(_METAFILES):
        at.text("text in the picture", salvaged(data))
        return
    try:
        with Image.open(BytesIO(data)) as picture:
            if picture.format not in ("TIFF", "MPO"):  # only those have pages rather than frames
                read_image(picture, at)
                return
            for page in ImageSequence.Iterator(picture):
                read_image(page, at)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        at.unseen(_ODD)


def read_image(picture: Image.Image, at: Place, where: str = "text in the picture") -> None:
    """
    Read the text of a picture that is open.

    Raises:
        OSError: it cannot be decoded.
    """
    width, height = picture.size
    if width * height < _SMALL:
        return
    why = _cannot(at) or (_ODD if width * height > _LARGE else None)
    if why:
        at.unseen(why)
        return
    at.findings.pictures += 1
    picture.draft("L", (_SIDE, _SIDE))
    upright = ImageOps.exif_transpose(picture).convert("L")
    upright.thumbnail((_SIDE, _SIDE))
    out = BytesIO()
    upright.save(out, "PPM")
    started = time.monotonic()
    try:
        text = _ocr(out.getvalue(), at.findings.limits.ocr_seconds)
    finally:
        at.findings.ocr_seconds += time.monotonic() - started
    if text is None:
        at.unseen(_FAILED)
    else:
        at.text(where, text)


def _cannot(at: Place) -> Public | None:
    found = at.findings
    if tesseract() is None:
        return _ABSENT
    spent = found.late or found.ocr_seconds > found.limits.ocr_total
    return _TOO_MANY if spent or found.pictures >= found.limits.pictures else None


def _ocr(picture: bytes, seconds: float) -> str | None:
    try:
        run = subprocess.run(  # noqa: S603 -- a fixed program, the picture on its standard input
            [str(tesseract()), "stdin", "stdout", "--psm", "1"],  # 1: it turns what lies on its side
            input=picture,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"},
        )
    except subprocess.TimeoutExpired:
        return None
    return run.stdout.decode("utf-8", "replace") if run.returncode == 0 else None
