"""The shape of journeysync.yaml as people write it (formats.md 1)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journeysync.config.serve import Serve
from journeysync.config.settings import Brakes, Budget, Retention, WriteScope
from journeysync.model.base import Model
from journeysync.sources.files import Name
from journeysync.sources.node import meaning_of
from journeysync.sources.shape import PATTERNS, Texts, one_or_more

CONNECTION_NAME = r"^[a-z][a-z0-9_]{0,30}$"
WORKSPACE_ID = r"^[a-z0-9]{4,8}$"
SCHEMA_NAME = r"^[a-z_][a-z0-9_]{0,62}$"
PATTERNS[SCHEMA_NAME] = "a lower-case letter or _, then letters, digits and _, at most 63"
PATTERNS[CONNECTION_NAME] = "a lower-case letter, then letters, digits and _, at most 31"
PATTERNS[WORKSPACE_ID] = "4 to 8 lower-case letters and digits, made by `journeysync init`"

SCOPE_LISTS = ("projects", "repositories", "teams")
"""Keys of a scope that hold a list."""


class WorkspaceFile(Model):
    """Who we are. The id stands in every mark that we leave in a ticket."""

    id: Annotated[str, Field(pattern=WORKSPACE_ID)]
    name: Name


Free = Annotated[dict[str, Any], BeforeValidator(meaning_of)]


class StoreFile(Model):
    """Where the state is kept; by default in .journeysync/ beside this file."""

    url: Annotated[str, Field(min_length=1, description="sqlite:///path.db, or postgresql://user@host/database")]
    password: Annotated[Free, Field(description="PostgreSQL: by reference only, or left to PGPASSWORD")] = Field(
        default_factory=dict
    )
    schema_name: Annotated[
        str | None,
        Field(alias="schema", pattern=SCHEMA_NAME, description="PostgreSQL: where the tables are; made if missing"),
    ] = None


def _scope(value: Any) -> Any:
    """Return a scope with its lists as tuples of words; project keys stay words even if they look like numbers."""
    if not isinstance(value, dict):
        return value
    return {key: one_or_more(_words(inner)) if key in SCOPE_LISTS else _words(inner) for key, inner in value.items()}


def _words(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_words(item) for item in value)
    return str(value) if isinstance(value, str) else value


class ConnectionFile(Model):
    """One configured account on a tracker."""

    connector: Annotated[Name, Field(description="jira, or another installed connector")]
    url: Annotated[
        str,
        Field(
            min_length=1, description="Base address of the tracker, a proxy or a sandbox; of the connector file: a path"
        ),
    ]
    auth: Annotated[Free, Field(description="kind, and by kind: user, token ... Secrets by reference only")] = Field(
        default_factory=dict
    )
    scope: Annotated[dict[str, Any], BeforeValidator(_scope), Field(description="projects, jql, repositories ...")] = (
        Field(default_factory=dict)
    )
    write: Annotated[
        Literal["plan", "apply", "sync"],
        Field(description="plan: never written; apply: after a person's yes; sync: a schedule may too"),
    ] = "plan"
    write_scope: Annotated[WriteScope | None, Field(description="The pilot; leave out to mean all of scope")] = None
    brakes: Brakes = Brakes()
    budget: Budget = Budget()
    visible_to: Annotated[
        Texts, Field(description="Groups that see the text of its tickets on the page; leave out to mean everybody")
    ] = ()
    options: Annotated[Free, Field(description="The connector's own keys")] = Field(default_factory=dict)


class ConfigFile(Model):
    """journeysync.yaml."""

    workspace: WorkspaceFile
    public_url: Annotated[str | None, Field(description="Where the tickets' links lead")] = None
    time_zone: Annotated[str, Field(description="For weeks, schedules and reports; the store is UTC")] = "UTC"
    journeys: Annotated[Texts, Field(description="Journey folders; of an id in several the first wins")] = (
        "journeys/",
    )
    connections: dict[Annotated[str, Field(pattern=CONNECTION_NAME)], ConnectionFile] = Field(default_factory=dict)
    store: StoreFile | None = None
    retention: Retention = Retention()
    serve: Serve = Serve()
