"""Keep reports of data breaches and of concerns about children."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "concerns",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("item", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_concerns"),
    )
    op.create_index("ix_concerns_item", "concerns", ["item"])
    op.create_index("ix_concerns_at", "concerns", ["at"])
