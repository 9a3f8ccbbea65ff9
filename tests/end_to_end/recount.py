"""Count coverage again from the recorded issues, the YAML files and the links in the store. Imports no product code."""

import gzip
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DROPPED = {
    "won't fix",
    "won't do",
    "duplicate",
    "invalid",
    "cannot reproduce",
    "not our bug",
    "needs more info",
    "hold",
}


@dataclass
class Cell:
    todo: set[str] = field(default_factory=set)
    doing: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)

    def counts(self) -> tuple[int, int, int]:
        return len(self.todo), len(self.doing), len(self.done)


def issues(files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    found = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                issue = json.loads(line)
                found[issue["id"]] = issue
    return found


def state_of(issue: Mapping[str, Any]) -> str:
    fields = issue["fields"]
    category = fields["status"]["statusCategory"]["key"]
    resolution = ((fields.get("resolution") or {}).get("name") or "").lower()
    if category == "done":
        return "dropped" if resolution in DROPPED else "done"
    return "doing" if category == "indeterminate" else "todo"


def steps_by_target(folder: Path) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """Return the steps of each opportunity, and of each journey."""
    yaml = YAML(typ="safe")
    parents: dict[str, str] = {}
    steps: dict[str, list[str]] = {}
    for path in sorted((folder / "journeys").rglob("*.yaml")):
        document = yaml.load(path)
        if path.name in ("hierarchy.yaml", "opportunities.yaml"):
            continue
        parents[document["id"]] = document["parent"]
        groups = [*document.get("phases", []), document]
        steps[document["id"]] = [f"{document['id']}.{s['id']}" for group in groups for s in group.get("steps", [])]
    hierarchy = yaml.load(folder / "journeys/hierarchy.yaml")
    for lifecycle in hierarchy["lifecycles"]:
        parents |= {macro["id"]: lifecycle["id"] for macro in lifecycle.get("macro", [])}
    below: dict[str, set[str]] = defaultdict(set)
    for journey, own in steps.items():
        above: str | None = journey
        while above is not None:
            below[above].update(own)
            above = parents.get(above)
    of_opportunity = {}
    for opportunity in yaml.load(folder / "journeys/opportunities.yaml")["opportunities"]:
        named = opportunity.get("for", [])
        of_opportunity[opportunity["id"]] = sorted({s for target in named for s in below.get(target, {target})})
    return of_opportunity, below


def recount(folder: Path, files: Iterable[Path], *, days: int, now: datetime) -> tuple[dict[str, Cell], dict[str, int]]:
    """Return the cells of all steps, and totals: tickets, orphans."""
    recorded = issues(files)
    of_opportunity, below = steps_by_target(folder)
    cells: dict[str, Cell] = {step: Cell() for own in below.values() for step in own}
    links: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    with sqlite3.connect(folder / ".journeysync/state.db") as store:
        for ticket, kind, target, confidence in store.execute(
            "select ticket_id, target_kind, target_id, confidence from links"
        ):
            links[ticket].append((kind, target, confidence))
    children = defaultdict(list)
    for issue in recorded.values():
        parent = issue["fields"].get("parent") or issue["fields"].get("epic")  # an old recording names its epic apart
        if parent:
            children[str(parent["id"])].append(issue["id"])
    earliest = now.astimezone(UTC) - timedelta(days=days)
    work = 0
    for number, issue in recorded.items():
        state = state_of(issue)
        ended = issue["fields"].get("resolutiondate") or issue["fields"]["updated"]  # ended without a date: last change
        if state == "dropped":
            continue
        if state == "done" and datetime.fromisoformat(ended) < earliest:
            continue
        is_container = issue["fields"]["issuetype"]["name"] == "Epic"
        if is_container and any(links.get(child) for child in children[number]):
            continue
        work += 1
        steps = set()
        for kind, target, confidence in links.get(number, ()):
            if confidence >= 0.7:
                steps.update(
                    {target} if kind == "step" else of_opportunity.get(target, ()) if kind == "opportunity" else ()
                )
        for step in steps:
            getattr(cells[step], state).add(number)
    return cells, {"tickets": work, "linked": len(links)}
