"""Three working days: weekends do not count."""

from datetime import datetime

import pytest

from gateway.remedy.lifetime import working_days_after


@pytest.mark.parametrize(
    ("written", "days", "ends"),
    [
        ("2026-10-12T16:20", 3, "2026-10-15T16:20"),  # Monday to Thursday
        ("2026-10-15T16:20", 3, "2026-10-20T16:20"),  # Thursday to Tuesday
        ("2026-10-17T09:00", 1, "2026-10-19T09:00"),  # Saturday to Monday
        ("2026-10-16T09:00", 5, "2026-10-23T09:00"),
    ],
)
def test_working_days(written: str, days: int, ends: str):
    assert working_days_after(datetime.fromisoformat(written), days) == datetime.fromisoformat(ends)
