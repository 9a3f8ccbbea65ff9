"""What a figure counts, as a table that can leave: the same list that its number opens on the page."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from journeysync.app.backlog import BacklogRow, backlog, rows_of
from journeysync.app.batches import batches
from journeysync.app.covering import ref_of
from journeysync.app.tables import coverage_table, facts, opportunities_table
from journeysync.core.figures import Figure
from journeysync.core.table import Row, Table, columns_of
from journeysync.model.coverage import EVERYTHING, Coverage, Selection

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

BATCH = 500
BACKLOG_COLUMNS = ("connection", "key", "kind", "state", "team", "title", "serves", "score", "origin")


def figure_table(workspace: "Workspace", coverage: Coverage, figure: Figure, *, filtered_by: str = "") -> Table:
    """Return the steps, opportunities or tickets that a figure of this coverage counts."""
    words = ", ".join(part for part in (figure.title.lower(), filtered_by) if part)
    ids = frozenset(figure.ids)
    if figure.of == "steps":
        kept = tuple(row for row in coverage.steps if row.id in ids)
        return coverage_table(workspace, coverage.model_copy(update={"steps": kept}), filtered_by=words)
    if figure.of == "opportunities":
        rows = tuple(row for row in coverage.opportunities if row.id in ids)
        return opportunities_table(workspace, coverage.model_copy(update={"opportunities": rows}), filtered_by=words)
    return backlog_table(workspace, _named(workspace, figure.ids), filtered_by=words)


def backlog_table(workspace: "Workspace", found: Iterable[BacklogRow], *, filtered_by: str = "") -> Table:
    """Return tickets with what each serves. Streamed."""

    def rows() -> Iterator[Row]:
        for row in found:
            ticket = row.ticket
            yield {
                "connection": ticket.ref.connection,
                "ticket": ticket.ref.id,
                "key": ticket.key,
                "kind": ticket.kind,
                "state": ticket.state.value,
                "team": ticket.team,
                "title": ticket.title,
                "url": ticket.url,
                "serves": [link.target.id for link in row.links.links],
                "enabling": row.links.enabling.name if row.links.enabling else None,
                "score": row.score.score,
                "origin": row.origin.value if row.origin else None,
            }

    return Table(
        name="backlog",
        title="Backlog",
        columns=columns_of(*BACKLOG_COLUMNS, key="url"),
        rows=rows(),
        facts=facts(workspace, filtered_by=filtered_by),
        rows_key="tickets",
        count_key="count",
    )


def all_rows(workspace: "Workspace", selection: Selection = EVERYTHING, **how: Any) -> Iterator[BacklogRow]:
    """Yield every ticket that ``app.backlog.backlog`` has on any of its pages; ``how`` as there."""
    offset = 0
    while page := backlog(workspace, selection, **how, offset=offset, limit=BATCH).rows:
        yield from page
        offset += BATCH


def _named(workspace: "Workspace", names: Sequence[str]) -> Iterator[BacklogRow]:
    """Yield tickets, named as figures name them ("connection/id")."""
    for batch in batches(names, BATCH):
        yield from rows_of(workspace, [ref_of(name) for name in batch])
