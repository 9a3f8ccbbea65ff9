"""What tickets are counted and filtered by, beside their documents: every ticket is matched once more, to fill it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # in the order of its characters


def upgrade() -> None:
    """Make the table, and make all tickets due for matching: that fills it."""
    op.create_table(
        "facts",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("team", TEXT, nullable=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("estimate", sa.Float(), nullable=True),
        sa.Column("words", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id"),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE matches SET mappings_key = ''")
