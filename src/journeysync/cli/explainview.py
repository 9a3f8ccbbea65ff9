"""An explanation as people read it."""

from typing import TYPE_CHECKING

from journeysync.cli.output import one_line, write
from journeysync.core.explain import explain_score
from journeysync.model.change import PROPERTY

if TYPE_CHECKING:
    from journeysync.app.explaining import Explained
    from journeysync.app.workspace import Workspace


def show_explained(explained: "Explained", workspace: "Workspace") -> None:
    """Print why a ticket shows what it shows."""
    ticket = explained.ticket
    write(f"{ticket.key}  {one_line(ticket.title)}")
    write(f"  {ticket.kind}, {ticket.state}, team {ticket.team or 'none'}   {ticket.url}")
    names = dict(explained.path)
    write("Links" if explained.links.links else "Links: none")
    for link in explained.links.links:
        write(f"  {names.get(link.target.id, link.target.id)}")
        write(f"    by {link.origin}, confidence {link.confidence:g}: {one_line(link.cause)}")
    if explained.links.enabling:
        write(f"Enabling work: {explained.links.enabling.name} ({one_line(explained.links.enabling.cause)})")
    for target in explained.links.refused:
        write(f"  refused by a person: {target}")
    for label in explained.links.unknown_labels:
        write(f"  unknown label: {label}")
    for label in explained.links.unowned_labels:
        write(f"  label of unknown origin, neither a link nor ours: {label}")
    why = explain_score(
        explained.score,
        scoring=workspace.settings.scoring,
        namespace=workspace.namespace,
        ledger=explained.held,
        receipt=ticket.receipt,
        now=workspace.now(),
        zone=workspace.zone,
    )
    write(f"Priority score today: {why.sentence or 'none'}")
    for line in why.today_lines:
        write(f"  {one_line(line)}")
    for row in explained.held:
        if row.slot != PROPERTY:
            write(f"We wrote {row.slot}: {one_line(str(row.sent))} on {row.at:%d %b %Y}, because {one_line(row.cause)}")
    if why.compared:
        write(f"Score: {one_line(why.compared)}")
