"""A stage of the demo: a week later people value one of the top ten opportunities less, and its tickets show it."""

import re
from pathlib import Path

from journeysync.app.workspace import Workspace
from journeysync.cli.demo_stages import ALLOWED, LINE_WIDTH, Stage, plan_facts
from journeysync.cli.demo_world import World
from journeysync.cli.planview import ticket_lines
from journeysync.model.change import Change, slot_kind
from journeysync.model.plan import Plan

OPPORTUNITY = "OPP-10"
NEW_VALUE = 6.5
OPPORTUNITIES = Path("journeys", "opportunities.yaml")


def new_score(world: World) -> Stage:
    """Change a customer value in the files, let a week pass, read, plan, apply, and plan again.

    The clock of ``world`` is at today afterwards.
    """
    with world.open() as workspace:
        old = workspace.scores[OPPORTUNITY]
    old_value = value_less(world.folder / OPPORTUNITIES, OPPORTUNITY, NEW_VALUE)
    with world.open() as workspace:
        early = _looked(workspace)
    world.days_ago = 0
    with world.open() as workspace:
        made = _looked(workspace)
        written = workspace.apply(allow=ALLOWED)
        again = workspace.plan()
        new = workspace.scores[OPPORTUNITY]
    told = [planned for planned in made.tickets if _because_of(planned.changes)]
    shown = next((planned for planned in told if any(slot_kind(c.slot) == "field" for c in planned.changes)), None)
    lines = [line[:LINE_WIDTH] for line in ticket_lines(shown)] if shown else []
    facts = {
        "opportunity": OPPORTUNITY,
        "customer_value": [old_value, NEW_VALUE],
        "score": [old.score, new.score],
        "band": [old.band, new.band],
        "tickets": [planned.key for planned in told],
        "same_day": early.summary.tickets,
        "others": len(made.tickets) - len(told),
        "written": written.summary.written,
        "pending": again.summary.tickets,
    }
    return Stage(
        "new_score",
        f"A week later, {OPPORTUNITY}",
        f"customer value {old_value:g} becomes {NEW_VALUE:g}: score {old.score} becomes "
        f"{new.score}, band {old.band} becomes {new.band}, {len(told)} tickets show it",
        facts | {"plan": plan_facts(made)},
        (*lines, *((f"... and {len(told) - 1} more tickets; no other ticket changes",) if told else ())),
        (
            "Somebody edited one number in journeys/opportunities.yaml; only the tickets that rest on it move.",
            "A score that moves inside its band is not rewritten, and none is written twice within seven days.",
        ),
        is_well=_is_well(facts, written.exit_code),
    )


def _looked(workspace: Workspace) -> Plan:
    workspace.pull()
    workspace.links()
    return workspace.plan()


def _because_of(changes: tuple[Change, ...]) -> bool:
    return any(OPPORTUNITY in change.cause for change in changes)


def _is_well(facts: dict[str, object], exit_code: int) -> bool:
    """Return whether exactly the tickets of the opportunity moved, and only after the week."""
    moved = bool(facts["tickets"]) and not facts["others"] and facts["band"] == [5, 4]
    return moved and not facts["same_day"] and not facts["pending"] and exit_code == 0


def value_less(path: Path, opportunity: str, value: float) -> float:
    """Write another customer value of one opportunity into its file and return the one before; all else stays."""
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"- id: {opportunity}\b.*?customer_value: ([\d.]+)", text, re.DOTALL)
    if found is None:
        raise ValueError(f"{path} has no customer value of {opportunity}")
    path.write_text(f"{text[: found.start(1)]}{value}{text[found.end(1) :]}", encoding="utf-8")
    return float(found[1])
