"""
The tables, the same for SQLite and PostgreSQL.

In the clear stand ids, times, states, rule ids, counts and digests; whatever
names or quotes somebody is sealed (`crypto`). Times are whole microseconds
since 1970 UTC in the database and aware datetimes in Python.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from gateway.store.columns import Moment, Serial

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
    Column("before", String(16)),  # the state that an undone or refused decision falls back to
    Column("expires_at", Moment),  # when its tutor is told that it was not sent
    Column("escalated_at", Moment),
    Column("reserved", Boolean, nullable=False),  # for the safeguarding lead alone
    Column("people", Integer, nullable=False),  # how many must agree to a release
    Column("severity", Integer, nullable=False),  # 2 urgent, 1 serious, 0 neither
    Column("same_id", String(32)),  # blind index of tutor and Message-ID
    Column("same_text", String(32)),  # blind index of tutor, text and attachments
    # All that a page is found by:
    Index("ix_items_queue", "state", "held_at", "id", "reserved", "severity", "rules"),
    Index(None, "tutor"),
    Index(None, "sha256"),
    Index(None, "state", "expires_at"),
    Index(None, "body"),
    Index(None, "decided_at"),
)

# Whom an item is about, by blind index of their id in the register.
item_people = Table(
    "item_people",
    metadata,
    Column("item", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String(32), primary_key=True),
    Index(None, "person"),
)

# Who has agreed to a release that needs more than one person.
approvals = Table(
    "approvals",
    metadata,
    Column("item", ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("actor", String(32), primary_key=True),
    Column("plan", String(64), nullable=False),  # digest of what exactly they agreed to
    Column("at", Moment, nullable=False),
)

# When somebody was last told something that is not to be said too often.
told = Table(
    "told",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

# Reports of breaches and concerns. They outlive the record of their message.
concerns = Table(
    "concerns",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("item", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "item"),
    Index(None, "at"),
)

# Whom the agency has written to, by blind index of the address.
correspondents = Table(
    "correspondents",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index(None, "first_at"),
    Index(None, "last_at"),
)

# Mail on its way to the relay: one row for each transaction.
mails = Table(
    "mails",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("token", String(32), nullable=False, unique=True),  # the identity that the row is sealed under
    Column("state", String(16), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("item", ForeignKey("items.id")),  # the item that this mail belongs to
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
    Index(None, "body"),
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
    Column("factors", LargeBinary),  # second factors, sealed
    Column("version", Integer, nullable=False),  # counts the changes, so that none overwrites another
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

# Single-use tokens (a remedy's link, an invitation), by blind index.
tickets = Table(
    "tickets",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Index(None, "subject"),
    Index(None, "expires_at"),
)

# Passphrases of protected messages, kept for those who lose them.
escrow = Table(
    "escrow",
    metadata,
    Column("id", String(16), primary_key=True),  # the message's queue id
    Column("tutor", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("about", LargeBinary),  # between whom, about whom; sealed, and empty where an item knows it
    Index(None, "tutor"),
    Index(None, "expires_at"),
)

# Files that are picked up on a page, until they expire or are withdrawn.
pickups = Table(
    "pickups",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("message", String(16), nullable=False),  # the message's queue id
    Column("tutor", String(32), nullable=False),
    Column("sealed", LargeBinary),  # code and files; empty once withdrawn
    Column("tries", Integer, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("picked_at", Moment),
    Column("revoked_at", Moment),
    Column("about", LargeBinary),  # as in escrow
    Index(None, "message"),
    Index(None, "tutor"),
    Index(None, "expires_at"),
)

# Recipients' keys that were put in by hand.
keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("added_at", Moment, nullable=False),
)

# Who is signed in, by blind index of the session's token.
sessions = Table(
    "sessions",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("account", String(32), nullable=False),
    Column("detail", LargeBinary, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "account"),
    Index(None, "expires_at"),
)

# Tokens of programs that use the API.
tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("account", String(32), nullable=False),
    Column("detail", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("seen_at", Moment),
    Column("revoked_at", Moment),
    Index(None, "account"),
)

# "This is fine": scoped, expiring, proposed by one and approved by another.
exemptions = Table(
    "exemptions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("rule", String(80), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("expires_at", Moment, nullable=False),
    Index(None, "state", "expires_at"),
)

# Who stands in for a role, and when.
deputies = Table(
    "deputies",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("role", String(40), nullable=False),
    Column("account", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
