"""The demo's other stories: an outage, a rate limit, people in between, a big backlog. All by the product's own code.

Each has stages before a person's yes and after it; a story that does not hold ends in an error.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from journeysync.app.progress import Progress
from journeysync.app.workspace import Workspace
from journeysync.cli import demo_stages as stages
from journeysync.cli.demo import Scenario
from journeysync.cli.demo_conflict import Conflict
from journeysync.cli.demo_stages import Stage
from journeysync.cli.demo_world import CROWDED, World
from journeysync.errors import ExitCode
from journeysync.sandbox import Fault

Told: TypeAlias = Callable[[Workspace, Progress], Stage]
OUTAGE = "503:retry-after=600,after=120"  # after 120 more requests every one is told to come back in ten minutes
READ_LIMIT = "429:retry-after=1,path=/search,count=1"
WRITE_LIMITS = tuple(f"429:retry-after=1,path=/remotelink,after={after},count=1" for after in (20, 60))
AFTER_OUTAGE = frozenset({"changed"})  # much is left, and the first write has been: a person would allow it
BIG_ALLOWED = frozenset({"first-run", "writes", "changed"})


@dataclass(frozen=True)
class Story:
    """The stages before a person's yes, and those after it."""

    before: tuple[Told, ...]
    after: tuple[Told, ...]


def story(scenario: Scenario, world: World) -> Story:
    """Return the stages of a scenario."""
    start: tuple[Told, ...] = (lambda _w, _p: stages.start(world), lambda w, _p: stages.load(w))
    match scenario:
        case Scenario.OUTAGE:
            return Story((*start, stages.pull, stages.link, _plan), (*_outage(world), _plan_again))
        case Scenario.RATE_LIMIT:
            limit = _Limit(world)
            return Story((*start, limit.pull, stages.link, _plan), (limit.apply, _plan_again))
        case Scenario.CONFLICT:
            conflict = Conflict(world)
            return Story(
                (*start, stages.pull, stages.link, conflict.plan),
                (conflict.between, conflict.apply, conflict.later, conflict.kept),
            )
        case Scenario.BIG:
            return Story((*start, stages.pull, stages.link, _plan), (_big_apply, _plan_again, _coverage))


def _plan(workspace: Workspace, progress: Progress) -> Stage:
    """Plan; the changes of single tickets are the other demo's."""
    stage = stages.plan(workspace, progress)
    return replace(stage, details=tuple(line for line in stage.details if line.startswith("Brake")))


def _plan_again(workspace: Workspace, _progress: Progress) -> Stage:
    return stages.plan_again(workspace)


def _coverage(workspace: Workspace, _progress: Progress) -> Stage:
    return stages.coverage(workspace)


# an outage in the middle of writing


def _outage(world: World) -> tuple[Told, ...]:
    site = world.jira

    def broken(workspace: Workspace, progress: Progress) -> Stage:
        site.add_fault(OUTAGE)
        result = workspace.apply(allow=stages.ALLOWED, progress=progress)
        arrived = sum(write.changed for write in site.journal.over_http())
        noted = len(workspace.store.unsettled(CROWDED))
        code = int(result.exit_code)
        alone = dict(result.troubles)[CROWDED].exit_code if result.troubles else 0
        told = stages.applied(result)
        return replace(
            told,
            name="outage",
            title="Apply, then an outage",
            says=f"the others are done, '{CROWDED}' stopped on the way; exit code {code}",
            details=(
                *told.details,
                f"{CROWDED}: {arrived} values had arrived; {noted} writes stand in the store as noted, not as known",
                f"exit code {code} is 'partly done'; the code of '{CROWDED}' alone is {alone}, 'try later'",
            ),
            look=(
                "One tracker was down in the middle of the writing; it did not stop the others.",
                "Each write was noted before it was sent, so the next run knows what to look up.",
            ),
            facts=told.facts | {"exit_code": code, "arrived": arrived, "unsettled": noted},
            is_well=code == ExitCode.PARTLY and [name for name, _ in result.troubles] == [CROWDED] and noted > 0,
        )

    def mended(workspace: Workspace, progress: Progress) -> Stage:
        site.clear_faults()
        result = workspace.apply(allow=AFTER_OUTAGE, progress=progress)
        told = stages.applied(result)
        twice = _twice(world)
        return replace(
            told,
            name="mended",
            title="It is back: apply again",
            says=f"{result.settled} noted writes looked up, {result.summary.written} changes written, "
            f"{len(twice)} written twice; exit code {int(result.exit_code)}",
            look=(
                "The tracker's own journal was asked: no label, score, link or receipt came a second time.",
                "Nobody had to find out how far the broken run had come.",
            ),
            facts=told.facts | {"twice": twice},
            is_well=told.is_well and not twice,
        )

    return broken, mended


def _twice(world: World) -> list[str]:
    """Return what came over the wire more than once: "BILL-204 label+ journey.pay-bill"."""
    writes = Counter(
        (write.issue_key, write.what, write.name)
        for site in world.sites.values()
        for write in site.journal.over_http()
        if write.changed
    )
    return [" ".join(place) for place, count in writes.items() if count > 1]


# a rate limit


class _Limit:
    """A tracker that answers 429 three times, each time with a wait of a second."""

    def __init__(self, world: World) -> None:
        self._site = world.jira

    def pull(self, workspace: Workspace, progress: Progress) -> Stage:
        return self._told(workspace, (READ_LIMIT,), lambda: stages.pull(workspace, progress))

    def apply(self, workspace: Workspace, progress: Progress) -> Stage:
        return self._told(workspace, WRITE_LIMITS, lambda: stages.apply(workspace, progress))

    def _told(self, workspace: Workspace, faults: tuple[str, ...], stage: Callable[[], Stage]) -> Stage:
        connector = workspace.connector(workspace.connections((CROWDED,))[0])
        before = connector.traffic.waited_seconds
        added: list[Fault] = [self._site.add_fault(fault) for fault in faults]
        done = stage()
        refused = sum(fault.struck for fault in added)
        waited = round(connector.traffic.waited_seconds - before, 1)
        line = f"429 Too Many Requests {refused} x, each time with 'Retry-After: 1': {waited} s waited, and went on"
        look = (
            "The tracker says how long to wait; all requests of this connection wait, none is sent meanwhile.",
            "Longer than two minutes is not waited for: then the run ends with exit code 75, try later.",
        )
        facts = done.facts | {"refused": refused, "waited_seconds": waited}
        is_well = done.is_well and refused == len(faults) and waited >= refused
        return replace(done, details=(*done.details, line), look=look, facts=facts, is_well=is_well)


# a big backlog


def _big_apply(workspace: Workspace, progress: Progress) -> Stage:
    return stages.applied(workspace.apply(allow=BIG_ALLOWED, progress=progress))
