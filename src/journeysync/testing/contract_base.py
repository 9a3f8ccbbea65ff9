"""What all parts of the connector contract share: the two fixtures, and short words for calls."""
# ruff: noqa: S101 - a kit of checks

from collections.abc import Mapping
from typing import Any, Literal

import pytest

from journeysync.connector import Connector
from journeysync.model.base import Value
from journeysync.model.change import (
    AddLabel,
    Change,
    Observed,
    Outcome,
    RemoveLabel,
    SetField,
    SetLink,
    SetPriority,
    SetProperty,
    SetText,
    Slot,
    SlotKind,
    TicketChanges,
)
from journeysync.model.context import Context
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, Moved
from journeysync.richtext.words import words_of
from journeysync.testing.world import World

CANARY = "canary-9f2c-do-not-print"
"""The secret that a contract's connector is given; it must never show up anywhere."""

_SOMEWHERE = TicketRef(connection="contract", id="0")


class ContractBase:
    """The two fixtures that a connector's tests override.

    ``connector`` reads two projects of ``world``, in pages of 3 rows where it can, with
    ``CANARY`` as its token, and names all three fields of ``world`` in its settings.
    """

    @pytest.fixture
    def world(self) -> World:
        """Return the tracker as people see it, empty."""
        raise NotImplementedError("override the fixture `world`")

    @pytest.fixture
    def connector(self, world: World) -> Connector:
        """Return a connector to that world."""
        raise NotImplementedError("override the fixture `connector`")

    def field_or_skip(self, field_id: str) -> str:
        """Return a field's id; skip the test if this tracker has no such field."""
        return field_id or pytest.skip("this tracker has no such field")

    def slot_or_skip(self, connector: Connector, kind: SlotKind) -> None:
        """Skip the test if this tracker cannot hold such a slot."""
        capability = connector.capabilities.of(kind)
        if not capability.can:
            pytest.skip(f"cannot hold a {kind}: {capability.why_not}")

    def asked_id(self, answer: Found | Moved | Gone | Hidden) -> str:
        """Return the id that an answer of ``fetch`` is about."""
        return answer.ticket.ref.id if isinstance(answer, Found) else answer.id


def pulled(connector: Connector, since: Cursor | None = None) -> tuple[list[Ticket], Cursor | None]:
    """Pull to the end; return the tickets and the cursor of the last page."""
    pages = list(connector.pull(since))
    assert pages, "a pull yields at least one page, the complete one"
    return [ticket for page in pages for ticket in page.tickets], pages[-1].cursor


def seen(connector: Connector, ticket: str, *slots: Slot) -> Observed:
    """Read one ticket and slots of it, fresh."""
    [observed] = connector.observe([ticket], frozenset(slots))
    return observed


def put(connector: Connector, ticket: str, *changes: Change) -> dict[Slot, Outcome]:
    """Write changes to one ticket; return the outcome of each slot."""
    outcomes = list(connector.write([on(connector, ticket, *changes)]))
    assert len(outcomes) == len(changes), "one outcome for each change"
    return {outcome.slot: outcome for outcome in outcomes}


def on(connector: Connector, ticket: str, *changes: Change) -> TicketChanges:
    """Return changes, made without a ticket, for a ticket; ordered by slot."""
    ref = TicketRef(connection=connector.name, id=ticket)
    placed = [change.model_copy(update={"ticket": ref}) for change in changes]
    return TicketChanges(ticket=ref, key=ticket, changes=tuple(sorted(placed, key=lambda change: change.slot)))


def add(label: str) -> AddLabel:
    """Return the change that makes a label present, for ``on`` and ``put``."""
    return AddLabel(ticket=_SOMEWHERE, label=label, cause="contract")


def remove(label: str) -> RemoveLabel:
    """Return the change that makes a label absent."""
    return RemoveLabel(ticket=_SOMEWHERE, label=label, cause="contract")


def fill(field_id: str, after: Value, before: Value = None) -> SetField:
    """Return the change that makes a field equal."""
    return SetField(ticket=_SOMEWHERE, field=field_id, cause="contract", before=before, after=after)


def urge(after: str | None, before: str | None = None) -> SetPriority:
    """Return the change that sets the tracker's own priority; None gives it back to unset."""
    return SetPriority(ticket=_SOMEWHERE, cause="contract", before=before, after=after)


def link(title: str | None, url: str = "https://journeys.example/tickets/contract/1") -> SetLink:
    """Return the change that makes our link show a title; None takes it out."""
    after = None if title is None else {"url": url, "title": title, "summary": "By journeysync"}
    return SetLink(ticket=_SOMEWHERE, cause="contract", after=after)


def mark(content: Mapping[str, Any] | None) -> SetProperty:
    """Return the change that makes our receipt equal; None takes it out."""
    return SetProperty(ticket=_SOMEWHERE, cause="contract", after=content)


RECEIPT = {"v": 1, "links": ["OPP-3"], "score": 87, "slots": {"label:journey.opp-3": "7f3a19c2"}}


def words(step: str | None, place: Literal["comment", "block"] = "comment", seen: str = "") -> SetText:
    """Return the change that makes our comment or block tell of a step; None takes it out."""
    after = None
    if step is not None:
        after = Context(path=("Understand and pay a bill", step), ignore="journey.ignore").as_json()
    return SetText(ticket=_SOMEWHERE, place=place, cause="contract", after=after, seen=seen)


def is_shown(change: Change, shown: Value) -> bool:
    """Return whether what was read back is what a change was to make: of a text, its words."""
    if isinstance(change, SetText) and change.after is not None:
        return isinstance(shown, dict) and shown["digest"] == words_of(Context.model_validate(change.after)).digest()
    return bool(shown == change.after)
