"""The tables that leave: coverage, opportunities, orphans, plan, runs, inbox. Command line, page and files show these.

Each table knows what it rests on: the filter, the age of each connection's data,
and a checksum of everything that decides the figures. Match first
(``Workspace.links``): a table shows what the store holds.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeysync.core.age import ago
from journeysync.core.journey_map import journey_map
from journeysync.core.map_svg import map_svg
from journeysync.core.selecting import selection_words
from journeysync.core.slot_words import slot_value
from journeysync.core.table import Column, Row, Table, columns_of, markdown_parts, one_line
from journeysync.errors import ConfigError
from journeysync.model.base import value_hash
from journeysync.model.coverage import StepState

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.model.coverage import Coverage
    from journeysync.model.plan import Plan
    from journeysync.store import RunRow

MANY_RUNS = 1_000
PLAN_COLUMNS = (
    *columns_of("connection", "key", "change", "slot", key="url"),
    Column("before", words=lambda row: slot_value(row["before"], row["slot"])),
    Column("after", words=lambda row: slot_value(row["after"], row["slot"])),
    Column("cause"),
)


def config_checksum(workspace: "Workspace") -> str:
    """Return 8 hex digits over journeys, rules, words, scoring and coverage settings: all that decides figures."""
    settings = workspace.settings
    parts = [workspace.mappings_key, *(part.model_dump(mode="json") for part in (settings.scoring, settings.coverage))]
    return value_hash(parts)[:8]


def facts(workspace: "Workspace", *, filtered_by: str = "") -> tuple[tuple[str, str], ...]:
    """Return what any table of the workspace rests on, in words: (what, words) in the order of a file's first lines."""
    now = workspace.now()
    ages = (
        f"{config.name} {ago(at, now)}{_moment(at)}"
        for config in workspace.settings.connections
        for at in (workspace.read_at(config.name),)
    )
    return (
        ("workspace", f"{workspace.settings.workspace_name} ({workspace.settings.workspace_id})"),
        ("made at", now.isoformat(timespec="seconds")),
        ("filter", filtered_by or "none"),
        ("data read", ", ".join(ages) or "no connection"),
        ("config", config_checksum(workspace)),
    )


def coverage_table(workspace: "Workspace", found: "Coverage | None" = None, *, filtered_by: str = "") -> Table:
    """Return the steps with their work; JSON has journeys, opportunities and totals, too."""
    found = found or workspace.coverage()
    filtered_by = filtered_by or selection_words(found.selection, workspace.repository)
    return Table(
        name="coverage",
        title="Coverage by step",
        columns=columns_of("id", "path", "todo", "doing", "done", "opportunities", "state"),
        rows=[row.model_dump(mode="json") for row in found.steps],
        facts=facts(workspace, filtered_by=filtered_by),
        head=found.model_dump(mode="json", exclude={"steps"}),
        rows_key="steps",
    )


def opportunities_table(workspace: "Workspace", found: "Coverage | None" = None, *, filtered_by: str = "") -> Table:
    """Return the opportunities, best score first, those without a score last."""
    found = found or workspace.coverage()
    filtered_by = filtered_by or selection_words(found.selection, workspace.repository)
    covered = {row.id: row for row in found.opportunities}
    scores = workspace.scores
    rows: list[dict[str, Any]] = [
        {"id": o.id}
        | {"name": o.name, "score": scores[o.id].score, "band": scores[o.id].band, "state": o.state}
        | {"open": covered[o.id].open, "done": covered[o.id].done, "coverage": covered[o.id].state}
        | {"formula": scores[o.id].formula, "missing": list(scores[o.id].missing)}
        for o in workspace.repository.opportunities
        if o.id in covered
    ]
    rows.sort(key=lambda row: (-(row["score"] if row["score"] is not None else -1), row["id"]))
    return Table(
        name="opportunities",
        title="Opportunities, best first",
        columns=columns_of(*("rank", "id", "name", "score", "band", "state", "open", "done", "coverage", "formula")),
        rows=[{"rank": number, **row} for number, row in enumerate(rows, start=1)],
        facts=facts(workspace, filtered_by=filtered_by),
        rows_key="opportunities",
    )


def orphans_table(workspace: "Workspace", *, everything: bool = False) -> Table:
    """Return tickets that nothing says what they are for; with ``everything`` closed ones, too. Streamed."""
    from journeysync.app.links import orphans

    def rows() -> Iterator[Row]:
        for t in orphans(workspace, open_only=not everything):
            yield {
                "connection": t.ref.connection,
                "ticket": t.ref.id,
                "key": t.key,
                "kind": t.kind,
                "state": t.state.value,
                "team": t.team,
                "title": t.title,
                "url": t.url,
            }

    return Table(
        name="orphans",
        title="Tickets without a link, and not enabling work",
        columns=columns_of("connection", "key", "kind", "state", "team", "title", key="url"),
        rows=rows(),
        facts=facts(workspace, filtered_by="closed ones, too" if everything else "open ones"),
        rows_key="orphans",
        count_key="count",
    )


