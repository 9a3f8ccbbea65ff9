"""Where journey context and scores stand in tickets (formats.md 7)."""

from functools import cached_property
from typing import Literal

from pydantic import ConfigDict

from journeysync.model.base import Model


class Place(Model):
    """One way to show something: ``kind`` label, step-label, field, link, comment or block; ``field`` is its id."""

    kind: Literal["label", "step-label", "field", "link", "comment", "block", "property"]
    field: str | None = None


class Placement(Model):
    """What the tickets of one project or repository show; tuples are in order of preference, the first possible wins."""

    journey: tuple[Place, ...] = (Place(kind="label"),)
    score: tuple[Place, ...] = (Place(kind="label"),)
    context: tuple[Place, ...] = (Place(kind="link"), Place(kind="comment"))
    levels: tuple[str, ...] = ("epic", "story", "bug", "task")  # kinds of tickets that are written to
    closed: Literal["leave", "write"] = "leave"
    quiet_after_days: int = 90  # tickets untouched for longer are left alone; 0 = no limit
    public: Literal["nothing", "label", "all"] = "nothing"


class ConnectionPlacement(Model):
    """Placement of a connection, and of its projects or repositories where they differ."""

    default: Placement = Placement()
    projects: tuple[tuple[str, Placement], ...] = ()


class PlacementSettings(Model):
    """All of placement.yaml, with defaults filled in."""

    label_namespace: str = "journey."
    defaults: Placement = Placement()
    connections: tuple[tuple[str, ConnectionPlacement], ...] = ()

    model_config = ConfigDict(ignored_types=(cached_property,))

    def of(self, connection: str, project: str) -> Placement:
        """Return the placement that holds for a ticket of this project; project names compare without case."""
        return self._by_project.get((connection, project.casefold())) or self._by_connection.get(connection, self.defaults)

    @cached_property
    def _by_connection(self) -> dict[str, Placement]:
        return {name: settings.default for name, settings in self.connections}

    @cached_property
    def _by_project(self) -> dict[tuple[str, str], Placement]:
        return {
            (name, project.casefold()): placement
            for name, settings in self.connections
            for project, placement in settings.projects
        }
