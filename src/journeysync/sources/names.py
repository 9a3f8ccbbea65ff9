"""Which ids there are, and which they were: the register that every reference is looked up in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from journeysync.sources.collect import Collection, Entry, StepEntry
from journeysync.sources.files import MacroFile, OpportunityFile
from journeysync.sources.problem import Problem, shown


@dataclass
class Names:
    """Each table leads from an id, today's or an old one, to today's.

    Attributes:
        lifecycles, journeys, steps (full ids), opportunities, personas, insights: The tables.
        metrics: "<journey>.<metric>" and "<step>.<metric>".
        old_ids_of_step: Every full id a step had, also through former ids of its journey.
        problems: Old ids that clash with living ones or with each other.
    """

    lifecycles: dict[str, str] = field(default_factory=dict)
    journeys: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    opportunities: dict[str, str] = field(default_factory=dict)
    personas: dict[str, str] = field(default_factory=dict)
    insights: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    old_ids_of_step: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, collection: Collection) -> "Names":
        """Return the register of a collection."""
        names = cls()
        names.lifecycles = _same(entry.id for entry in collection.lifecycles)
        names.personas = _same(entry.id for entry in collection.personas)
        names.insights = _same(collection.insights)
        journeys = collection.all_journeys
        names.journeys = _same(entry.id for entry in journeys)
        steps = [step for entries in collection.steps.values() for step in entries]
        names.steps = _same(f"{step.journey}.{step.entry.id}" for step in steps)
        names.opportunities = _same(entry.id for entry in collection.opportunities)
        for entry in journeys:
            names._add_old(entry, entry.value.was, names.journeys, blocked=names.lifecycles)
        for opportunity in collection.opportunities:
            names._add_old(opportunity, opportunity.value.was, names.opportunities, blocked={})
        old_journeys = {entry.id: entry.value.was for entry in journeys}
        for step in steps:
            names._add_old_step(step, old_journeys.get(step.journey, ()))
        names._add_metrics(collection, steps)
        return names

    def _add_old(
        self,
        entry: Entry[MacroFile] | Entry[OpportunityFile],
        old_ids: Iterable[str],
        table: dict[str, str],
        *,
        blocked: dict[str, str],
    ) -> None:
        for number, old in enumerate(old_ids):
            self._add_old_id(old, entry.id, table, where=entry.where("was", number), blocked=blocked)

    def _add_old_id(
        self, old: str, today: str, table: dict[str, str], *, where: str, blocked: dict[str, str] | None = None
    ) -> None:
        taken = table.get(old) or (blocked or {}).get(old)
        if taken is None:
            table[old] = today
            return
        if taken == old:
            says = f"was names {shown(old)}, and something of today has this id"
        else:
            says = f"was names {shown(old)}, and {taken} names it too"
        self.problems.append(Problem(where=where, says=says, next_step="take it out: an old id leads to one place"))

    def _add_old_step(self, step: StepEntry, old_journeys: tuple[str, ...]) -> None:
        full = f"{step.journey}.{step.entry.id}"
        written = step.entry.value.was
        for number, old in enumerate(written):
            old_full = old if "." in old else f"{step.journey}.{old}"
            self._add_old_id(old_full, full, self.steps, where=step.entry.where("was", number))
        local = (step.entry.id, *(old for old in written if "." not in old))
        for former in (f"{journey}.{name}" for journey, name in product(old_journeys, local)):
            self.steps.setdefault(former, full)
        self.old_ids_of_step[full] = tuple(old for old, today in self.steps.items() if today == full and old != full)

    def _add_metrics(self, collection: Collection, steps: list[StepEntry]) -> None:
        living: dict[str, str] = {}
        holders = [(entry.id, entry.value.metrics) for entry in collection.all_journeys]
        holders += [(f"{step.journey}.{step.entry.id}", step.entry.value.metrics) for step in steps]
        for holder, metrics in holders:
            living |= {f"{holder}.{metric.id}": holder for metric in metrics}
        self.metrics = _same(living)
        for old, today in _old(self.journeys, self.steps):
            for metric in (m for m, holder in living.items() if holder == today):
                self.metrics.setdefault(old + metric.removeprefix(today), metric)


def _same(ids: Iterable[str]) -> dict[str, str]:
    return {id_: id_ for id_ in ids}


def _old(*tables: dict[str, str]) -> Iterator[tuple[str, str]]:
    for table in tables:
        yield from ((old, today) for old, today in table.items() if old != today)
