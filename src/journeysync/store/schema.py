"""The tables (SQLAlchemy Core). Made and changed by ``migrations``; a test holds both equal.

Times are integer microseconds, values JSON text (``columns``). Nothing here may
lean on one database: SQLite and PostgreSQL get the same tables. ``tickets.doc`` is
the last column, so that a scan of the columns before it touches few pages, and
``tickets_in_order`` holds all that paging and counting need.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

from journeysync.store.columns import Moment, Plain

SCHEMA = "0004"  # v0004_facts
"""The newest migration; a store that says otherwise is upgraded, or refused when it is newer."""

metadata = MetaData()


def _key(name: str) -> Column[str]:
    return Column(name, Plain, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Plain, nullable=False)


def _maybe(name: str) -> Column[str]:
    return Column(name, Plain, nullable=True)


def _json(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _at(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Moment, nullable=nullable)


meta = Table("meta", metadata, _key("key"), _json("value"))

runs = Table(
    "runs",
    metadata,
    _key("id"),
    _text("kind"),
    _text("by"),
    _text("process"),  # host:pid:start, to tell an interrupted run from one under way
    _at("at"),
    _at("finished_at", nullable=True),
    Column("exit_code", Integer, nullable=True),
    _json("detail"),
    _json("result"),
)
Index("runs_at", runs.c.at)

tickets = Table(
    "tickets",
    metadata,
    _key("connection"),
    _key("id"),
    _text("project"),
    Column("number", BigInteger, nullable=False),  # of the key, for the order people expect: 9 before 10
    _text("status"),  # here | gone | hidden | out_of_scope
    Column("context", Boolean, nullable=False),
    _text("hash"),  # of doc
    _at("updated_at"),
    _at("read_at"),
    _at("status_at"),
    _text("key"),
    _maybe("parent"),
    Column("doc", LargeBinary, nullable=False),  # the ticket as JSON; bytes, because decoding would be half the cost
)
Index(
    "tickets_in_order",
    tickets.c.connection,
    tickets.c.project,
    tickets.c.number,
    tickets.c.id,
    tickets.c.status,
    tickets.c.context,
    tickets.c.hash,
)
Index("tickets_parent", tickets.c.connection, tickets.c.parent)

keys = Table(
    "keys",
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _key("key"),
    _text("folded"),  # without case
    _at("first_seen"),
    sqlite_with_rowid=False,  # one tree instead of two, where rows are small
)
Index("keys_folded", keys.c.folded)

containers = Table(
    "containers",  # tickets that others may hang below: an epic, or what stands above one
    metadata,
    _key("connection"),
    _key("ticket_id"),
    Column("level", Integer, nullable=False),
    _text("site"),  # the part of its address that says which tracker it is in
    sqlite_with_rowid=False,
)

mentions = Table(
    "mentions",  # tickets named in the text of a ticket, of any tracker, known or not
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _key("name"),  # a key without case
    _key("site"),  # empty: named by the bare key
    Column("place", Integer, nullable=False),  # in the order of their first mention
    _text("how"),  # key | address | attached
    Column("firm", Boolean, nullable=False),  # named by a member of the project
    _text("home"),  # the site of the ticket that names it
    sqlite_with_rowid=False,
)
Index("mentions_name", mentions.c.name)

cursors = Table("cursors", metadata, _key("connection"), _json("position"), _at("at"))

reads = Table("reads", metadata, _key("connection"), _at("read_at"), _at("full_at", nullable=True), _text("run"))

matches = Table(
    "matches",
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _text("ticket_hash"),
    _text("mappings_key"),  # empty: due again
    _text("own_hash"),
    Column("stale", Boolean, nullable=False),  # own links stored, effective ones still to be worked out
    _maybe("enabling"),
    Column("link_count", Integer, nullable=False),  # of the effective links
    _json("own"),
    Column("effective", Text, nullable=True),  # None until it is first worked out
)

facts = Table(  # what people filter and count by, in the team's words; written whenever a ticket is matched
    "facts",
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _maybe("team"),
    _text("kind"),
    Column("level", Integer, nullable=False),
    _text("state"),
    _at("done_at", nullable=True),
    Column("estimate", Float, nullable=True),
    _text("words"),  # key and title, without case: to look for
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _key("target_kind"),
    _key("target_id"),
    _text("origin"),
    Column("confidence", Float, nullable=False),
    _maybe("rule"),
    _text("cause"),
    sqlite_with_rowid=False,
)
Index("links_target", links.c.target_id, links.c.target_kind)

label_marks = Table(
    "label_marks",
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _key("label"),
    _text("mark"),
    _at("at"),
    sqlite_with_rowid=False,
)

ledger = Table(
    "ledger",
    metadata,
    _key("connection"),
    _key("ticket_id"),
    _key("slot"),
    _json("sent"),
    _json("seen"),
    _text("sent_hash"),
    _text("seen_hash"),
    _json("before"),
    _text("cause"),
    _json("inputs_json"),
    _text("run"),
    _at("at"),
    _text("state"),  # live | drift | released
)
Index("ledger_run", ledger.c.run)

intents = Table(
    "intents",
    metadata,
    _key("id"),
    _text("run"),
    _text("connection"),
    _text("ticket_id"),
    _text("slot"),
    _text("before_hash"),
    _text("wanted_hash"),
    _json("before"),
    _json("wanted"),
    _text("cause"),
    _json("inputs_json"),
    _maybe("external_ref"),
    Column("fencing_token", BigInteger, nullable=False),
    _at("at"),
    _text("state"),  # open | done | failed | superseded
    _text("outcome"),  # why it failed, in words
)
Index("intents_run", intents.c.run)
Index("intents_state", intents.c.connection, intents.c.state)

decisions = Table(
    "decisions",
    metadata,
    _key("id"),
    _text("kind"),
    _maybe("connection"),
    _maybe("ticket_id"),
    _text("target"),
    _text("by"),
    _at("at"),
    _text("why"),
    _at("until", nullable=True),
    _text("repository_version"),
)
Index("decisions_ticket", decisions.c.connection, decisions.c.ticket_id)

inbox = Table(
    "inbox",
    metadata,
    _key("kind"),
    _key("connection"),
    _key("ticket_id"),
    _key("slot"),
    _text("cause"),
    _text("next_step"),
    _text("owner"),
    _at("first_seen"),
    _at("last_seen"),
    Column("count", Integer, nullable=False),
    _text("state"),  # open | resolved
    _at("next_try", nullable=True),
)

snapshots = Table("snapshots", metadata, _key("run"), _at("at"), _json("totals"))
Index("snapshots_at", snapshots.c.at)

lease = Table(
    "lease",
    metadata,
    _key("connection"),
    _text("holder"),  # empty: free
    _at("until"),
    Column("token", BigInteger, nullable=False),
)
