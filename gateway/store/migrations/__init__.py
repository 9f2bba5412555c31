"""The schema's history; `upgrade` brings a database to its end."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """
    Run what is missing, inside the caller's transaction.

    Raises:
        alembic.util.CommandError: the database is ahead of this code.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
