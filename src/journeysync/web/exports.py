"""Every table at its page's address with an ending: /plan.csv, /coverage.xlsx; and the map as /coverage.svg."""

from collections.abc import Iterator
from functools import partial
from tempfile import SpooledTemporaryFile

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from journeysync.app.exporting import FORMS
from journeysync.app.figure_tables import all_rows, backlog_table, figure_table
from journeysync.app.tables import TABLES, coverage_table, map_picture, opportunities_table, plan_table
from journeysync.core.figures import figures
from journeysync.core.table import Row, Table
from journeysync.web.access import Refused
from journeysync.web.desk import HIDDEN, Ask, look
from journeysync.web.pages.backlog import wanted
from journeysync.web.report import report
from journeysync.web.selecting import selection_of, words_of

IN_MEMORY_BYTES = 4_000_000
_BLOCK = 1 << 16
_WORDS = ("title",)
"""Keys of rows that hold the words of a ticket."""


def export(ask: Ask, name: str, form: str) -> Response:
    """Return a table as a file: made whole before the first byte leaves, so that an error is an error page."""
    chosen = next(each for each in FORMS.values() if each.suffix == f".{form}")
    file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # closed by ``_sent``
    try:
        chosen.write(as_shown(ask, table_of(ask, name)), file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {"content-disposition": f'attachment; filename="{name}{chosen.suffix}"'}
    return StreamingResponse(_sent(file), media_type=chosen.media_type, headers=headers)


def table_of(ask: Ask, name: str) -> Table:
    """Return a table with the figures, the filter and the view that its page has at the same address.

    Raises:
        Refused: The address asks for something that there is not.
    """
    if name == "plan":
        return plan_table(ask.workspace, ask.plan)
    if name not in ("coverage", "opportunities", "backlog"):
        return TABLES[name](ask.workspace)
    selection = selection_of(ask)
    coverage, narrowed = ask.figures_of(selection), words_of(ask, selection)
    if name == "backlog":
        title, how = wanted(ask, selection)
        asked = any(ask.query(each) for each in ("show", "step", "opportunity", "target"))
        words = (title if asked else "", how["saved"], f"words '{how['text']}'" if how["text"] else "", narrowed)
        rows = all_rows(ask.workspace, selection, **how)
        return backlog_table(ask.workspace, rows, filtered_by=", ".join(word for word in words if word))
    if shown := ask.query("show"):
        figure = figures(coverage, ask.workspace.repository).get(shown)
        if figure is None or figure.of != {"coverage": "steps"}.get(name, name):
            raise Refused(f"there is no figure '{shown}' here", next_step="choose one on the page", status=404)
        return figure_table(ask.workspace, coverage, figure, filtered_by=narrowed)
    if name == "coverage":
        return coverage_table(ask.workspace, coverage, filtered_by=narrowed)
    return opportunities_table(ask.workspace, coverage, filtered_by=narrowed)


def as_shown(ask: Ask, table: Table) -> Table:
    """Return a table without the words of tickets that are not for this visitor."""
    hidden = {config.name for config in ask.workspace.settings.connections if not ask.sees(config.name)}
    if not hidden:
        return table

    def rows() -> Iterator[Row]:
        for row in table.rows:
            if row.get("connection") in hidden:
                yield {key: HIDDEN if key in _WORDS else value for key, value in row.items()}
            else:
                yield row

    return Table(**{**vars(table), "rows": rows()})


def picture(ask: Ask) -> Response:
    """Return the map as one picture."""
    text = map_picture(ask.workspace, ask.figures_of(selection_of(ask)))
    headers = {"content-disposition": 'attachment; filename="coverage.svg"'}
    return Response(text, media_type="image/svg+xml", headers=headers)


def as_report(ask: Ask) -> Response:
    """Return the report as a file."""
    headers = {"content-disposition": 'attachment; filename="report.html"'}
    return Response(
        report(ask.workspace, ask.figures_of(selection_of(ask))), media_type="text/html; charset=utf-8", headers=headers
    )


def _sent(file: "SpooledTemporaryFile[bytes]") -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block


ROUTES = (
    Route("/coverage.svg", look(picture)),
    Route("/report.html", look(as_report)),
    *(
        Route(f"/{name}{form.suffix}", look(partial(export, name=name, form=form.suffix[1:])))
        for name in TABLES
        for form in FORMS.values()
    ),
)
