"""How long a stopped message may be put right."""

from datetime import datetime, timedelta

_SATURDAY = 5


def working_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day so many working days later; Saturdays and Sundays do not count."""
    while days > 0:
        moment += timedelta(days=1)
        if moment.weekday() < _SATURDAY:
            days -= 1
    return moment
