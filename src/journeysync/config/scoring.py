"""mappings/scoring.yaml: the one written rule from value to number (formats.md 6)."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from journeysync.model.base import Model
from journeysync.model.scoring import Scoring, TicketScoring, WriteScoring
from journeysync.sources.node import Node, at
from journeysync.sources.problem import Problem
from journeysync.sources.shape import Texts, read_as

PRESETS = ("equal", "weighted")
BANDS = (5, 4, 3, 2, 1)

Band = Literal["1", "2", "3", "4", "5"]
Edge = Annotated[float, Field(ge=0, le=100)]
Weight = Annotated[float, Field(ge=0, le=1)]


class OpportunityScoringFile(Model):
    """How an opportunity gets its score, 0 to 100."""

    preset: Annotated[Literal["equal", "weighted"] | None, Field(description="A ready formula")] = None
    formula: Annotated[
        str | None,
        Field(min_length=1, description="An expression of customer_value, business_value and effort, or a preset"),
    ] = None
    weights: Annotated[
        dict[Literal["customer_value", "business_value"], Weight] | None,
        Field(description="For the preset weighted; together 1"),
    ] = None


class GuardRailsFile(Model):
    """What the company has decided to look at."""

    themes: Texts = ()


class ScoringFile(Model):
    """mappings/scoring.yaml."""

    opportunity: OpportunityScoringFile = OpportunityScoringFile()
    ticket: TicketScoring = TicketScoring()
    bands: Annotated[dict[Band, Edge] | None, Field(description="Band: its lower edge; 5 is the highest")] = None
    write: WriteScoring = WriteScoring()
    priority_names: Annotated[dict[Band, str] | None, Field(description="Band: the tracker's priority")] = None
    guard_rails: GuardRailsFile = GuardRailsFile()


def read_scoring(node: Node) -> tuple[Scoring, list[Problem]]:
    """Return the scoring and what is wrong with it."""
    reading = read_as(ScoringFile, node)
    problems = [*reading.problems]
    file = reading.value or ScoringFile()
    problems += _check_formula(file.opportunity, at(reading.node, ("opportunity",)))
    problems += _check_bands(file, reading.node)
    return _scoring(file), problems


def _scoring(file: ScoringFile) -> Scoring:
    default = Scoring()
    opportunity = file.opportunity
    weights = tuple(sorted(opportunity.weights.items())) if opportunity.weights else default.weights
    bands = {int(band): edge for band, edge in (file.bands or {}).items()}
    names = {int(band): name for band, name in (file.priority_names or {}).items()}
    return Scoring(
        formula=opportunity.preset or opportunity.formula or default.formula,
        weights=weights,
        ticket=file.ticket,
        bands=tuple(sorted(bands.items(), reverse=True)) or default.bands,
        write=file.write,
        priority_names=tuple(sorted((dict(default.priority_names) | names).items())),
        themes=file.guard_rails.themes,
    )


def _check_formula(file: OpportunityScoringFile, place: Node) -> Iterator[Problem]:
    if file.preset is not None and file.formula is not None:
        says = "preset and formula stand side by side"
        yield Problem(where=at(place, ("formula",)).where, says=says, next_step="keep one of the two")
    elif file.formula is not None and file.formula not in PRESETS:
        wrong = _wrong_in_formula(file.formula)
        if wrong:
            says = f"formula: {wrong}"
            allowed = "+ - * / ( ) min max, numbers, customer_value, business_value, effort; or equal, weighted"
            yield Problem(where=at(place, ("formula",)).where, says=says, allowed=allowed)
    is_weighted = "weighted" in (file.preset, file.formula)
    if file.weights is not None:
        where, total = at(place, ("weights",)).where, sum(file.weights.values())
        if "weight_" in (file.formula or ""):
            return  # a formula of one's own may use them as it likes
        if not is_weighted:
            says = "weights are not used: the formula names no weight_customer_value or weight_business_value"
            yield Problem(where=where, says=says, next_step="write `preset: weighted`, or take the weights out")
        elif len(file.weights) != 2 or abs(total - 1) > 0.001:
            says = f"the weights must be two, together 1 (now {total:g})"
            yield Problem(where=where, says=says, allowed="customer_value and business_value, for example 0.6 and 0.4")
    elif is_weighted:
        says = "weights are missing"
        step = "weights: {customer_value: 0.6, business_value: 0.4}"
        yield Problem(where=place.where, says=says, next_step=step)


def _wrong_in_formula(formula: str) -> str:
    from journeysync.core.formula import check_formula  # only who has a formula of their own needs it

    return check_formula(formula)


def _check_bands(file: ScoringFile, root: Node) -> Iterator[Problem]:
    if file.bands is None:
        return
    where = at(root, ("bands",)).where
    edges = {int(band): edge for band, edge in file.bands.items()}
    missing = [str(band) for band in BANDS if band not in edges]
    if missing:
        says = f"bands: {', '.join(missing)} is missing"
        yield Problem(where=where, says=says, allowed="all five, for example {5: 80, 4: 60, 3: 40, 2: 20, 1: 0}")
        return
    for band in BANDS[:-1]:
        if edges[band] <= edges[band - 1]:
            says = f"bands: the edge of {band} must be above the edge of {band - 1}"
            yield Problem(where=at(root, ("bands", str(band))).where, says=says)
    if edges[1] != 0:
        says = "bands: 1 must start at 0, or low scores have no band"
        yield Problem(where=at(root, ("bands", "1")).where, says=says)
