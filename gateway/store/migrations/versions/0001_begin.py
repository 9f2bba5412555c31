"""The first tables."""

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment, Serial

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Lay the tables."""
    op.create_table(
        "meta",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.LargeBinary),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "bodies",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bodies"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("rules", sa.String(1000), nullable=False),
        sa.Column("tutor", sa.String(32), nullable=False),
        sa.Column("body", sa.String(32), sa.ForeignKey("bodies.id", name="fk_items_body")),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("verdict", sa.LargeBinary, nullable=False),
        sa.Column("glance", sa.LargeBinary, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("policy_version", sa.String(64), nullable=False),
        sa.Column("register_version", sa.String(64), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("held_at", Moment, nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("answer", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_state_held_at", "items", ["state", "held_at"])
    op.create_index("ix_items_tutor", "items", ["tutor"])
    op.create_index("ix_items_sha256", "items", ["sha256"])
    op.create_table(
        "mails",
        sa.Column("id", Serial, nullable=False, autoincrement=True),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("item", sa.String(16), sa.ForeignKey("items.id", name="fk_mails_item")),
        sa.Column("body", sa.String(32), sa.ForeignKey("bodies.id", name="fk_mails_body")),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("finished_at", Moment),
        sa.Column("claim", sa.String(32)),
        sa.Column("claimed_until", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("token", name="uq_mails_token"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mails_state_due_at", "mails", ["state", "due_at"])
    op.create_index("ix_mails_item", "mails", ["item"])
    op.create_table(
        "mail_recipients",
        sa.Column(
            "mail",
            Serial,
            sa.ForeignKey("mails.id", name="fk_mail_recipients_mail", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("finished_at", Moment),
        sa.PrimaryKeyConstraint("mail", "position", name="pk_mail_recipients"),
    )
    op.create_table(
        "accounts",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("profile", sa.LargeBinary, nullable=False),
        sa.Column("password", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("disabled_at", Moment),
        sa.PrimaryKeyConstraint("key", name="pk_accounts"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("detail", sa.LargeBinary),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("link", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_index("ix_audit_actor", "audit", ["actor"])
    op.create_table(
        "register",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("people", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register"),
    )
