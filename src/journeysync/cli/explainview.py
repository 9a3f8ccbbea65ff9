"""An explanation as people read it: the number, where it comes from, the links, what we wrote."""

from typing import TYPE_CHECKING

from journeysync.cli.output import one_line, write
from journeysync.core.age import ago
from journeysync.core.explain import explain_score
from journeysync.model.change import LINK, PROPERTY, TEXTS, LedgerRow, slot_kind, slot_name

if TYPE_CHECKING:
    from journeysync.app.explaining import Explained
    from journeysync.app.workspace import Workspace


def show_explained(explained: "Explained", workspace: "Workspace") -> None:
    """Print why a ticket shows what it shows."""
    ticket = explained.ticket
    write(f"{ticket.key}  {one_line(ticket.title)}")
    team = f"team {ticket.team}" if ticket.team else "no team"
    write(f"  {ticket.kind}, {ticket.state}, {team}   {ticket.url}")
    _score(explained, workspace)
    _links(explained)
    _decided(explained, workspace)
    _held(explained, workspace)


def _score(explained: "Explained", workspace: "Workspace") -> None:
    why = explain_score(
        explained.score,
        scoring=workspace.settings.scoring,
        namespace=workspace.namespace,
        ledger=explained.held,
        receipt=explained.ticket.own_receipt,
        now=workspace.now(),
        zone=workspace.zone,
    )
    write(f"\nPriority today: {one_line(why.sentence) or 'none'}")
    for line in why.today_lines:
        write(f"  {one_line(line)}")
    if why.compared:
        drifted = any(slot_kind(slot) == "field" for slot, _ in explained.drift)
        write(f"{'Written by us' if drifted else 'In the ticket'}: {one_line(why.compared)}")


def _links(explained: "Explained") -> None:
    found = explained.links
    names = dict(explained.path)
    write("\nLinks" if found.links else "\nLinks: none" + ("; left alone (ignore label)" if found.ignored else ""))
    for link in found.links:
        write(f"  {one_line(names.get(link.target.id, link.target.id))}")
        sure = "" if link.confidence == 1 else f", confidence {link.confidence:g}"
        cause = one_line(link.cause)
        write(f"    {cause}{sure}" if cause.startswith(str(link.origin)) else f"    {link.origin}: {cause}{sure}")
    if found.enabling:
        write(f"  enabling work: {one_line(found.enabling.name)} ({one_line(found.enabling.cause)})")
    refused = [str(target) for target in found.refused]
    for target in refused:
        if target.partition(".")[0] not in refused or "." not in target:  # a journey's no stands for its steps
            write(f"  refused by a person: {target}")
    for label in found.unknown_labels:
        write(f"  unknown label: {one_line(label)}")
    for label in found.unowned_labels:
        write(f"  label of unknown origin, neither a link nor ours: {one_line(label)}")


def _decided(explained: "Explained", workspace: "Workspace") -> None:
    """Print what people decided about the ticket, oldest first."""
    if explained.decisions:
        write("\nDecided by people")
    now = workspace.now()
    for decision in explained.decisions:
        about = "this row of the inbox" if decision.target.startswith("inbox:") else one_line(decision.target)
        ends = ""
        if decision.until is not None:
            ends = f", {'until' if decision.holds(now) else 'ended'} {decision.until:%Y-%m-%d}"
        why = f": {one_line(decision.why)}" if decision.why else ""
        write(f"  {decision.kind} {about}, {one_line(decision.by)}, {ago(decision.at, now)}{ends}{why}")


def _held(explained: "Explained", workspace: "Workspace") -> None:
    rows = [(_words(row), row) for row in explained.held if row.slot != PROPERTY]
    write("\nWritten by us" if rows else "\nWritten by us: nothing")
    width = min(56, max((len(words) for words, _ in rows), default=0))
    now = workspace.now()
    drift = dict(explained.drift)
    for words, row in rows:
        write(
            f"  {words:<{width}}   {ago(row.at, now)}"
            + ("" if row.slot == LINK or row.slot in TEXTS else f", {one_line(row.cause)}")
        )
        if row.slot in drift:
            shows = "is gone" if drift[row.slot] is None else f"shows {one_line(str(drift[row.slot]))}"
            write(f"    a person changed it: it {shows} now, and is kept so")


def _words(row: LedgerRow) -> str:
    kind = slot_kind(row.slot)
    if kind == "label":
        return f"label {one_line(slot_name(row.slot))}"
    if row.slot in TEXTS and isinstance(row.sent, dict):
        return f'{row.slot} "{one_line(" > ".join(map(str, row.sent.get("path", ()))))}"'
    if row.slot in TEXTS:
        return row.slot
    if row.slot == LINK and isinstance(row.sent, dict):
        return f'link "{one_line(str(row.sent.get("title", "")))}"'
    return f"{f'{kind} {slot_name(row.slot)}'.strip()}: {one_line(str(row.sent))}"
