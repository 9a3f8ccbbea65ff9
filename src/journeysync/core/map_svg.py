"""The coverage map as one SVG picture for slides: a section a lifecycle, a row a micro journey, a cell a step.

Colours are those of the page in the light; state is said by sign and word, too,
never by colour alone. The picture carries what it rests on at its foot.
"""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from journeysync.core.journey_map import MapCell, MapLifecycle, MapRow
from journeysync.core.table import one_line
from journeysync.model.base import value_hash
from journeysync.model.coverage import StepState

_NAME, _CELL, _HIGH, _GAP, _MARGIN, _TOTAL = 230, 124, 58, 4, 24, 84
_RAMP = ("#f4f4f1", "#eaf4f2", "#d6ebe8", "#b7dcd7", "#8cc8c0", "#5fb0a7")  # by the level of a cell
LEGEND = "Bold: open tickets; beside it: done. Gap: a need, and nobody works on it"
_INK, _MUTED, _TROUBLE, _TROUBLE_INK, _TEAL = "#1a1d21", "#5d636b", "#b3430a", "#8c3206", "#0b6b65"
_SIGNS = {
    StepState.GAP: "◇ gap",
    StepState.THIN: "◥ thin",
    StepState.NOT_KNOWN: "? not known",
    StepState.OVER_SERVED: "▲ over",
    StepState.WORK_WITHOUT_NEED: "○ no need",
}
_LETTER = 5.9  # width of a letter of 11 px, on average


def map_svg(
    lifecycles: Sequence[MapLifecycle],
    *,
    title: str,
    facts: Sequence[tuple[str, str]] = (),
    heading: bool = True,
) -> str:
    """Return the picture. Rows differ in length as journeys do.

    Args:
        lifecycles: What ``core.journey_map`` lays out.
        title: Its heading, and what it is called where it is not seen.
        facts: What it rests on, in words; stands at its foot.
        heading: With the title, the legend and the lifecycles' names in it; a page may have them around it.
    """
    return "\n".join(_Drawing(lifecycles, heading=heading).document(title, facts)) + "\n"


