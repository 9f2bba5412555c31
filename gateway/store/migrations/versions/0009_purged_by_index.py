"""Find what is to be purged by an index: with a million rows the purge kept everybody else from writing for minutes."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("ix_items_body", "items", ["body"])
    op.create_index("ix_items_decided_at", "items", ["decided_at"])
    op.create_index("ix_mails_body", "mails", ["body"])
    op.create_index("ix_told_at", "told", ["at"])
