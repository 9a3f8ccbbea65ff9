"""Labels in our namespace and words of trackers that say nothing to us: one inbox row each, for a person."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from journeysync.app.owners import owner_of
from journeysync.app.results import LinksResult
from journeysync.core.labels import did_you_mean_label
from journeysync.model.change import label_slot
from journeysync.store import InboxRow

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

UNKNOWN = "unknown-label"
UNOWNED = "unknown-origin"
WORD = "unknown-word"


def report_labels(workspace: "Workspace", found: LinksResult) -> None:
    """Bring the inbox up to date: a row for each such label, none for what was put right.

    Writes only what is new or counts otherwise than before, so it may be called after every matching.
    """
    wanted = {(row.kind, row.slot): row for row in _rows(workspace, found)}
    there = {(row.kind, row.slot): row for row in workspace.store.inbox() if row.kind in (UNKNOWN, UNOWNED)}
    news = [row for key, row in wanted.items() if key not in there or there[key].cause != row.cause]
    if news:
        workspace.store.keep(news)
    _report_words(workspace, found)
    done = [(row.kind, row.connection, row.ticket_id, row.slot) for key, row in there.items() if key not in wanted]
    if done:
        workspace.store.resolve(done, at=workspace.now())


def _report_words(workspace: "Workspace", found: LinksResult) -> None:
    """Bring the rows of words that no vocabulary maps up to date: one a word, with its number of tickets."""
    now = workspace.now()
    rows = [
        InboxRow(
            kind=WORD,
            connection="",
            slot=word,
            cause=f"{word} is not in our words; {count} ticket{'s' if count != 1 else ''}",
            next_step="map it in mappings/vocabulary.yaml, under the team's kinds or states",
            first_seen=now,
            last_seen=now,
            count=count,
        )
        for word, count in found.unknown_words
    ]
    if rows:
        workspace.store.keep(rows)
    named = {row.slot for row in rows}
    over = [
        (row.kind, row.connection, row.ticket_id, row.slot)
        for row in workspace.store.inbox()
        if row.kind == WORD and row.slot not in named
    ]
    if over:
        workspace.store.resolve(over, at=now)


def _rows(workspace: "Workspace", found: LinksResult) -> Iterator[InboxRow]:
    for label, count in found.unknown_labels:
        meant = did_you_mean_label(label, workspace.namespace, workspace.repository)
        step = f"did you mean {meant}? " if meant else ""
        says = f"no journey, step or opportunity is called so; {_carried(count)}"
        step += "correct the label in the tracker, or take it off"
        yield _row(workspace, UNKNOWN, label, says, step, count)
    for label, count in found.unowned_labels:
        says = f"it was there before we could see who typed it: no link, and never removed; {_carried(count)}"
        step = f"if people mean it: journeysync inbox accept {label}; if we wrote it: journeysync inbox adopt {label}"
        yield _row(workspace, UNOWNED, label, says, step, count)


def _row(workspace: "Workspace", kind: str, label: str, says: str, next_step: str, count: int) -> InboxRow:
    now = workspace.now()
    return InboxRow(
        kind=kind,
        connection="",  # labels are the whole workspace's
        slot=label_slot(label),
        cause=f"label {label}: {says}",
        next_step=next_step,
        owner=owner_of(workspace, (), label_slot(label)),
        first_seen=now,
        last_seen=now,
        count=count,
    )


def _carried(count: int) -> str:
    return "1 ticket carries it" if count == 1 else f"{count} tickets carry it"
