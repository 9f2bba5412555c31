"""The schema's history; `upgrade` brings a database to its end."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

HEAD = "0010"  # the newest step in versions/; a test holds this line to it


class NewerStore(Exception):
    """The database has seen a step that this code does not know."""


def upgrade(connection: Connection) -> None:
    """
    Run what is missing, inside the caller's transaction.

    Raises:
        NewerStore: the database is ahead of this code.
    """
    if inspect(connection).has_table("alembic_version"):
        here = connection.scalar(text("select version_num from alembic_version"))
        if here == HEAD:
            return
    # Only now, since importing alembic takes longer than most commands run.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        raise NewerStore from problem
