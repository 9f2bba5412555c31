"""What an import would change, before it does."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.register.model import People
from gateway.register.register import with_contacts


class Change(NamedTuple):
    """What happens to one kind of people: ids added, changed and removed, and how many there were."""

    kind: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    before: int

    @property
    def share_removed(self) -> float:
        """The part of those who were there that would disappear."""
        return len(self.removed) / self.before if self.before else 0.0


class Plan(NamedTuple):
    """All changes of an import."""

    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not any(each.added or each.changed or each.removed for each in self.changes)

    def excessive(self, most: float) -> tuple[Change, ...]:
        """The kinds of which more than that share would disappear."""
        return tuple(each for each in self.changes if each.share_removed > most)


def plan(old: People, new: People) -> Plan:
    """Compare two registers, kind by kind and id by id; a contact's school is where it stands, said or not."""
    return Plan(tuple(_changes(with_contacts(old), with_contacts(new))))


def _changes(old: People, new: People) -> Iterator[Change]:
    for kind in People.__struct_fields__:
        before = {record.id: record for record in getattr(old, kind)}
        after = {record.id: record for record in getattr(new, kind)}
        yield Change(
            kind,
            added=tuple(key for key in after if key not in before),
            changed=tuple(key for key in after if key in before and after[key] != before[key]),
            removed=tuple(key for key in before if key not in after),
            before=len(before),
        )
