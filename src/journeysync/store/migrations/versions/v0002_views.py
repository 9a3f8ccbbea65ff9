"""Views for reading with SQL: Grafana, Datasette, a notebook. What they mean: ``store.views`` and docs/sql.md.

A view that was released never changes its columns: a better one gets the next number and stands beside it. A
migration that changes a column that a view reads drops and makes that view.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

# U+0000 is legal in a stored document; PostgreSQL cannot give it as text, and in SQLite it would end the text.
_SQLITE = {
    "at": "strftime('%Y-%m-%dT%H:%M:%SZ', {0} / 1000000, 'unixepoch')",
    "iso": "strftime('%Y-%m-%dT%H:%M:%SZ', {0})",
    "doc": "json_extract(replace(CAST(t.doc AS TEXT), '\\u0000', '\\ufffd'), '$.{0}')",
    "in": "json_extract({0}, '$.{1}')",
    "number": "{0}",
    "seconds": "({1} - {0}) / 1000000.0",
}
_POSTGRESQL = {
    "at": "to_timestamp({0} / 1000000.0)",
    "iso": "CAST({0} AS timestamptz)",
    "doc": "(CAST(replace(convert_from(t.doc, 'UTF8'), '\\u0000', '\\ufffd') AS json) ->> '{0}')",
    "in": "(CAST({0} AS json) #>> '{{{1}}}')",
    "number": "CAST({0} AS double precision)",
    "seconds": "({1} - {0}) / 1000000.0",
}
_TOTALS = (
    *("steps", "needs", "needs_with_work", "gaps", "thin", "over_served", "work_without_need", "not_known", "tickets"),
    *("without_step", "orphans", "enabling", "without_reason", "top_without_ticket", "unscored_opportunities"),
)
_SUMMARY = ("written", "unchanged", "failed", "skipped", "requests")


def upgrade() -> None:
    """Make the views."""
    connection = op.get_bind()
    words = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    for name, select in _views(words).items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {select}")


def _views(words: dict[str, str]) -> dict[str, str]:
    def of(word: str, *parts: str) -> str:
        return words[word].format(*parts)

    def inner(column: str, *path: str) -> str:
        joined = (",".join if words is _POSTGRESQL else ".".join)(path)
        return of("number", of("in", column, joined))

    key = "(SELECT t.key FROM tickets t WHERE t.connection = {0}.connection AND t.id = {0}.ticket_id) AS key"
    here = "t.status = 'here' AND NOT t.context"
    result = "WHEN 'done' THEN 'written' WHEN 'open' THEN 'not settled'"
    return {
        "v_connections_v1": f"""
            SELECT r.connection, {of("at", "r.read_at")} AS read_at, {of("at", "r.full_at")} AS swept_at,
              (SELECT count(*) FROM tickets t WHERE t.connection = r.connection AND {here}) AS tickets
            FROM reads r""",
        "v_tickets_v1": f"""
            SELECT t.connection, t.id AS ticket_id, t.key, t.project, {of("doc", "kind")} AS kind,
              {of("doc", "state")} AS state, {of("doc", "state_word")} AS state_word, {of("doc", "title")} AS title,
              {of("doc", "url")} AS url, t.parent, {of("number", of("doc", "estimate"))} AS estimate,
              {of("doc", "visibility")} AS visibility, {of("iso", of("doc", "created_at"))} AS created_at,
              {of("at", "t.updated_at")} AS updated_at, {of("iso", of("doc", "done_at"))} AS done_at,
              {of("at", "t.read_at")} AS read_at, COALESCE(m.link_count, 0) AS links, m.enabling,
              CASE WHEN m.link_count = 0 AND m.enabling IS NULL THEN 1 ELSE 0 END AS is_orphan
            FROM tickets t LEFT JOIN matches m ON m.connection = t.connection AND m.ticket_id = t.id
            WHERE {here}""",
        "v_links_v1": f"""
            SELECT l.connection, l.ticket_id, t.key, l.target_kind, l.target_id, l.origin, l.confidence, l.rule, l.cause
            FROM links l JOIN tickets t ON t.connection = l.connection AND t.id = l.ticket_id
            WHERE {here}""",
        "v_work_v1": f"""
            SELECT target_kind, target_id, sum(CASE state WHEN 'todo' THEN 1 ELSE 0 END) AS todo,
              sum(CASE state WHEN 'doing' THEN 1 ELSE 0 END) AS doing,
              sum(CASE state WHEN 'done' THEN 1 ELSE 0 END) AS done
            FROM (SELECT l.target_kind, l.target_id, {of("doc", "state")} AS state
                  FROM links l JOIN tickets t ON t.connection = l.connection AND t.id = l.ticket_id WHERE {here}) linked
            GROUP BY target_kind, target_id""",
        "v_runs_v1": f"""
            SELECT id AS run, kind, "by" AS started_by, {of("at", "at")} AS started_at,
              {of("at", "finished_at")} AS finished_at, {of("seconds", "at", "finished_at")} AS seconds, exit_code,
              {", ".join(f"{inner('result', 'summary', word)} AS {word}" for word in _SUMMARY)}
            FROM runs""",
        "v_writes_v1": f"""
            SELECT i.run, i.connection, i.ticket_id, {key.format("i")}, i.slot,
              CASE i.state {result} ELSE i.state END AS result, i.cause, i.outcome, {of("at", "i.at")} AS at
            FROM intents i""",
        "v_held_v1": f"""
            SELECT l.connection, l.ticket_id, {key.format("l")}, l.slot, l.seen AS shows, l.state, l.cause, l.run,
              {of("at", "l.at")} AS at
            FROM ledger l""",
        "v_inbox_v1": f"""
            SELECT i.kind, i.connection, i.ticket_id, {key.format("i")}, i.slot, i.cause, i.next_step, i.owner,
              {of("at", "i.first_seen")} AS first_seen, {of("at", "i.last_seen")} AS last_seen, i.count AS times,
              {of("at", "i.next_try")} AS next_try
            FROM inbox i WHERE i.state = 'open'""",
        "v_decisions_v1": f"""
            SELECT id AS decision, kind, connection, ticket_id, target, "by" AS decided_by, {of("at", "at")} AS at, why,
              {of("at", "until")} AS until
            FROM decisions""",
        "v_coverage_v1": f"""
            SELECT run, {of("at", "at")} AS at, {", ".join(f"{inner('totals', word)} AS {word}" for word in _TOTALS)}
            FROM snapshots""",
    }