def plan_table(workspace: "Workspace", made: "Plan | None" = None) -> Table:
    """Return every change that an apply would write now, in words; JSON has the values as they are written."""
    from journeysync.app.results import plan_json

    document = plan_json(made or workspace.plan())
    changes = document.pop("changes")
    return Table(
        name="plan",
        title=f"Plan {document['checksum']}",
        columns=PLAN_COLUMNS,
        rows=changes,
        facts=facts(workspace),
        head=document,
        rows_key="changes",
    )


def runs_table(workspace: "Workspace", limit: int = MANY_RUNS) -> Table:
    """Return past runs, newest first."""
    return Table(
        name="runs",
        title="Runs, newest first",
        columns=columns_of("id", "kind", "by", "at", "finished_at", "exit_code", "state"),
        rows=[run_row(run) for run in workspace.store.runs(limit=limit)],
        facts=facts(workspace),
        rows_key="runs",
    )


def run_row(run: "RunRow") -> dict[str, Any]:
    """Return a run as JSON has it."""
    return run.model_dump(mode="json") | {"detail": dict(run.detail), "result": dict(run.result)}


def inbox_table(workspace: "Workspace", *, everything: bool = False) -> Table:
    """Return what waits for a person, oldest first; with ``everything`` also what is ignored for now."""
    found = workspace.inbox(everything=everything)
    return Table(
        name="inbox",
        title="Inbox",
        columns=columns_of(
            "id", "kind", "connection", "key", "slot", "cause", "next_step", "owner", "count", key="url"
        ),
        rows=found.as_json()["inbox"],
        facts=facts(workspace, filtered_by="ignored ones, too" if everything else ""),
        head={"ignored": found.ignored},
        rows_key="inbox",
    )


def whole_backlog(workspace: "Workspace") -> Table:
    """Return every ticket in scope with what it serves. Streamed."""
    from journeysync.app.figure_tables import all_rows, backlog_table

    return backlog_table(workspace, all_rows(workspace))


TABLES: Mapping[str, Callable[["Workspace"], Table]] = {
    "coverage": coverage_table,
    "opportunities": opportunities_table,
    "backlog": whole_backlog,
    "orphans": orphans_table,
    "plan": plan_table,
    "runs": runs_table,
    "inbox": inbox_table,
}
"""Every table that can be exported, by its name."""


def table_named(workspace: "Workspace", name: str) -> Table:
    """Return a table by its name.

    Raises:
        ConfigError: There is none such.
    """
    if name not in TABLES:
        raise ConfigError(f"there is no table '{name}'", next_step=f"tables: {', '.join(TABLES)}")
    return TABLES[name](workspace)


def report_text(workspace: "Workspace", found: "Coverage") -> str:
    """Return the report as Markdown, to paste into a ticket or a page: figures, what needs work, opportunities."""
    totals = found.totals
    share = f" ({round(100 * totals.needs_with_work / totals.needs)} %)" if totals.needs else ""
    needing = [row for row in found.steps if row.state in (StepState.GAP, StepState.THIN)]
    needing.sort(key=lambda row: (row.state is StepState.THIN, -(row.top_score or 0), row.path))
    steps = Table(
        name="needs",
        title="What needs work",
        columns=columns_of("state", "path", "open", "done", "needs"),
        rows=[
            {"state": row.state.value, "path": row.path, "open": row.todo + row.doing, "done": row.done}
            | {"needs": "; ".join(row.needs)}
            for row in needing
        ],
    )
    opportunities = opportunities_table(workspace, found)
    head = [f"- {what}: {one_line(words)}\n" for what, words in opportunities.facts]
    return "".join(
        [
            f"# Coverage, {one_line(workspace.settings.workspace_name)}\n\n",
            f"- Needs with work: {totals.needs_with_work} of {totals.needs}{share}\n",
            f"- Gaps: {totals.gaps}; thin: {totals.thin}; not known: {totals.not_known}\n",
            f"- Tickets without a step: {totals.without_step} of {totals.tickets}\n",
            "\n## What needs work\n\n",
            *(markdown_parts(steps) if needing else ["No gaps, and nothing thin.\n"]),
            "\n## Opportunities, best first\n\n",
            *markdown_parts(opportunities),
            "\n## What this rests on\n\n",
            *head,
        ]
    )


def map_picture(workspace: "Workspace", found: "Coverage") -> str:
    """Return the coverage map as SVG, with what it rests on at its foot."""
    title = f"Coverage, {workspace.settings.workspace_name}"
    rests_on = facts(workspace, filtered_by=selection_words(found.selection, workspace.repository))
    return map_svg(journey_map(workspace.repository, found), title=title, facts=rests_on)


def _moment(at: datetime | None) -> str:
    return f" ({at.isoformat(timespec='seconds')})" if at else ""
