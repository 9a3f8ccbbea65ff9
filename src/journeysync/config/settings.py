"""The settings of a workspace as frozen values. Secrets stay references here: no value holds one."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journeysync.config.serve import Serve
from journeysync.model.base import Model, Pairs
from journeysync.model.coverage import CoverageSettings
from journeysync.model.placement import PlacementSettings
from journeysync.model.rule import Rule, Vocabulary
from journeysync.model.scoring import Scoring
from journeysync.sources.shape import Texts, Wrong

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


def _share(value: Any) -> Any:
    """Return "30%" as 0.3. A bare 30 is refused: it could mean 30 tickets."""
    if isinstance(value, str):
        percent = _PERCENT.fullmatch(value.strip())
        if percent:
            value = float(percent[1]) / 100
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = -1.0
    if not 0 <= share <= 1:
        raise Wrong("a share is needed", allowed="0% to 100%, or 0 to 1")
    return share


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_share, json_schema_input_type=float | str)]


class Brakes(Model):
    """What stops a plan that is unusually big, until a person allows it."""

    changed: Annotated[Share, Field(description="Share of the tickets in scope: 30%, or 0.3")] = 0.30
    removed: Annotated[int, Field(ge=0, description="Removals of what we wrote")] = 10
    writes: Annotated[int, Field(ge=0, description="Tickets written in one run")] = 500


class Budget(Model):
    """How many requests a connection may cost. Used up, a run ends cleanly (75), and the next one goes on."""

    # 36,000 is ten a second: what a tracker bears all day, and more than the first write to 10,000 tickets costs.
    requests_per_hour: Annotated[int, Field(ge=1, description="Reads and writes of all runs in one hour (UTC)")] = (
        36_000
    )
    share_of_limit: Annotated[Share, Field(description="At most this share of the tracker's own limit of an hour")] = (
        0.8
    )


class Retention(Model):
    """How long the store remembers. The ledger, decisions and writes that are not settled stay for good."""

    runs_days: Annotated[int, Field(ge=1, description="Runs and snapshots of coverage")] = 400
    intents_days: Annotated[int, Field(ge=1, description="Single writes: what `runs show` and `undo` need")] = 400


class WriteScope(Model):
    """The pilot: of all tickets in scope, those that may be written. All keys that are set must hold."""

    under: Annotated[Texts, Field(description="Keys of tickets; everything below them")] = ()
    project: Texts = ()
    label: Texts = ()


class ConnectionConfig(Model):
    """One configured account on a tracker. ``auth`` holds references to secrets, never a secret."""

    name: str
    connector: str
    url: str
    auth: Pairs = ()
    scope: Pairs = ()
    write: Literal["plan", "apply", "sync"] = "plan"
    write_scope: WriteScope | None = None
    brakes: Brakes = Brakes()
    budget: Budget = Budget()
    visible_to: tuple[str, ...] = ()  # groups that see its tickets' text on the page; empty: everybody
    options: Pairs = ()
    where: str = ""


class Settings(Model):
    """All that ``journeysync.yaml`` and ``mappings/`` say, with defaults filled in.

    Attributes:
        path, root: journeysync.yaml and its folder.
        journeys: Journey folders, the strongest first; absolute.
        mappings_version: Names the content of rules, vocabulary and label namespace; tickets are matched again when
            it changes.
        positions: Where each thing stands ("connections.billing.url" -> "journeysync.yaml:7:10"), for messages.
    """

    path: Path
    root: Path
    workspace_id: str
    workspace_name: str
    public_url: str | None = None
    time_zone: str = "UTC"
    journeys: tuple[Path, ...]
    connections: tuple[ConnectionConfig, ...] = ()
    rules: tuple[Rule, ...] = ()
    vocabulary: Vocabulary = Vocabulary()
    scoring: Scoring = Scoring()
    placement: PlacementSettings = PlacementSettings()
    coverage: CoverageSettings = CoverageSettings()
    store_url: str
    store_password: Annotated[Pairs, Field(description="A reference to the secret; empty if there is none")] = ()
    store_schema: str | None = None
    retention: Retention = Retention()
    serve: Serve = Serve()
    mappings_version: str = ""
    positions: Annotated[Pairs, Field(repr=False)] = ()

    def connection(self, name: str) -> ConnectionConfig | None:
        """Return the connection of that name."""
        return next((connection for connection in self.connections if connection.name == name), None)
