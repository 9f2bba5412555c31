"""
Reads files from the disk and out of archives, within limits.

What is in them is `gateway.register`'s business. Nothing is unpacked to the
disk: a register in the clear lies nowhere but where its owner put it.
"""

import io
import zipfile
import zlib
from pathlib import Path

from gateway.register.problems import Problem, RegisterProblem

_MOST_BYTES = 200_000_000  # 100,000 pupils with their carers are 30 MB
_MOST_RATIO = 300  # tables of people pack about 10 to 1
_MOST_FILES = 1_000


def read_files(path: Path) -> dict[str, bytes]:
    """
    The file at that path, or all files of a folder or .zip, by name.

    Raises:
        RegisterProblem: there is nothing that can be read, or far too much.
    """
    try:
        if path.is_dir():
            return _folder(path)
        if path.exists() and not path.is_file():
            raise _trouble(str(path), "a device or pipe")
        if path.stat().st_size > _MOST_BYTES:
            raise _trouble(path.name, "a file of more than 200 MB")
        data = path.read_bytes()
    except FileNotFoundError:
        raise _trouble(str(path), "nothing at this path") from None
    except OSError as problem:
        raise _trouble(str(path), f"what cannot be read ({problem.strerror})") from None
    return unpacked(data, path.name) if path.suffix.casefold() == ".zip" else {path.name: data}


def _folder(path: Path) -> dict[str, bytes]:
    files = [each for each in sorted(path.iterdir()) if each.is_file() and not each.name.startswith(".")]
    if not files:
        raise _trouble(path.name, "an empty folder")
    if len(files) > _MOST_FILES or sum(each.stat().st_size for each in files) > _MOST_BYTES:
        raise _trouble(path.name, "a folder with more than 1,000 files or 200 MB")
    return {each.name: each.read_bytes() for each in files}


def unpacked(data: bytes, name: str) -> dict[str, bytes]:
    """
    The files in a zip archive, by their names without folders.

    Raises:
        RegisterProblem: it is none, is damaged or protected, or would unpack to an
            unreasonable size.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [
                each for each in archive.infolist() if not each.is_dir() and not _is_hidden(each.filename)
            ]
            size = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_FILES or size > _MOST_BYTES or size > _MOST_RATIO * len(data) + 1_000_000:
                raise _trouble(name, "an archive that unpacks to an unreasonable size")
            if any(entry.flag_bits & 1 for entry in entries):
                raise _trouble(name, "an archive with a password", "Unpack it first, or make one without.")
            files = {_bare(entry.filename): archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error):
        raise _trouble(name, "what is no zip archive, or a damaged one", "Export it again.") from None
    if not files:
        raise _trouble(name, "an empty archive")
    if len(files) < len(entries):
        raise _trouble(name, "an archive with two files of one name", "Put one bundle into one archive.")
    return files


def _is_hidden(name: str) -> bool:
    return "__MACOSX" in name or _bare(name).startswith(".")


def _bare(name: str) -> str:
    """The name without folders, those of Windows included."""
    return name.replace("\\", "/").rpartition("/")[2]


def _trouble(where: str, found: str, remedy: str = "") -> RegisterProblem:
    return RegisterProblem([Problem(where, "", found, "a file with people in it", remedy)])
