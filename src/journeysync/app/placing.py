"""Where things will stand in the tickets of each project: placement, as far as doctor found it possible."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from journeysync.core.places import Possible
from journeysync.model.base import Model
from journeysync.model.placement import Place, Placement
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import Capabilities, Finding

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

_KINDS = {
    "journey": ("label", "step-label", "field"),
    "score": ("field", "label"),
    "context": ("link", "comment", "block"),
}


class Placed(Model):
    """Where one thing will stand in the tickets of a project, and why not somewhere better."""

    what: str  # journey, score, context, priority
    place: str = ""  # label, step-label, link, or field:<id>; empty: nowhere
    why_not: str = ""

    def words(self, names: dict[str, str]) -> str:
        """Return "score -> field 'Journey score' (customfield_10071)"."""
        if not self.place:
            return f"{self.what} -> nothing"
        field = self.place.partition(":")[2]
        shown = f"field '{names[self.place]}' ({field})" if self.place in names else self.place.replace(":", " ")
        return f"{self.what} -> {shown}"


class PlacedProject(Model):
    """Where all things will stand in the tickets of one project."""

    project: str
    things: tuple[Placed, ...]
    nothing: str = ""  # why nothing at all is written there


def placed_projects(
    workspace: "Workspace", config: "ConnectionConfig", capabilities: Capabilities, findings: Sequence[Finding]
) -> Iterator[PlacedProject]:
    """Yield the outcome of each project that doctor saw, in the order seen."""
    public = {finding.project for finding in findings if finding.name == "public"}
    for project in dict.fromkeys(f.project for f in findings if f.project and f.topic in ("permissions", "scope")):
        placement = workspace.settings.placement.of(config.name, project)
        sample = _sample(config.name, project, placement, is_public=project in public)
        possible = Possible(sample, placement, capabilities)
        things = tuple(_placed(what, possible, placement, workspace) for what in _KINDS)
        if placement.priority != "leave":
            place, why_not = possible.first((Place(kind="priority"),), ("priority",))
            things = (*things, Placed(what="priority", place=place.kind if place else "", why_not=why_not))
        nothing = "everybody can read it" if project in public and placement.public == "nothing" else ""
        yield PlacedProject(project=project, things=things, nothing=nothing)


def _placed(what: str, possible: Possible, placement: Placement, workspace: "Workspace") -> Placed:
    places: tuple[Place, ...] = getattr(placement, what)
    has_urls = workspace.settings.public_url or any(journey.url for journey in workspace.repository.journeys)
    no_url = "" if has_urls else "public_url is not set"
    place, why_not = possible.first(places, _KINDS[what], no_url=no_url)
    if place is None:
        return Placed(what=what, why_not=why_not)
    return Placed(what=what, place=f"field:{place.field}" if place.field else place.kind, why_not=why_not)


def _sample(connection: str, project: str, placement: Placement, *, is_public: bool) -> Ticket:
    """Return a ticket as the project's tickets are; fields that it lacks stand among what doctor found blocked."""
    fields = [place.field for place in (*placement.journey, *placement.score) if place.field]
    return Ticket(
        ref=TicketRef(connection=connection, id=""),
        key="",
        url="",
        project=project,
        visibility="public" if is_public else "private",
        updated_at=datetime.min.replace(tzinfo=UTC),
        fields=tuple((field, None) for field in fields),
    )
