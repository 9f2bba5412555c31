"""Review, remedies, sign-in and retention."""

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what decisions by several people, remedies and the console need."""
    for column in (
        sa.Column("before", sa.String(16)),
        sa.Column("expires_at", Moment),
        sa.Column("escalated_at", Moment),
        sa.Column("reserved", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("people", sa.Integer, nullable=False, server_default="1"),
        sa.Column("same_id", sa.String(32)),
        sa.Column("same_text", sa.String(32)),
    ):
        op.add_column("items", column)
    op.create_index("ix_items_state_expires_at", "items", ["state", "expires_at"])
    op.create_table(
        "told",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_told"),
    )
    op.add_column("mails", sa.Column("purpose", sa.String(16), nullable=False, server_default="mail"))
    op.execute("update mails set purpose = 'release' where item is not null")
    op.add_column("accounts", sa.Column("factors", sa.LargeBinary))
    op.add_column("accounts", sa.Column("version", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "item_people",
        sa.Column(
            "item",
            sa.String(16),
            sa.ForeignKey("items.id", name="fk_item_people_item", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("person", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("item", "person", name="pk_item_people"),
    )
    op.create_index("ix_item_people_person", "item_people", ["person"])
    op.create_table(
        "approvals",
        sa.Column(
            "item",
            sa.String(16),
            sa.ForeignKey("items.id", name="fk_approvals_item", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("plan", sa.String(64), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("item", "actor", name="pk_approvals"),
    )
    op.create_table(
        "tickets",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment),
        sa.PrimaryKeyConstraint("key", name="pk_tickets"),
    )
    op.create_index("ix_tickets_subject", "tickets", ["subject"])
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])
    op.create_table(
        "escrow",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("tutor", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_escrow"),
    )
    op.create_index("ix_escrow_tutor", "escrow", ["tutor"])
    op.create_index("ix_escrow_expires_at", "escrow", ["expires_at"])
    op.create_table(
        "sessions",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("detail", sa.LargeBinary, nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sessions"),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("detail", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("expires_at", Moment),
        sa.Column("seen_at", Moment),
        sa.Column("revoked_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("key", name="uq_tokens_key"),
    )
    op.create_index("ix_tokens_account", "tokens", ["account"])
    op.create_table(
        "exemptions",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(80), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("expires_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exemptions"),
    )
    op.create_index("ix_exemptions_state_expires_at", "exemptions", ["state", "expires_at"])
    op.create_table(
        "deputies",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deputies"),
    )
