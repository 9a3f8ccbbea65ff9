"""Builders: small values for tests, each with sensible defaults that a keyword overrides.

``a_ticket(labels={"urgent"})`` reads like the sentence that the test is about. The
same arguments make the same value in every run: ids come from the key, times from
``NOW``. All of them belong to one small world, an energy company's billing.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

from journeysync.connector import ConnectionSettings, Secret
from journeysync.model.change import (
    AddLabel,
    Change,
    LedgerRow,
    RemoveLabel,
    SetField,
    SetLink,
    SetProperty,
    Slot,
    TicketChanges,
)
from journeysync.model.decision import Decision
from journeysync.model.link import Link, Origin, Target, TicketLinks
from journeysync.model.receipt import Receipt
from journeysync.model.rule import Condition, Rule
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.testing.clock import NOW

CONNECTION = "billing"
WORKSPACE = "k3f9"


def id_of(key: str) -> str:
    """Return the stable tracker id that builders give the ticket of a key: "BILL-7" -> "10007"."""
    project, _, number = key.rpartition("-")
    place = "1" if project == "BILL" else str(2 + crc32(project.encode()) % 99_998)
    return f"{place}{int(number):04d}"


def a_ref(key: str = "BILL-1", *, connection: str = CONNECTION) -> TicketRef:
    """Return the reference of the ticket that ``a_ticket(key)`` makes."""
    return TicketRef(connection=connection, id=id_of(key))


def a_ticket(
    key: str = "BILL-1",
    *,
    connection: str = CONNECTION,
    labels: Iterable[str] = (),
    components: Iterable[str] = (),
    **more: Any,
) -> Ticket:
    """Return an open task of project BILL, private, changed at ``NOW``. ``more`` takes any field of ``Ticket``."""
    values: dict[str, Any] = {
        "ref": a_ref(key, connection=connection),
        "key": key,
        "url": f"https://{connection}.example/browse/{key}",
        "project": key.rpartition("-")[0],
        "title": f"Ticket {key}",
        "kind_word": "Task",
        "state_word": "To Do",
        "visibility": "private",
        "labels": tuple(sorted(labels)),
        "components": tuple(sorted(components)),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Ticket(**(values | more))


def a_target(target_id: str = "pay-bill.see-why") -> Target:
    """Return what an id names by its form: "OPP-3", "pay-bill.see-why" (a step) or "pay-bill" (a journey)."""
    if target_id[:1].isupper():
        return Target(kind="opportunity", id=target_id)
    return Target(kind="step" if "." in target_id else "journey", id=target_id)


def a_rule(rule_id: str = "bill-explained", *targets: str, when: Mapping[str, Any] | None = None, **more: Any) -> Rule:
    """Return a rule; ``when`` as in YAML, but for ``in``, and single values may stand without a list.

    Without targets it links to "pay-bill.see-why", unless it is ``enabling``.
    """
    if not targets and "enabling" not in more:
        targets = ("pay-bill.see-why",)
    condition = a_condition(**(when if when is not None else {"component": "Invoicing"}))
    return Rule(**({"id": rule_id, "when": condition, "targets": tuple(map(a_target, targets))} | more))


def a_condition(**when: Any) -> Condition:
    """Return a condition; ``in`` is spelled ``in_``; a word may stand for a list of one, a mapping for a condition."""
    return Condition(**{key: _condition_value(key, value) for key, value in when.items()})


def _condition_value(key: str, value: Any) -> Any:
    if key in ("all", "any"):
        return tuple(inner if isinstance(inner, Condition) else a_condition(**inner) for inner in value)
    if key == "unless":
        return value if isinstance(value, Condition | None) else a_condition(**value)
    return (value,) if isinstance(value, str) else tuple(value)


def a_link(ticket: Ticket | None = None, target: str = "pay-bill.see-why", **more: Any) -> Link:
    """Return a link by rule."""
    values: dict[str, Any] = {
        "ticket": (ticket or a_ticket()).ref,
        "target": a_target(target),
        "origin": Origin.RULE,
        "cause": "rule bill-explained: component Invoicing",
        "rule": "bill-explained",
    }
    return Link(**(values | more))


def some_links(ticket: Ticket | None = None, *targets: str, origin: Origin = Origin.RULE, **more: Any) -> TicketLinks:
    """Return what matching found for a ticket: one link for each target."""
    ticket = ticket or a_ticket()
    links = tuple(a_link(ticket, target, origin=origin) for target in sorted(targets))
    return TicketLinks(ticket=ticket.ref, links=links, **more)


def a_receipt(*links: str, slots: Mapping[Slot, str] | None = None, score: int | None = None) -> Receipt:
    """Return our mark in a ticket; ``slots`` maps each slot that we hold to 8 hex digits."""
    return Receipt(links=tuple(sorted(links)), score=score, slots=tuple(sorted((slots or {}).items())))


def a_ledger_row(slot: Slot = "label:journey.pay-bill", ticket: Ticket | None = None, **more: Any) -> LedgerRow:
    """Return what the ledger holds of a slot: sent and read back alike (``sent=92`` alone means that 92 came back)."""
    sent = more.get("sent", True)
    values: dict[str, Any] = {"ticket": (ticket or a_ticket()).ref, "slot": slot, "sent": sent, "seen": sent, "at": NOW}
    return LedgerRow(**({"cause": "a test", "run": "run-1"} | values | more))


def a_decision(
    kind: str = "link", ticket: Ticket | None = None, target: str = "pay-bill.see-why", **more: Any
) -> Decision:
    """Return one word of a person about a ticket."""
    values: dict[str, Any] = {"id": f"{kind}-{target}", "kind": kind, "ticket": (ticket or a_ticket()).ref}
    return Decision(
        **(values | {"target": target, "by": "Journey owner billing", "at": NOW, "why": "They say so"} | more)
    )


def add_label(ticket: Ticket | TicketRef, label: str) -> AddLabel:
    """Return the change that makes a label present."""
    return AddLabel(ticket=_ref(ticket), label=label, cause="a test")


def remove_label(ticket: Ticket | TicketRef, label: str) -> RemoveLabel:
    """Return the change that makes a label absent."""
    return RemoveLabel(ticket=_ref(ticket), label=label, cause="a test")


def set_field(ticket: Ticket | TicketRef, field: str, after: Any, *, before: Any = None) -> SetField:
    """Return the change that makes a field equal; None clears it."""
    return SetField(ticket=_ref(ticket), field=field, cause="a test", before=before, after=after)


def set_link(ticket: Ticket | TicketRef, title: str | None = "Pay > See why it changed", *, url: str = "") -> SetLink:
    """Return the change that makes our link show a title; None takes it out."""
    ref = _ref(ticket)
    link = {"url": url or f"https://journeys.example/tickets/{ref}", "title": title, "summary": "By journeysync"}
    return SetLink(ticket=ref, cause="a test", after=None if title is None else link)


def set_property(ticket: Ticket | TicketRef, receipt: Receipt | None) -> SetProperty:
    """Return the change that makes our receipt equal; None takes it out."""
    return SetProperty(ticket=_ref(ticket), cause="a test", after=receipt.as_json() if receipt else None)


def changes_of(ticket: Ticket | TicketRef, *changes: Change, key: str = "") -> TicketChanges:
    """Return the changes of one ticket, ordered by slot."""
    name = key or (ticket.key if isinstance(ticket, Ticket) else ticket.id)
    return TicketChanges(ticket=_ref(ticket), key=name, changes=tuple(sorted(changes, key=lambda change: change.slot)))


def some_connection_settings(name: str = CONNECTION, *, token: Secret | None = None, **more: Any) -> ConnectionSettings:
    """Return what a connector is told about a connection: API token, scope BILL."""
    values: dict[str, Any] = {
        "name": name,
        "url": f"https://{name}.example",
        "auth": {"kind": "api-token", "user": "bot@billing.example", "token": token or Secret("not-real", "a test")},
        "scope": {"projects": ["BILL"]},
        "workspace": WORKSPACE,
    }
    return ConnectionSettings(**(values | more))


def _ref(ticket: Ticket | TicketRef) -> TicketRef:
    return ticket.ref if isinstance(ticket, Ticket) else ticket
