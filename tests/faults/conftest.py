"""The table at the suite's end: each fault, how often, and what became of the mail."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One fault: how often it happened, to how many messages, and what the books say of those."""

    fault: str
    times: int
    messages: int
    lost: int = 0
    leaked: int = 0
    twice: int = 0  # each of them explained, else its test fails


_ROWS = pytest.StashKey[list[Row]]()


@pytest.fixture
def noted(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Put a row into the table; before the test's assertions, so that it stands there if they fail."""
    return request.config.stash.setdefault(_ROWS, []).append


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Print the table."""
    rows = config.stash.get(_ROWS, [])
    if not rows:
        return
    table = Table("fault", title="What was broken, and what became of the mail")
    for heading in ("times", "messages", "lost", "leaked", "twice, explained"):
        table.add_column(heading, justify="right")
    for row in rows:
        numbers = (row.times, row.messages, row.lost, row.leaked, row.twice)
        table.add_row(row.fault, *map(str, numbers))
    Console(width=100).print(table)
