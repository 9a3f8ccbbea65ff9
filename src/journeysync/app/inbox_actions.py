"""Answers to rows of the inbox. What a person decides is remembered as any decision; the row closes itself."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from journeysync.app.deciding import make_decision, remember
from journeysync.app.inbox import ANSWERS, IGNORED, find_row, key_of, row_id
from journeysync.app.links import relink
from journeysync.core.labels import target_of_label
from journeysync.errors import ConfigError
from journeysync.model.base import Model
from journeysync.model.change import LedgerRow, label_slot, slot_kind, slot_name
from journeysync.model.decision import Decision
from journeysync.model.ticket import TicketRef
from journeysync.sources.problem import nearest
from journeysync.store import InboxRow

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

OPEN_FOR = timedelta(days=30)
"""A wish for ours in a field or link ends by itself, so that it never writes over what a person types much later."""


class InboxAnswer(Model):
    """What an answer did."""

    action: str
    row: str  # its id; of adopt and accept the label
    says: str
    decisions: tuple[Decision, ...] = ()
    tickets: int = 0  # tickets that it is about

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json")


class _Answer(Model):
    """Who answers, and why."""

    by: str = ""
    why: str = ""
    until: datetime | None = None


def act(
    workspace: "Workspace", action: str, row: str, *, by: str = "", why: str = "", until: datetime | None = None
) -> InboxAnswer:
    """Answer one row.

    Args:
        workspace: Whose inbox.
        action: "retry" (a failed write, now), "take-theirs" (what the person left there stays theirs),
            "take-ours" (the next apply writes ours again), "ignore" (hide the row until a date), "adopt" (a label
            of unknown origin is ours) or "accept" (it is the people's, and a link by hand).
        row: The row's id, or its beginning; for adopt and accept also the label itself.
        by: Who answers; the user of the process when left out.
        why: In their words.
        until: When ignoring ends; needed there, and only there.

    Raises:
        ConfigError: There is no such row, or it has no such answer.
    """
    answer = _Answer(by=by, why=why, until=until)
    if action in ("adopt", "accept"):
        return _of_label(workspace, action, row, answer)
    actions = {"retry": _retry, "take-theirs": _take_theirs, "take-ours": _take_ours, "ignore": _ignore}
    if action not in actions:
        raise ConfigError(
            f"there is no answer '{action}'", next_step=f"answers: {', '.join((*actions, 'adopt, accept'))}"
        )
    found = find_row(workspace, row)
    allowed = (*ANSWERS.get(found.kind, ()), "ignore")
    if action not in allowed:
        raise ConfigError(
            f"a row of kind '{found.kind}' cannot be answered with {action}",
            where=f"row {row_id(found)}: {found.cause}",
            next_step=f"answers here: {', '.join(allowed)}",
        )
    return actions[action](workspace, found, answer)


def _retry(workspace: "Workspace", row: InboxRow, answer: _Answer) -> InboxAnswer:  # noqa: ARG001  # all answers alike
    """Let the next apply try the whole ticket again; nothing is decided, so nothing is remembered."""
    store = workspace.store
    same = [
        key_of(other)
        for other in store.inbox(connection=row.connection)
        if other.kind == row.kind and other.ticket_id == row.ticket_id
    ]
    store.set_next_try(same, None)
    return InboxAnswer(action="retry", row=row_id(row), says="tried again with the next apply", tickets=1)


def _ignore(workspace: "Workspace", row: InboxRow, answer: _Answer) -> InboxAnswer:
    if answer.until is None or answer.until <= workspace.now():
        raise ConfigError("ignoring needs an end", where="--until", next_step="name a day to come: --until 2027-01-31")
    decision = make_decision(
        workspace,
        "ignore",
        f"{IGNORED}{row_id(row)}",
        ticket=_ref(row),
        by=answer.by,
        why=answer.why or row.cause,
        until=answer.until,
    )
    remember(workspace, [decision])
    if row.kind == "failed":
        workspace.store.set_next_try([key_of(row)], answer.until)
    says = f"not shown until {answer.until:%Y-%m-%d}"
    return InboxAnswer(action="ignore", row=row_id(row), says=says, decisions=(decision,), tickets=1)


def _take_theirs(workspace: "Workspace", row: InboxRow, answer: _Answer) -> InboxAnswer:
    """What a person left there is theirs: of a label it is a "no" to its target, of any other slot we let go."""
    store = workspace.store
    held = [] if row.kind == "refused" else _held(workspace, row)
    is_no = target_of_label(slot_name(row.slot), workspace.namespace, workspace.repository) is not None
    is_no = is_no and slot_kind(row.slot) == "label"
    decisions = [
        make_decision(
            workspace,
            "refuse" if is_no else "take-theirs",
            row.slot,
            ticket=one.ticket,
            by=answer.by,
            why=answer.why,
        )
        for one in held
    ]
    remember(workspace, decisions)
    store.release_rows((one.ticket, one.slot) for one in held)
    store.resolve([key_of(row)], at=workspace.now())
    relink(workspace)
    says = "heard as a 'no': not linked again" if is_no else f"{row.slot} is the people's now: we no longer hold it"
    return _answered("take-theirs", row, says, decisions)


def _take_ours(workspace: "Workspace", row: InboxRow, answer: _Answer) -> InboxAnswer:
    """Ours is wanted: the next apply writes it, or the "no" of a person is taken back."""
    refs = [_ref(row)] if row.ticket_id else [one.ticket for one in _held(workspace, row)]
    ends = None if slot_kind(row.slot) == "label" else workspace.now() + OPEN_FOR
    decisions = [
        make_decision(workspace, "take-ours", row.slot, ticket=ref, by=answer.by, why=answer.why, until=ends)
        for ref in refs
        if ref is not None
    ]
    remember(workspace, decisions)
    if row.kind == "refused":
        workspace.store.resolve([key_of(row)], at=workspace.now())
    relink(workspace)
    return _answered("take-ours", row, "the next apply writes ours again", decisions)


def _of_label(workspace: "Workspace", action: str, text: str, answer: _Answer) -> InboxAnswer:
    """Answer a label of unknown origin, on every ticket that carries it."""
    store = workspace.store
    rows = [row for row in store.inbox() if row.kind == "unknown-origin"]
    named = next((slot_name(row.slot) for row in rows if row_id(row) == text.lower()), text)
    label = slot_name(named) if named.startswith("label:") else named
    marked = store.marked(label, "unknown")
    tickets = store.tickets(ref for ref, _ in marked)
    carried = [(ref, spelled) for ref, spelled in marked if ref in tickets and spelled in tickets[ref].labels]
    if not carried:
        near = nearest(label, (slot_name(row.slot) for row in rows))
        raise ConfigError(
            f"no ticket carries a label '{label}' of unknown origin",
            where="the inbox",
            next_step=f"did you mean {near}?" if near else "see: journeysync inbox",
        )
    do: Callable[..., list[Decision]] = _adopt if action == "adopt" else _accept
    decisions = do(workspace, label, carried, answer)
    relink(workspace)
    gone = [key_of(row) for row in rows if slot_name(row.slot).casefold() == label.casefold()]
    store.resolve(gone, at=workspace.now())
    says = "ours now: kept true, and taken out where it is no longer wanted"
    if action == "accept":
        says = "the people's: a link by hand, never taken out"
    return InboxAnswer(action=action, row=label, says=says, decisions=tuple(decisions), tickets=len(carried))


def _adopt(
    workspace: "Workspace", label: str, carried: Sequence[tuple[TicketRef, str]], answer: _Answer
) -> list[Decision]:
    slot = label_slot(label.lower())
    decision = make_decision(workspace, "adopt", slot, by=answer.by, why=answer.why)
    remember(workspace, [decision])
    cause = f"adopted by {decision.by}" + (f": {decision.why}" if decision.why else "")
    workspace.store.save_ledger(
        [
            LedgerRow(
                ticket=ref,
                slot=slot,
                sent=True,
                seen=True if spelled == slot_name(slot) else spelled,
                cause=cause,
                at=decision.at,
            )
            for ref, spelled in carried
        ]
    )
    workspace.store.clear_marks(carried)
    return [decision]


def _accept(
    workspace: "Workspace", label: str, carried: Sequence[tuple[TicketRef, str]], answer: _Answer
) -> list[Decision]:
    target = target_of_label(label, workspace.namespace, workspace.repository)
    if target is None:
        raise ConfigError(
            f"{label} names no journey, step or opportunity, so it cannot be a link",
            where="the inbox",
            next_step=f"adopt it instead, and we take it out: journeysync inbox adopt {label}",
        )
    decisions = [
        make_decision(workspace, "accept", target.id, ticket=ref, by=answer.by, why=answer.why or f"label {spelled}")
        for ref, spelled in carried
    ]
    remember(workspace, decisions)
    workspace.store.save_marks([(ref, spelled, "typed") for ref, spelled in carried], at=workspace.now())
    return decisions


def _held(workspace: "Workspace", row: InboxRow) -> list[LedgerRow]:
    """Return the ledger rows that a row of the inbox is about."""
    ref = _ref(row)
    if ref is None:
        return [one for one in workspace.store.lost_labels(row.connection) if one.slot == row.slot]
    return [one for one in workspace.store.ledger([ref]).get(ref, ()) if one.slot == row.slot]


def _ref(row: InboxRow) -> TicketRef | None:
    return TicketRef(connection=row.connection, id=row.ticket_id) if row.ticket_id else None


def _answered(action: str, row: InboxRow, says: str, decisions: Sequence[Decision]) -> InboxAnswer:
    tickets = max(1, len({decision.ticket for decision in decisions}))
    return InboxAnswer(action=action, row=row_id(row), says=says, decisions=tuple(decisions), tickets=tickets)
