"""Remember whom the agency has written to, by digest."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table, empty: an installation of before begins to learn."""
    op.create_table(
        "correspondents",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_correspondents"),
    )
    op.create_index("ix_correspondents_first_at", "correspondents", ["first_at"])
    op.create_index("ix_correspondents_last_at", "correspondents", ["last_at"])
