"""The coverage map as one SVG picture for slides: a section a lifecycle, a row a micro journey, a cell a step.

Colours are those of the page in the light; state is said by sign and word, too,
never by colour alone. The picture carries what it rests on at its foot.
"""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from journeysync.core.table import one_line
from journeysync.model.coverage import Coverage, StepCoverage, StepState
from journeysync.model.journey import Journey, JourneyRepository

_NAME, _CELL, _HIGH, _GAP, _MARGIN, _TOTAL = 230, 124, 58, 4, 24, 84
_RAMP = ((56, "#5fb0a7"), (26, "#8cc8c0"), (11, "#b7dcd7"), (4, "#d6ebe8"), (1, "#eaf4f2"), (0, "#f4f4f1"))
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
    found: Coverage, repository: JourneyRepository, *, title: str, facts: Sequence[tuple[str, str]] = ()
) -> str:
    """Return the picture. Rows differ in length as journeys do; only steps that ``found`` has are drawn."""
    return "\n".join(_Drawing(found, repository).document(title, facts)) + "\n"


class _Drawing:
    """One picture: collects lines while it goes down the page."""

    def __init__(self, found: Coverage, repository: JourneyRepository) -> None:
        self.steps: Mapping[str, StepCoverage] = {step.id: step for step in found.steps}
        self.repository = repository
        self.rows = [j for j in repository.journeys if any(step.id in self.steps for step in j.steps)]
        longest = max((sum(step.id in self.steps for step in j.steps) for j in self.rows), default=1)
        self.width = max(760, 2 * _MARGIN + _NAME + longest * (_CELL + _GAP) + _TOTAL)
        self.y = _MARGIN

    def document(self, title: str, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
        body = list(self._body(title, facts))
        size = f'width="{self.width}" height="{self.y}" viewBox="0 0 {self.width} {self.y}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={_quoted(title)}'
        yield ' font-family="Inter, system-ui, sans-serif" font-size="11">'
        yield (
            '<defs><pattern id="js-gap" width="10" height="10" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect width="10" height="10" fill="#fff1e7"/>'
            '<rect width="5" height="10" fill="#fbdcc5"/></pattern></defs>'
        )
        yield f'<rect width="{self.width}" height="{self.y}" fill="#ffffff"/>'
        yield from body
        yield "</svg>"

    def _body(self, title: str, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
        yield self._text(_MARGIN, title, size=18, weight=640, down=30)
        yield self._text(_MARGIN, "Bold: open tickets. Beside it: done. ◇ gap: need, and nobody works on it", down=20)
        if not self.rows:
            yield self._text(_MARGIN, "No step in view.", down=24)
        for lifecycle in self.repository.lifecycles:
            rows = [j for j in self.rows if _lifecycle(j, self.repository) == lifecycle.id]
            if rows:
                self.y += 14
                yield self._text(_MARGIN, lifecycle.name, size=14.5, weight=630, down=22)
                yield from self._journeys(rows)
        if facts:
            self.y += 12
            yield from (self._text(_MARGIN, f"{what}: {words}", colour=_MUTED, down=16) for what, words in facts)
        self.y += 10

    def _journeys(self, rows: Sequence[Journey]) -> Iterator[str]:
        above = ""
        for journey in rows:
            parent = self.repository.journey_by_id.get(journey.parent or "")
            if parent is not None and parent.name != above:
                above = parent.name
                self.y += 4
                yield self._text(_MARGIN, above, size=12, weight=600, down=18)
            yield from self._row(journey)

    def _row(self, journey: Journey) -> Iterator[str]:
        cells = [self.steps[step.id] for step in journey.steps if step.id in self.steps]
        names = {step.id: step.name for step in journey.steps}
        top = self.y
        yield _text_at(_MARGIN + 10, top + 33, _cut(journey.name, _NAME - 20), full=journey.name)
        for number, cell in enumerate(cells):
            x = _MARGIN + _NAME + number * (_CELL + _GAP)
            yield from _cell(x, top, names[cell.id], cell)
        open_, done = sum(c.todo + c.doing for c in cells), sum(c.done for c in cells)
        x = self.width - _MARGIN
        yield f'<text x="{x}" y="{top + 33}" text-anchor="end" fill="{_MUTED}"><tspan font-weight="600" fill="{_INK}">'
        yield f"{open_}</tspan> {done}</text>"
        self.y = top + _HIGH + _GAP

    def _text(self, x: float, text: str, *, down: int, size: float = 11, weight: int = 400, colour: str = _INK) -> str:
        self.y += down
        limit = self.width - 2 * _MARGIN
        return _text_at(x, self.y - 6, _cut(text, limit, size=size), size=size, weight=weight, colour=colour)


def _cell(x: float, y: float, name: str, cell: StepCoverage) -> Iterator[str]:
    """Yield one step: its name small on top, open and done below, its state as sign and word."""
    open_ = cell.todo + cell.doing
    is_gap = cell.state is StepState.GAP
    fill = "url(#js-gap)" if is_gap else next(colour for least, colour in _RAMP if open_ >= least)
    edge = f' stroke="{_TROUBLE}"' if is_gap else ""
    sign = _SIGNS.get(cell.state, "")
    says = f"{name}: {open_} open, {cell.done} done, {cell.state.value}" + "".join(f"; {need}" for need in cell.needs)
    yield f"<g><title>{_plain(says)}</title>"
    yield f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_HIGH}" rx="4" fill="{fill}"{edge}/>'
    ink = _TROUBLE_INK if is_gap else "#163a37"
    for number, line in enumerate(_two_lines(name, _CELL - 16)):
        yield _text_at(x + 8, y + 16 + 13 * number, line, colour=ink)
    yield f'<text x="{x + 8}" y="{y + 48}" fill="{_INK}"><tspan font-weight="620" font-size="13">{open_}</tspan>'
    yield f' <tspan fill="#163a37">{cell.done}</tspan></text>'
    if sign:
        colour = _TROUBLE_INK if cell.state in (StepState.GAP, StepState.THIN) else _MUTED
        yield f'<text x="{x + _CELL - 8}" y="{y + 48}" text-anchor="end" fill="{colour}">{sign}</text>'
    share = cell.done / (open_ + cell.done) if open_ + cell.done else 0
    if share:
        width = round((_CELL - 8) * share, 1)
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


def _lifecycle(journey: Journey, repository: JourneyRepository) -> str:
    """Return the id at the top of a journey's chain of parents."""
    at, seen = journey, {journey.id}
    while at.parent in repository.journey_by_id and at.parent not in seen:
        at = repository.journey_by_id[at.parent]
        seen.add(at.id)
    return at.parent or ""
