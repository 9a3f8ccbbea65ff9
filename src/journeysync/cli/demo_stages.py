"""The stages of the demo: each calls one use case of the product and says what came of it, in words and figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from journeysync.app.progress import Progress, silent
from journeysync.app.results import ApplyResult, plan_json
from journeysync.app.workspace import Workspace
from journeysync.cli.demo_world import World, shown_sites
from journeysync.cli.planview import ticket_lines
from journeysync.model.change import slot_kind, slot_name
from journeysync.model.coverage import StepCoverage, StepState
from journeysync.model.plan import Plan
from journeysync.sandbox.solvane import APP, SCORE_FIELD

SHOWN_TICKETS = ("BILL-204", "ONB-135", "FLD-59", "solvane/care#37", "ENI-12")
EDITED = "BILL-204"
PERSONS_SCORE = 95
PERSONS_WORDS = "After Tuesday's call: legal agrees, but keep the old total in small type."
LINE_WIDTH = 130
ALLOWED = frozenset({"first-run"})


@dataclass(frozen=True)
class Stage:
    """What one stage did: a line for people, more lines below it, the facts for JSON, and what to look at."""

    name: str
    title: str
    says: str
    facts: dict[str, Any]
    details: tuple[str, ...] = ()
    look: tuple[str, str] = ("", "")
    is_well: bool = field(default=True)


def start(world: World) -> Stage:
    """Say where the sandboxes are; ``world`` has started them."""
    sites = shown_sites(world.sites)
    count = sum(len(site.state.issues) for site in world.sites.values())
    return Stage(
        "sandboxes",
        "Starting sandbox trackers",
        ", ".join(f"{s['product']} with {s['projects']} at {s['url']}" for s in sites),
        {"sites": sites},
        look=(
            f"{len(sites)} trackers now run here, each with its own wire protocol, and {count:,} made-up tickets.",
            f"Open {sites[0]['url']}/browse/{EDITED} to see a ticket before anything is written.",
        ),
    )


def load(workspace: Workspace) -> Stage:
    """Say what the journey repository holds."""
    repository = workspace.repository
    micro = [journey for journey in repository.journeys if journey.level == "micro"]
    facts = {
        "lifecycles": len(repository.lifecycles),
        "journeys": len(micro),
        "steps": len(repository.steps),
        "opportunities": len(repository.opportunities),
        "rules": len(workspace.settings.rules),
    }
    return Stage(
        "loaded",
        f"Loading {workspace.settings.workspace_name}",
        ", ".join(f"{count} {what}" for what, count in facts.items()),
        facts,
        look=(
            f"The journeys are YAML files that people write: {workspace.settings.path.parent / 'journeys'}",
            "An opportunity is a gap worth solving; customer and business value make its score, 0 to 100.",
        ),
    )


def pull(workspace: Workspace, progress: Progress = silent) -> Stage:
    """Read all trackers."""
    result = workspace.pull(progress=progress)
    read = {row.name: row.read for row in result.connections}
    requests = sum(row.requests for row in result.connections)
    troubles = tuple(f"{row.name}: {row.trouble.what}" for row in result.connections if row.trouble)
    per_connection = ", ".join(f"{name} {count}" for name, count in read.items())
    return Stage(
        "pull",
        "Pull",
        f"{sum(read.values())} tickets ({per_connection}), {requests} requests",
        result.as_json(),
        troubles,
        (
            "All tickets were read with a handful of requests; the next read asks only for what changed.",
            "Reading is all that has happened so far: nothing was written.",
        ),
        is_well=not troubles,
    )


def link(workspace: Workspace, progress: Progress = silent) -> Stage:
    """Match tickets to steps and opportunities."""
    result = workspace.links(progress=progress)
    by = ", ".join(f"{count} {_ORIGINS.get(str(origin), str(origin))}" for origin, count in result.by_origin)
    words = [f"{result.linked} linked ({by})", f"{result.enabling} enabling work", f"{result.orphans} for no step"]
    if result.suggestions:
        words.append(f"{result.suggestions} to review")
    return Stage(
        "links",
        "Map",
        ", ".join(words),
        result.as_json(),
        look=(
            "Rules in mappings/rules/ say which words, components and labels mean which step; children inherit.",
            "Every link keeps its cause in words; what fits no rule is shown as such, never guessed.",
        ),
    )


_ORIGINS = {"rule": "by rule", "label": "by label", "reference": "by reference", "hand": "by hand"}


def plan(workspace: Workspace, progress: Progress = silent) -> Stage:
    """Make a plan and show what it means for a few tickets."""
    made = workspace.plan(progress=progress)
    slots = changes_by_slot(made)
    says = ", ".join(f"+ {slots[kind]} {word}" for kind, word in _SLOT_WORDS.items() if slots[kind])
    details = [_cut(line) for p in made.tickets if p.key in SHOWN_TICKETS for line in ticket_lines(p)]
    details.append(f"... and {len(made.tickets) - len(SHOWN_TICKETS)} more tickets")
    labels = Counter(slot_name(c.slot) for p in made.tickets for c in p.changes if slot_kind(c.slot) == "label")
    facts = plan_facts(made) | {"slots": dict(slots), "labels": dict(sorted(labels.items()))}
    return Stage(
        "plan",
        "Plan",
        f"{made.summary.tickets} tickets: {says}; checksum {made.checksum}",
        facts,
        (*details, *(f"Brake '{b.name}': {b.says}. The demo lets it pass; you would say so." for b in made.brakes)),
        (
            "Read it as the owner of a ticket: what would change in mine, and why? Nobody's text is touched.",
            "Teams without the score field get a label for the band instead; closed and quiet tickets are left.",
        ),
    )


def _cut(line: str) -> str:
    return line if len(line) <= LINE_WIDTH else line[: LINE_WIDTH - 4] + " ..."


_SLOT_WORDS = {
    "label": "labels",
    "link": "links",
    "comment": "comments",
    "block": "blocks",
    "field": "scores",
    "priority": "priorities",
    "property": "receipts",
}


def changes_by_slot(made: Plan) -> Counter[str]:
    """Return how many changes there are of each kind of slot, in the order of the words for people."""
    return Counter(slot_kind(change.slot) for planned in made.tickets for change in planned.changes)


def plan_facts(made: Plan) -> dict[str, Any]:
    """Return the plan's JSON without its changes, of which only the shown tickets' stay."""
    document = plan_json(made)
    return document | {"changes": [row for row in document["changes"] if row["key"] in SHOWN_TICKETS]}


def apply(workspace: Workspace, progress: Progress = silent) -> Stage:
    """Write the plan."""
    return applied(workspace.apply(allow=ALLOWED, progress=progress))


def applied(result: ApplyResult) -> Stage:
    """Say what an apply did; it is well if nothing failed."""
    done = result.summary
    details = tuple(f"{failure.key}: {failure.cause}" for failure in result.failures)
    details += tuple(f"{name}: {trouble.what}" for name, trouble in result.troubles)
    return Stage(
        "apply",
        "Apply",
        f"{done.written} changes in {result.tickets} tickets written, {done.failed} failed, {done.requests} requests",
        result.as_json(),
        details,
        (
            "Each write was noted before and read back after: a kill in the middle loses nothing, doubles nothing.",
            "Reload a ticket's page: labels, the score, and one link that says why.",
        ),
        is_well=not details,
    )


def plan_again(workspace: Workspace) -> Stage:
    """Plan once more; nothing may be left to do."""
    made = workspace.plan()
    pending = made.summary.add + made.summary.change + made.summary.remove
    return Stage(
        "plan_again",
        "Plan again",
        f"{pending} changes are still pending" if pending else "no changes",
        plan_facts(made) | {"pending": pending},
        look=(
            "A second plan is always empty. That is a promise, and the demo ends with an error if it is broken.",
            "So it can run every hour: no noise, no mails, no ticket jumping to the top.",
        ),
        is_well=not pending,
    )


def public(world: World, workspace: Workspace) -> Stage:
    """Look at the public repository after the writing: its tickets are linked, and nothing came there."""
    name = APP.full_name
    notes = [note for note in workspace.plan().notes if note.kind == "blocked" and f"{name}: " in note.says]
    left = sum(note.count for note in notes if "public" in note.says)
    writes = [write for site in world.sites.values() for write in site.journal.over_http()]
    there = [write for write in writes if write.issue_key.partition("#")[0] == name]
    return Stage(
        "public",
        "A public repository",
        f"{name}: {left} issues left as they are, {len(there)} changes written; everybody reads along there",
        {"repository": name, "left_alone": left, "written": len(there)},
        look=(
            "Its issues count in coverage like all others; only the marks stay out, since customers read them.",
            "A team that wants its labels there says so in mappings/placement.yaml: public: label.",
        ),
        is_well=bool(left) and not there,
    )


def person(world: World, workspace: Workspace) -> Stage:
    """Let a person overwrite our score and add a sentence, then read, plan and apply: both must stay as they are."""
    state = world.jira.state
    field_id = f"customfield_{SCORE_FIELD}"
    before = state.json(EDITED)
    state.set_field(EDITED, "description", with_words(before["description"], PERSONS_WORDS))
    state.set_field(EDITED, field_id, PERSONS_SCORE)
    edited = state.json(EDITED)
    workspace.pull()
    workspace.links()
    made = workspace.plan()
    workspace.apply(allow=ALLOWED)
    after = state.json(EDITED)
    ticket = workspace.explain(EDITED).ticket.ref
    drift = [note.says for note in made.notes if note.kind == "drift" and note.ticket == ticket]
    kept = all(after[name] == edited[name] for name in ("description", field_id))
    return Stage(
        "person",
        f"A person edits {EDITED}",
        f"score {before[field_id]:g} becomes {PERSONS_SCORE}: "
        + ("shown in the plan, kept, text untouched" if drift and kept else "NOT kept"),
        {"ticket": EDITED, "drift": drift, "kept": kept, "pending": made.summary.tickets},
        tuple(f". {EDITED} {says}" for says in drift),
        (
            "What a person changes stays changed. The plan shows it as drift, and nobody is overruled in silence.",
            "The label journey.ignore makes it leave a ticket alone for good.",
        ),
        is_well=bool(drift) and kept,
    )


def with_words(document: dict[str, Any], words: str) -> dict[str, Any]:
    """Return a description (ADF) with one more paragraph."""
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
    return document | {"content": [*document["content"], paragraph]}


def coverage(workspace: Workspace) -> Stage:
    """Say which needs have work behind them, and which have none, by name."""
    result = workspace.coverage()
    totals = result.totals
    by_state = {state: _named(workspace, result.steps, state) for state in _HEADLINES}
    details = tuple(
        f"{word if number == 0 else '':<13}{_line(row)}"
        for state, word in _HEADLINES.items()
        for number, row in enumerate(by_state[state])
    )
    without = f"{totals.without_step} of {totals.tickets} open or recent tickets serve no step"
    orphans = f"{totals.orphans} orphans, {totals.enabling} enabling work"
    return Stage(
        "coverage",
        "Coverage",
        f"{totals.needs_with_work} of {totals.needs} needs have work; {without} ({orphans})",
        {"totals": totals.model_dump(mode="json")}
        | {word.replace("-", "_"): by_state[state] for state, word in _HEADLINES.items()},
        details,
        (
            "Gaps are needs that nobody works on; over-served is much work where little is needed.",
            "Every number opens its tickets: journeysync coverage --output json",
        ),
    )


_HEADLINES = {StepState.GAP: "gaps", StepState.THIN: "thin", StepState.OVER_SERVED: "over-served"}


def _named(workspace: Workspace, steps: Iterable[StepCoverage], state: StepState) -> list[dict[str, Any]]:
    rows = [
        {
            "id": row.id,
            "name": row.path.rpartition(" > ")[2],
            "open": row.todo + row.doing,
            "score": row.top_score,
            "opportunities": [o.id for o in workspace.repository.opportunities if row.id in o.for_],
        }
        for row in steps
        if row.state is state
    ]
    return sorted(rows, key=lambda row: -(row["score"] or 0))


def _line(row: dict[str, Any]) -> str:
    opened = f", {row['open']} open" if row["open"] else ""
    return f"{row['name']} ({row['opportunities'][0]}, {row['score']:g}{opened})"
