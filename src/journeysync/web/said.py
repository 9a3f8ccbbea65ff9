"""What was just decided, told once more on the page that one comes back to; the address only names the decision."""

from dataclasses import dataclass

from journeysync.app.explaining import full_name
from journeysync.web.desk import Ask


@dataclass(frozen=True)
class Said:
    """A word about one or many tickets."""

    kind: str  # link, unlink
    target: str
    target_name: str
    tickets: tuple[str, ...]  # "connection/id"
    keys: tuple[str, ...]  # the first of them, as people call them


SHOWN_KEYS = 3


def said(ask: Ask) -> Said | None:
    """Return the decision that the address names, with all that were made at that moment; None if there is none."""
    decision_id = ask.query("said")
    if not decision_id:
        return None
    decisions = ask.workspace.store.decisions_of_kind("link", "unlink")
    named = next((each for each in decisions if each.id == decision_id), None)
    if named is None:
        return None
    together = [
        d for d in decisions if (d.at, d.kind, d.target, d.by) == (named.at, named.kind, named.target, named.by)
    ]
    refs = [each.ticket for each in together if each.ticket is not None]
    found = ask.workspace.store.tickets(refs[:SHOWN_KEYS])
    return Said(
        kind=named.kind,
        target=named.target,
        target_name=full_name(ask.workspace, named.target).replace(" > ", " › "),
        tickets=tuple(str(ref) for ref in refs),
        keys=tuple(ticket.key for ticket in found.values()),
    )
