"""What happened to a ticket, as far as we know: what people decided about it, and what we wrote, newest first."""

from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.app.explaining import full_name
from journeysync.app.trail import RESULTS
from journeysync.core.slot_words import change_words
from journeysync.model.base import Model
from journeysync.model.change import PROPERTY, slot_kind, slot_name
from journeysync.model.decision import Decision
from journeysync.model.ticket import TicketRef
from journeysync.store import RunWrite

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

_WORDS = {
    "link": "linked it to",
    "unlink": "said that it does not serve",
    "accept": "accepted",
    "refuse": "refused",
    "override": "set a score",
    "adopt": "made ours",
    "ignore": "set aside",
    "take-theirs": "left to the person",
    "take-ours": "had ours written again",
}


class Happening(Model):
    """One thing that happened."""

    at: datetime
    who: str
    what: str
    why: str = ""
    run: str = ""  # of a write


def ticket_history(workspace: "Workspace", ref: TicketRef) -> tuple[Happening, ...]:
    """Return decisions and writes of a ticket, newest first; our receipt, which nobody sees, is left out."""
    store = workspace.store
    writes = [(run, write) for run, write in store.ticket_writes(ref) if write.slot != PROPERTY]
    by = {run: row.by for run in {run for run, _ in writes} if (row := store.run(run)) is not None}
    found = [_written(run, write, by.get(run, "")) for run, write in writes]
    found += [_decided(workspace, decision) for decision in store.decisions([ref])]
    return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def _written(run: str, write: RunWrite, by: str) -> Happening:
    before, after = change_words(write.before, write.wanted, write.slot)
    kind = slot_kind(write.slot)
    name = slot_name(write.slot) if kind == "field" else ""
    place = f"{kind} {name}".strip()
    if kind == "label":
        what = f"label {slot_name(write.slot)} {'added' if write.wanted is not None else 'removed'}"
    elif before and after:
        what = f"{place}: {before} became {after}"
    else:
        what = f"{place}: {after} written" if after else f"{place} removed"
    result = RESULTS[write.state]
    outcome = "" if result == "written" else f" ({result}{f': {write.outcome}' if write.outcome else ''})"
    return Happening(
        at=write.at,
        who=f"journeysync, approved by {by}" if by else "journeysync",
        what=what + outcome,
        why=write.cause,
        run=run,
    )


def _decided(workspace: "Workspace", decision: Decision) -> Happening:
    target = decision.target
    named = "a row of the inbox" if target.startswith("inbox:") else full_name(workspace, target).replace(" > ", " › ")
    until = f" until {decision.until:%Y-%m-%d}" if decision.until else ""
    return Happening(at=decision.at, who=decision.by, what=f"{_WORDS[decision.kind]} {named}{until}", why=decision.why)
