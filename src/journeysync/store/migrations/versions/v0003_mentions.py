"""Tickets named in texts, and the tickets that others may hang below."""

import json

import sqlalchemy as sa
from alembic import op

from journeysync.core.mentions import site_of

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # in the order of its characters
BATCH = 1000


def upgrade() -> None:
    """Make both tables; texts are read again at the next match, containers are taken from what is stored."""
    containers = op.create_table(
        "containers",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mentions",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("how", TEXT, nullable=False),
        sa.Column("firm", sa.Boolean(), nullable=False),
        sa.Column("home", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id", "name", "site"),
        sqlite_with_rowid=False,
    )
    op.create_index("mentions_name", "mentions", ["name"])
    _fill(containers)


def _fill(containers: sa.Table) -> None:
    db = op.get_bind()
    query = sa.text("SELECT connection, id, doc FROM tickets ORDER BY connection, id")
    for rows in db.execute(query.execution_options(yield_per=BATCH)).partitions(BATCH):
        documents = [(row[0], row[1], json.loads(bytes(row[2]))) for row in rows]
        values = [
            {"connection": connection, "ticket_id": id_, "level": doc["level"], "site": site_of(doc.get("url", ""))}
            for connection, id_, doc in documents
            if doc.get("level", 0) >= 1
        ]
        if values:
            db.execute(containers.insert(), values)
