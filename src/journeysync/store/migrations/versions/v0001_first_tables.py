"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # in the order of its characters


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "meta",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "runs",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("process", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("runs_at", "runs", ["at"])
    op.create_table(
        "tickets",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("context", sa.Boolean(), nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("status_at", sa.BigInteger(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("parent", TEXT, nullable=True),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "id"),
    )
    op.create_index(
        "tickets_in_order", "tickets", ["connection", "project", "number", "id", "status", "context", "hash"]
    )
    op.create_index("tickets_parent", "tickets", ["connection", "parent"])
    op.create_table(
        "keys",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("folded", TEXT, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("keys_folded", "keys", ["folded"])
    op.create_table(
        "cursors",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection"),
    )
    op.create_table(
        "reads",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=True),
        sa.Column("run", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection"),
    )
    op.create_table(
        "matches",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("ticket_hash", TEXT, nullable=False),
        sa.Column("mappings_key", TEXT, nullable=False),
        sa.Column("own_hash", TEXT, nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("enabling", TEXT, nullable=True),
        sa.Column("link_count", sa.Integer(), nullable=False),
        sa.Column("own", sa.Text(), nullable=False),
        sa.Column("effective", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "ticket_id"),
    )
    op.create_table(
        "links",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("target_kind", TEXT, nullable=False),
        sa.Column("target_id", TEXT, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("rule", TEXT, nullable=True),
        sa.Column("cause", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id", "target_kind", "target_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("links_target", "links", ["target_id", "target_kind"])
    op.create_table(
        "label_marks",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("mark", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id", "label"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("slot", TEXT, nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("sent_hash", TEXT, nullable=False),
        sa.Column("seen_hash", TEXT, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("inputs_json", sa.Text(), nullable=False),
        sa.Column("run", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection", "ticket_id", "slot"),
    )
    op.create_index("ledger_run", "ledger", ["run"])
    op.create_table(
        "intents",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("run", TEXT, nullable=False),
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("slot", TEXT, nullable=False),
        sa.Column("before_hash", TEXT, nullable=False),
        sa.Column("wanted_hash", TEXT, nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("inputs_json", sa.Text(), nullable=False),
        sa.Column("external_ref", TEXT, nullable=True),
        sa.Column("fencing_token", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("intents_run", "intents", ["run"])
    op.create_index("intents_state", "intents", ["connection", "state"])
    op.create_table(
        "decisions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("connection", TEXT, nullable=True),
        sa.Column("ticket_id", TEXT, nullable=True),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("repository_version", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decisions_ticket", "decisions", ["connection", "ticket_id"])
    op.create_table(
        "inbox",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("ticket_id", TEXT, nullable=False),
        sa.Column("slot", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("next_step", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("next_try", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "connection", "ticket_id", "slot"),
    )
    op.create_table(
        "snapshots",
        sa.Column("run", TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("snapshots_at", "snapshots", ["at"])
    op.create_table(
        "lease",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection"),
    )
