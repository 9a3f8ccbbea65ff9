"""Where journey context and scores stand in tickets (formats.md 7)."""

from typing import Literal

from journeysync.model.base import Model


class Place(Model):
    """One way to show something: label, step-label, field, link, comment, block or priority; ``field`` is its id."""

    kind: Literal["label", "step-label", "field", "link", "comment", "block", "property", "priority"]
    field: str | None = None


Policy = Literal["respect", "enforce", "once"]


class SlotPolicy(Model):
    """What we do where a person changed what we wrote, per kind of slot.

    ``respect``: it is shown and kept as the person left it. ``enforce``: ours is written over it again, and the
    plan says so. ``once``: what we wrote once is never written again, whatever the score or the title are by then.
    """

    label: Policy = "respect"
    field: Policy = "respect"
    link: Policy = "respect"
    comment: Policy = "respect"
    block: Policy = "respect"
    priority: Policy = "respect"


class Placement(Model):
    """What the tickets of one project show; tuples are in order of preference, the first possible wins."""

    journey: tuple[Place, ...] = (Place(kind="label"),)
    score: tuple[Place, ...] = (Place(kind="label"),)
    context: tuple[Place, ...] = (Place(kind="link"), Place(kind="comment"))
    priority: Literal["leave", "band"] = "leave"  # the tracker's own, set from the band where nobody set it
    levels: tuple[str, ...] = ("epic", "story", "bug", "task")  # kinds of tickets that are written to
    closed: Literal["leave", "write"] = "leave"
    quiet_after_days: int = 90  # tickets untouched for longer are left alone; 0 = no limit
    public: Literal["nothing", "label", "all"] = "nothing"
    policy: SlotPolicy = SlotPolicy()


class ConnectionPlacement(Model):
    """Placement of a connection, and of its projects or repositories where they differ."""

    default: Placement = Placement()
    projects: tuple[tuple[str, Placement], ...] = ()


class PlacementSettings(Model):
    """All of placement.yaml, with defaults filled in."""

    label_namespace: str = "journey."
    defaults: Placement = Placement()
    connections: tuple[tuple[str, ConnectionPlacement], ...] = ()

    def of(self, connection: str, project: str) -> Placement:
        """Return the placement that holds for a ticket of this project; project names compare without case."""
        folded = project.casefold()
        for name, settings in self.connections:
            if name == connection:
                same = (placement for its, placement in settings.projects if its.casefold() == folded)
                return next(same, settings.default)
        return self.defaults
