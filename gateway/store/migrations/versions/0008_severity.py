"""Put the most serious first: how serious a message is stands beside it, in the queue's index too."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

# As the settings had it when this step was written; what is held later goes by the configuration.
_URGENT = ("malware", "sensitive_body", "sensitive_bulk", "sensitive_subject")
_SERIOUS = (
    "bulk_disclosure",
    "file_share_link",
    "parent_missing",
    "password_included",
    "photo_without_consent",
    "recipient_doubt",
    "uninspectable",
    "unprotected_attachment",
    "weak_protection",
)


def upgrade() -> None:
    """Add the column, fill it from the rules of each message, and take it into the index."""
    op.add_column("items", sa.Column("severity", sa.Integer, nullable=False, server_default="0"))
    items = sa.table("items", sa.column("severity"), sa.column("rules"), sa.column("reserved", sa.Boolean))
    listed = sa.literal(" ") + items.c.rules + sa.literal(" ")
    for severity, rules in ((1, _SERIOUS), (2, _URGENT)):
        has_one = sa.or_(*(listed.contains(f" {rule} ", autoescape=True) for rule in rules))
        op.execute(items.update().where(has_one).values(severity=severity))
    op.execute(items.update().where(items.c.reserved).values(severity=2))
    op.drop_index("ix_items_queue", "items")
    op.create_index("ix_items_queue", "items", ["state", "held_at", "id", "reserved", "severity", "rules"])
