"""The report: one file that opens from a disk, without a script and without a request, and prints on A4 and A3."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from markupsafe import Markup

from journeysync.app.ranking import ranked
from journeysync.app.tables import facts
from journeysync.core.journey_map import journey_map
from journeysync.core.map_svg import LEGEND, map_svg
from journeysync.core.selecting import selection_words
from journeysync.model.coverage import Coverage, StepCoverage, StepState
from journeysync.web.assets import FOLDER
from journeysync.web.frame import templates

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

FONT = "inter-latin-wght-normal.woff2"
_NEEDING = (StepState.GAP, StepState.THIN)


def report(workspace: "Workspace", coverage: Coverage) -> str:
    """Return the report as HTML: figures, map, what needs work, opportunities, and all that it rests on."""
    narrowed = selection_words(coverage.selection, workspace.repository)
    lifecycles = journey_map(workspace.repository, coverage)
    local: Callable[[datetime], str] = lambda at: at.astimezone(workspace.zone).strftime("%-d %B %Y, %H:%M")  # noqa: E731
    return (
        templates()
        .get_template("report.html")
        .render(
            company=workspace.settings.workspace_name,
            coverage=coverage,
            totals=coverage.totals,
            narrowed=narrowed,
            legend=LEGEND,
            maps=[
                (each, Markup(map_svg([each], title=each.lifecycle.name, heading=False)))  # noqa: S704  # drawn here
                for each in lifecycles
            ],
            steps=_needing(coverage.steps),
            opportunities=ranked(workspace, coverage),
            facts=facts(workspace, filtered_by=narrowed),
            made_at=local(workspace.now()),
            css=Markup(_css()),  # noqa: S704  # our own file
        )
    )


def _needing(steps: Sequence[StepCoverage]) -> list[StepCoverage]:
    """Return the gaps, then what is thin, each with the strongest need first."""
    found = [step for step in steps if step.state in _NEEDING]
    return sorted(found, key=lambda step: (_NEEDING.index(step.state), -(step.top_score or 0), step.path))


def _css() -> str:
    """Return the style with the font in it: a file on a disk has no folder beside it to load from."""
    font = b64encode((FOLDER / FONT).read_bytes()).decode()
    text = (FOLDER / "report.css").read_text(encoding="utf-8")
    return text.replace(f"url({FONT})", f"url(data:font/woff2;base64,{font})")
