"""Whom pick-ups and passphrases are about, so that an erasure finds those whose message was never held."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; of what is there already nobody knows it, and it expires soon."""
    for table in ("pickups", "escrow"):
        op.add_column(table, sa.Column("about", sa.LargeBinary))
