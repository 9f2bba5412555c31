"""Files that wait on a page until they are picked up."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "pickups",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("message", sa.String(16), nullable=False),
        sa.Column("tutor", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("picked_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_pickups"),
    )
    for column in ("message", "tutor", "expires_at"):
        op.create_index(f"ix_pickups_{column}", "pickups", [column])