class _Drawing:
    """One picture: collects lines while it goes down the page."""

    def __init__(self, lifecycles: Sequence[MapLifecycle], *, heading: bool) -> None:
        self.gap = f"gap-{value_hash([each.lifecycle.id for each in lifecycles])[:8]}"  # several stand in one page
        self.lifecycles = lifecycles
        self.heading = heading
        self.margin = _MARGIN if heading else 2
        longest = max((each.columns for each in lifecycles), default=1)
        self.width = max(760, 2 * self.margin + _NAME + longest * (_CELL + _GAP) + _TOTAL)
        self.y = self.margin

    def document(self, title: str, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
        body = list(self._body(title, facts))
        size = f'width="{self.width}" height="{self.y}" viewBox="0 0 {self.width} {self.y}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={_quoted(title)}'
        yield ' font-family="Inter, system-ui, sans-serif" font-size="11">'
        yield (
            f'<defs><pattern id="{self.gap}" width="10" height="10" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect width="10" height="10" fill="#fff1e7"/>'
            '<rect width="5" height="10" fill="#fbdcc5"/></pattern></defs>'
        )
        yield f'<rect width="{self.width}" height="{self.y}" fill="#ffffff"/>'
        yield from body
        yield "</svg>"

    def _body(self, title: str, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
        if self.heading:
            yield self._text(self.margin, title, size=18, weight=640, down=30)
            yield self._text(self.margin, LEGEND, down=20)
        if not self.lifecycles:
            yield self._text(self.margin, "No step in view.", down=24)
        for each in self.lifecycles:
            if self.heading:
                self.y += 14
                yield self._text(self.margin, each.lifecycle.name, size=14.5, weight=630, down=22)
            for group in each.groups:
                if group.name:
                    self.y += 4
                    yield self._text(self.margin, group.name, size=12, weight=600, down=18)
                for row in group.rows:
                    yield from self._row(row)
        if facts:
            self.y += 12
            yield from (self._text(self.margin, f"{what}: {words}", colour=_MUTED, down=16) for what, words in facts)
        self.y += 10

    def _row(self, row: MapRow) -> Iterator[str]:
        top, indent = self.y, 10 + 12 * row.depth
        name = row.journey.name
        yield _text_at(self.margin + indent, top + 33, _cut(name, _NAME - 10 - indent), full=name)
        for number, cell in enumerate(row.cells):
            yield from _cell(self.margin + _NAME + number * (_CELL + _GAP), top, cell, self.gap)
        x = self.width - self.margin
        yield f'<text x="{x}" y="{top + 33}" text-anchor="end" fill="{_MUTED}"><tspan font-weight="600" fill="{_INK}">'
        yield f"{row.figures.row_open}</tspan> {row.figures.row_done}</text>"
        self.y = top + _HIGH + _GAP

    def _text(self, x: float, text: str, *, down: int, size: float = 11, weight: int = 400, colour: str = _INK) -> str:
        self.y += down
        limit = self.width - 2 * self.margin
        return _text_at(x, self.y - 6, _cut(text, limit, size=size), size=size, weight=weight, colour=colour)


def _cell(x: float, y: float, cell: MapCell, gap: str) -> Iterator[str]:
    """Yield one step: its name small on top, open and done below, its state as sign and word."""
    name, figures = cell.step.name, cell.figures
    is_gap = figures.state is StepState.GAP
    fill, edge = (f"url(#{gap})", f' stroke="{_TROUBLE}"') if is_gap else (_RAMP[cell.level], "")
    ink = _TROUBLE_INK if is_gap else "#163a37"
    says = f"{name}: {cell.open} open, {figures.done} done, {figures.state.value}"
    says += "".join(f"; {need}" for need in figures.needs)
    yield f"<g><title>{_plain(says)}</title>"
    yield f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_HIGH}" rx="4" fill="{fill}"{edge}/>'
    for number, line in enumerate(_two_lines(name, _CELL - 16)):
        yield _text_at(x + 8, y + 16 + 13 * number, line, colour=ink)
    yield f'<text x="{x + 8}" y="{y + 48}" fill="{_INK}"><tspan font-weight="620" font-size="13">{cell.open}</tspan>'
    yield f' <tspan fill="#163a37">{figures.done}</tspan></text>'
    if sign := _SIGNS.get(figures.state, ""):
        colour = _TROUBLE_INK if figures.state in (StepState.GAP, StepState.THIN) else _MUTED
        yield f'<text x="{x + _CELL - 8}" y="{y + 48}" text-anchor="end" fill="{colour}">{sign}</text>'
    if cell.percent_done:
        width = round((_CELL - 8) * cell.percent_done / 100, 1)
        yield f'<rect x="{x + 4}" y="{y + _HIGH - 4}" width="{width}" height="2.5" fill="{_TEAL}"/>'
    yield "</g>"


def _text_at(
    x: float, y: float, text: str, *, size: float = 11, weight: int = 400, colour: str = _INK, full: str = ""
) -> str:
    tip = f"<title>{_plain(full)}</title>" if full and full != text else ""
    head = f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{colour}">'
    return f"{head}{tip}{_plain(text)}</text>"


def _cut(text: str, width: float, *, size: float = 11) -> str:
    line, most = one_line(text), int(width / (_LETTER * size / 11))
    return line if len(line) <= most else f"{line[: max(1, most - 1)].rstrip()}…"


def _two_lines(text: str, width: float) -> list[str]:
    """Return a name on at most two lines, broken between words."""
    lines = wrap(one_line(text), max(8, int(width / _LETTER)))
    return lines if len(lines) <= 2 else [lines[0], _cut(" ".join(lines[1:]), width)]


def _plain(text: str) -> str:
    return escape(one_line(text))


def _quoted(text: str) -> str:
    return quoteattr(one_line(text))
