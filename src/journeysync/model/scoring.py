"""How scores are worked out and when they are written again (formats.md 6)."""

from typing import Annotated, Literal

from pydantic import Field

from journeysync.model.base import Model, Pairs


class TicketScoring(Model):
    """How a ticket gets its priority score from its opportunities."""

    from_: Literal["max", "sum", "share"] = Field(default="max", alias="from")
    inherit: bool = True

    model_config = {"populate_by_name": True, "frozen": True, "extra": "forbid"}  # noqa: RUF012  # pydantic's own form


class WriteScoring(Model):
    """When a score that moved is written again."""

    value: Literal["rounded", "exact"] = "rounded"
    again: Literal["band-changed", "always"] = "band-changed"
    settle: Annotated[float, Field(ge=0, le=20)] = 2  # points beyond an edge before the band moves
    at_most_every_days: Annotated[int, Field(ge=0)] = 7


class Scoring(Model):
    """The rule of scoring.yaml.

    ``formula`` is an arithmetic expression over customer_value, business_value (0 to 10) and effort, giving 0 to 100;
    "equal" and "weighted" are presets.
    """

    formula: str = "equal"
    weights: tuple[tuple[str, float], ...] = (("business_value", 0.5), ("customer_value", 0.5))
    ticket: TicketScoring = TicketScoring()
    bands: tuple[tuple[int, float], ...] = ((5, 80.0), (4, 60.0), (3, 40.0), (2, 20.0), (1, 0.0))  # (band, lower edge)
    write: WriteScoring = WriteScoring()
    priority_names: tuple[tuple[int, str], ...] = ((1, "Low"), (2, "Low"), (3, "Medium"), (4, "High"), (5, "Urgent"))
    themes: tuple[str, ...] = ()  # guard rails


class OpportunityScore(Model):
    """The score of an opportunity, 0 to 100 with one decimal; None while an input is unknown."""

    opportunity: str
    score: float | None
    band: int | None
    inputs: tuple[tuple[str, float | None], ...]  # the numbers it was worked out from
    formula: str  # written out with the numbers: "10 * (9.3 + 8.0) / 2 = 86.5"
    overridden: bool = False
    spread: float | None = None  # between the highest and lowest vote
    missing: tuple[str, ...] = ()  # inputs that are not known
    exact: float | None = None  # before rounding, so that a ticket's score is rounded once
    rule: str = ""  # the formula as written, with names: "10 * (customer_value + business_value) / 2"
    cause: str = ""  # why there is no score, in words; empty if there is one
    votes: int = 0  # how many people voted; 0 = the values were given directly
    completeness: float = 1.0  # share of the votes' values that were given, 0 to 1


class TicketScore(Model):
    """The priority score of a ticket: whole number 0 to 100, None if no opportunity of it is scored."""

    score: int | None = None
    exact: float | None = None
    band: int | None = None
    because: tuple[str, ...] = ()  # ids of the opportunities it rests on, the deciding one first
    unscored: tuple[str, ...] = ()  # opportunities left out because their score is unknown
    sentence: str = ""  # "87 (band 5) because of OPP-3", the same in ticket, CLI and page
    inputs: Pairs = ()  # what it was worked out from, as it is kept in the ledger: from, opportunities (see core.score)
