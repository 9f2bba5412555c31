"""Let the queue be read out of an index alone: rows carry sealed values and are long."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Take the rules and the id into the index of states and times."""
    op.drop_index("ix_items_state_held_at", "items")
    op.create_index("ix_items_queue", "items", ["state", "held_at", "id", "reserved", "rules"])
