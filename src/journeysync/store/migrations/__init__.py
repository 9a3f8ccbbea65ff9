"""The migrations of the store, run from Python: no alembic.ini, no command line.

A new one gets the next number, is written out by hand (it must not lean on
``schema.py``, which goes on changing), and ``schema.SCHEMA`` names it.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade_tables(connection: Connection) -> None:
    """Bring the tables to the newest schema, inside the transaction of ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
