"""
Reads a workbook in a process of its own, with a bound on memory and time.

A few kilobytes of .xlsx can hold a million cells that all name one long text:
nothing but a bound on the process that reads it helps against that, and the
gateway, which imports from its drop folder, must not be that process.
"""

import resource
import subprocess
import sys

import msgspec

from gateway.register.imports.tables import Table, read_workbook
from gateway.register.problems import Problem, RegisterProblem

_MEMORY = 2_000_000_000  # bytes of address space; 250,000 rows take half of that
_SECONDS = 60  # of processor time
_PATIENCE = 300  # seconds on the clock, on a busy machine


class _Read(msgspec.Struct):
    """What the process answers: tables, or problems."""

    tables: list[Table] = []
    problems: list[Problem] = []


def read_apart(data: bytes, name: str) -> list[Table]:
    """
    As `read_workbook`, within the bounds.

    Raises:
        RegisterProblem: it is no workbook, or takes too much.
    """
    command = [sys.executable, "-m", "gateway.intake.workbook"]
    asked = msgspec.json.encode(name) + b"\n" + data
    try:
        done = subprocess.run(command, input=asked, capture_output=True, timeout=_PATIENCE, check=True)  # noqa: S603
        answer = msgspec.json.decode(done.stdout, type=_Read)
    except (subprocess.SubprocessError, msgspec.DecodeError):
        found = "a workbook that takes too much memory or time to read"
        remedy = "Save the sheet with the people alone, as CSV UTF-8."
        raise RegisterProblem([Problem(name, "", found, "an .xlsx workbook", remedy)]) from None
    if answer.problems:
        raise RegisterProblem(answer.problems)
    return answer.tables


def main() -> None:
    """In the process: a name on the first line, the workbook after it."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the register in the clear
    name, _, data = sys.stdin.buffer.read().partition(b"\n")
    try:
        answer = _Read(tables=read_workbook(data, msgspec.json.decode(name, type=str)))
    except RegisterProblem as found:
        answer = _Read(problems=list(found.problems))
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
