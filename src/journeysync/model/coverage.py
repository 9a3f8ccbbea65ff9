"""Coverage: its settings (formats.md 9) and its figures."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from journeysync.model.base import Model
from journeysync.model.link import Origin


class Counts(Model):
    """Which links count as work on a step."""

    origins: tuple[Origin, ...] = tuple(Origin)
    confidence_at_least: Annotated[float, Field(ge=0, le=1)] = 0.7
    done_within_days: Annotated[int, Field(ge=0)] = 180
    containers: Literal["only without linked children", "always", "never"] = "only without linked children"


class NeedsWork(Model):
    """What makes a step need work."""

    opportunity_score_at_least: float = 60
    pain_evidence_at_least: Annotated[int, Field(ge=0, le=3)] = 2
    metric_missed: bool = True


class OverServed(Model):
    """What makes a step over-served."""

    open_at_least: int = 10
    score_below: float = 40


class CoverageSettings(Model):
    """All of coverage.yaml, with defaults filled in."""

    counts: Counts = Counts()
    needs_work: NeedsWork = NeedsWork()
    thin_below: int = 3
    over_served: OverServed = OverServed()
    data_older_than_hours: float = 24


class Selection(Model):
    """Which part of the backlog and of the journeys is looked at; empty = all of it."""

    team: str = ""
    connections: tuple[str, ...] = ()  # of one tool
    tool: str = ""  # connector that those are of, for words
    persona: str = ""
    kind: str = ""
    state: Literal["", "open", "todo", "doing", "done"] = ""
    days: int = 0  # of done work; 0 = as coverage.yaml says
    view: Literal["", "today", "to-be"] = ""  # steps as they are, or as they shall be

    @property
    def narrows_tickets(self) -> bool:
        """Return whether some tickets are left out."""
        return bool(self.team or self.connections or self.kind or self.state)

    @property
    def narrows_steps(self) -> bool:
        """Return whether some steps are left out."""
        return bool(self.persona or self.view)


EVERYTHING = Selection()


class StepState(StrEnum):
    """What a step's cell says; the first that fits, in this order."""

    NOT_KNOWN = "not known"
    GAP = "gap"
    THIN = "thin"
    SERVED = "served"
    OVER_SERVED = "over-served"
    WORK_WITHOUT_NEED = "work without need"
    QUIET = "quiet"


class StepCoverage(Model):
    """One step: its figures open exactly the tickets listed (refs as "connection/id", sorted)."""

    id: str
    path: str  # "Live with us > Pay > Understand and pay a bill > See why it changed"
    journey: str
    todo: int = 0
    doing: int = 0
    done: int = 0
    opportunities: int = 0  # open or doing ones for this step
    top_score: float | None = None
    needs: tuple[str, ...] = ()  # why it needs work, in words
    state: StepState
    tickets: tuple[str, ...] = ()
    elsewhere: int = 0  # open tickets on this step that the selection leaves out
    via: tuple[str, ...] = ()  # of those, the tickets counted only "via" an opportunity


class JourneyCoverage(Model):
    """The "not placed on a step" cell of a journey, and the totals of its row."""

    id: str
    todo: int = 0
    doing: int = 0
    done: int = 0
    tickets: tuple[str, ...] = ()
    row_open: int = 0  # on its steps and in this cell, each ticket once
    row_done: int = 0
    row_tickets: tuple[str, ...] = ()


class OpportunityCoverage(Model):
    """One opportunity with its own tickets."""

    id: str
    name: str
    score: float | None
    band: int | None
    open: int = 0
    done: int = 0
    state: str  # gap, thin, served, ... for open and doing ones; "done" and "will-not" as they are
    tickets: tuple[str, ...] = ()
    unfounded: bool = False  # rests on no insight of evidence 2 or more: opinion-led


class CoverageTotals(Model):
    """Headline figures; each ticket counted once."""

    steps: int = 0
    needs: int = 0
    needs_with_work: int = 0
    gaps: int = 0
    thin: int = 0
    over_served: int = 0
    work_without_need: int = 0
    not_known: int = 0
    tickets: int = 0  # open tickets, or done within the period, in scope
    without_step: int = 0  # of those, linked to no step, directly or through an opportunity
    orphans: int = 0  # no link and not enabling
    enabling: int = 0
    without_reason: int = 0  # orphan, or linked only to opportunities without insight
    opinion_led: int = 0  # linked, not enabling, and no insight of evidence 2 or more behind any of its links
    top_without_ticket: int = 0  # band 4 or 5, open, no open work
    unscored_opportunities: int = 0
    opportunities: int = 0  # open and doing ones
    opportunity_needs: int = 0
    opportunity_needs_with_work: int = 0
    opportunity_gaps: int = 0
    opportunity_thin: int = 0
    opinion_led_opportunities: int = 0


class EstimateTotals(Model):
    """Sums of the estimates of one team's counted tickets, in its own unit; never over teams."""

    team: str
    tickets: float = 0
    without_step: float = 0
    orphans: float = 0
    enabling: float = 0
    without_reason: float = 0
    opinion_led: float = 0
    unestimated: int = 0  # counted tickets without an estimate


class ConnectionAge(Model):
    """How old the data of a connection is."""

    connection: str
    read_at: datetime | None  # end of the last complete read; None = never
    hours: float | None


class Coverage(Model):
    """Which needs have work behind them, with all that the figures rest on."""

    as_of: datetime
    period_days: int
    origins: tuple[Origin, ...]
    connections: tuple[ConnectionAge, ...]
    steps: tuple[StepCoverage, ...]
    journeys: tuple[JourneyCoverage, ...]
    opportunities: tuple[OpportunityCoverage, ...]
    totals: CoverageTotals
    tickets: tuple[str, ...] = ()  # refs of all that is counted, each in the lists below that it belongs to
    orphans: tuple[str, ...] = ()
    without_step: tuple[str, ...] = ()
    enabling: tuple[str, ...] = ()
    without_reason: tuple[str, ...] = ()
    opinion_led: tuple[str, ...] = ()
    selection: Selection = EVERYTHING
    estimates: EstimateTotals | None = None  # where one team is selected and estimates
