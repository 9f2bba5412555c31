"""
The tables, the same for SQLite and PostgreSQL.

In the clear stand ids, times, states, rule ids, counts and digests; whatever
names or quotes somebody is sealed (`crypto`). Times are whole microseconds
since 1970 UTC in the database and aware datetimes in Python.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as microseconds: sorts and compares alike on both engines."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's
        """Python to database."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's
        """Database to Python."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


Serial = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Facts about the store itself: the check value that tells a wrong key.
meta = Table("meta", metadata, Column("name", String(40), primary_key=True), Column("value", LargeBinary))

# The exact bytes of a message, once, whoever refers to them.
bodies = Table(
    "bodies",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
)

# Messages that wait for a decision, and those that have had one.
items = Table(
    "items",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("action", String(16), nullable=False),
    Column("rules", String(1000), nullable=False),  # "subject_name parent_missing"
    Column("tutor", String(32), nullable=False),  # blind index of the address
    Column("body", ForeignKey("bodies.id")),  # empty once purged
    Column("envelope", LargeBinary, nullable=False),
    Column("verdict", LargeBinary, nullable=False),
    Column("glance", LargeBinary, nullable=False),
    Column("recipients", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("policy_version", String(64), nullable=False),
    Column("register_version", String(64), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("answer", LargeBinary),  # the relay's reply to a release, sealed
    Index(None, "state", "held_at"),
    Index(None, "tutor"),
    Index(None, "sha256"),
)

# Mail on its way to the relay: one row for each transaction.
mails = Table(
    "mails",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("token", String(32), nullable=False, unique=True),  # the identity that the row is sealed under
    Column("state", String(16), nullable=False),
    Column("item", ForeignKey("items.id")),  # the held item that this mail releases
    Column("body", ForeignKey("bodies.id")),
    Column("envelope", LargeBinary, nullable=False),
    Column("recipients", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("claim", String(32)),  # who sends it just now
    Column("claimed_until", Moment),
    Index(None, "state", "due_at"),
    Index(None, "item"),
    sqlite_autoincrement=True,
)

# What has become of each recipient of a mail; the addresses are in the mail's envelope.
mail_recipients = Table(
    "mail_recipients",
    metadata,
    Column("mail", ForeignKey("mails.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("answer", LargeBinary),
    Column("finished_at", Moment),
)

# Who may sign in. The key is a blind index of the name.
accounts = Table(
    "accounts",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("profile", LargeBinary, nullable=False),  # name, addresses, roles
    Column("password", LargeBinary, nullable=False),  # argon2id, sealed
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)

# Who did what, and when: append-only, each entry chained to the one before.
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("what", String(40), nullable=False),
    Column("subject", String(80), nullable=False),  # an item's id, a rule, an account's key
    Column("actor", String(32), nullable=False),  # blind index of who
    Column("detail", LargeBinary),  # who and why, sealed; empty once erased
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of detail as it was
    Column("link", LargeBinary, nullable=False),
    Index(None, "subject"),
    Index(None, "actor"),
)

# The register in force: one row.
register = Table(
    "register",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", String(64), nullable=False),
    Column("people", LargeBinary, nullable=False),
    Column("saved_at", Moment, nullable=False),
)
