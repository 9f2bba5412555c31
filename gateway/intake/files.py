"""Reads a register from the disk. What is in the file is `gateway.register`'s business."""

from datetime import date
from pathlib import Path

from gateway.register.native import read_native
from gateway.register.problems import Problem, Reading, RegisterProblem


def read_file(path: Path, today: date) -> Reading:
    """
    Read the register at that path.

    Raises:
        RegisterProblem: there is nothing that can be read, or it has bad rows.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        found = "nothing at this path"
    except OSError as problem:
        found = f"what cannot be read ({problem.strerror})"
    else:
        return read_native(data, path.name, today)
    raise RegisterProblem([Problem(str(path), "", found, "a register as JSON")])
