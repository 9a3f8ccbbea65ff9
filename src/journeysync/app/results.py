"""What the use cases answer. ``as_json`` of each is the JSON that pipelines rely on (docs/cli.md)."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from journeysync.app.exits import exit_code_of
from journeysync.errors import ExitCode, JourneySyncError
from journeysync.model.base import Model
from journeysync.model.plan import Plan
from journeysync.model.tracker import UnmadeLabel

SCHEMA_VERSION = 1


def document_head() -> dict[str, Any]:
    """Return what stands first in every JSON document: the version of its shape, and when it was made."""
    return {"schema_version": SCHEMA_VERSION, "generated_at": datetime.now(UTC).isoformat(timespec="seconds")}


class Trouble(Model):
    """An error that stopped one connection and not the others."""

    what: str
    where: str = ""
    next: str = ""
    exit_code: int = ExitCode.ERROR

    @classmethod
    def of(cls, error: JourneySyncError) -> "Trouble":
        """Keep what a person needs of an error."""
        return cls(what=error.what, where=error.where, next=error.next_step, exit_code=error.exit_code)


class PulledConnection(Model):
    """What one connection's read brought. ``gone`` counts tickets found deleted in this read."""

    name: str
    read: int = 0  # rows that the tracker listed
    changed: int = 0  # tickets that are new or differ from what we held
    gone: int = 0
    hidden: int = 0
    out_of_scope: int = 0
    requests: int = 0
    seconds: float = 0.0
    waited_seconds: float = 0.0
    trouble: Trouble | None = None


class PullResult(Model):
    """One read of one or more connections."""

    connections: tuple[PulledConnection, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """Return how a pipeline should read the result."""
        return exit_code_of(row.trouble.exit_code if row.trouble else 0 for row in self.connections)

    def as_json(self) -> dict[str, Any]:
        """Return {connections: [{name, read, changed, gone, requests, seconds, ...}]}."""
        return {"connections": [_plain(row) for row in self.connections]}


class LinksResult(Model):
    """What matching found. Counts are tickets in scope, each counted once, under its strongest origin."""

    tickets: int = 0
    matched: int = 0  # tickets that were matched again in this call
    linked: int = 0
    by_origin: tuple[tuple[str, int], ...] = ()
    by_rule: tuple[tuple[str, int], ...] = ()  # every rule of the file, in file order, also those with 0
    enabling: int = 0
    orphans: int = 0
    suggestions: int = 0
    ignored: int = 0
    without_team: int = 0  # where teams are configured
    unknown_labels: tuple[tuple[str, int], ...] = ()
    unowned_labels: tuple[tuple[str, int], ...] = ()
    unknown_words: tuple[tuple[str, int], ...] = ()  # ("billing: kind 'Spike'", count)

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return _plain(self) | {
            key: dict(getattr(self, key))
            for key in ("by_origin", "by_rule", "unknown_labels", "unowned_labels", "unknown_words")
        }


class Failure(Model):
    """A ticket that could not be written, with what to do."""

    ticket: str  # "billing/10241"
    key: str = ""
    slot: str = ""
    cause: str
    next: str = ""


class ApplySummary(Model):
    """Counts of changes, not of tickets."""

    written: int = 0
    unchanged: int = 0
    failed: int = 0
    skipped: int = 0
    requests: int = 0


class ApplyResult(Model):
    """What an apply did."""

    run: str = ""
    connections: tuple[str, ...] = ()  # that took part, those that failed included
    summary: ApplySummary = ApplySummary()
    tickets: int = 0  # tickets with at least one change written
    failures: tuple[Failure, ...] = ()
    troubles: tuple[tuple[str, Trouble], ...] = ()  # (connection, what stopped it)
    settled: int = 0  # writes of an interrupted run that were settled first
    dry_run: bool = False
    declined: bool = False  # a person looked at the plan and said no
    labels: tuple[UnmadeLabel, ...] = ()  # of an uninstall: definitions of ours that nobody used any longer
    plan: Plan | None = None  # what was to be written

    @property
    def exit_code(self) -> ExitCode:
        """Return how a pipeline should read the result."""
        codes = {name: trouble.exit_code for name, trouble in self.troubles}
        return exit_code_of((codes.get(name, 0) for name in self.connections), partly=self.summary.failed > 0)

    def as_json(self) -> dict[str, Any]:
        """Return {run, summary: {...}, failures: [...], troubles, ...}; of a dry run also its plan."""
        return self.model_dump(mode="json", exclude={"plan"}) | {
            "checksum": self.plan.checksum if self.plan else "",
            **({"plan": plan_json(self.plan)} if self.plan and self.dry_run else {}),
            "troubles": [{"connection": name} | _plain(trouble) for name, trouble in self.troubles],
        }


class SyncResult(Model):
    """One whole run: read, match, plan, apply."""

    pull: PullResult
    links: LinksResult
    applied: ApplyResult  # with the plan that it carried out
    coverage: dict[str, Any] = Field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the apply's JSON at the top, the other parts beside it."""
        return self.applied.as_json() | {
            "pull": self.pull.as_json(),
            "links": self.links.as_json(),
            "coverage": self.coverage,
        }


class ConnectionStatus(Model):
    """How one connection stands."""

    name: str
    connector: str
    url: str
    write: str
    tickets: int = 0
    context: int = 0
    gone: int = 0
    hidden: int = 0
    out_of_scope: int = 0
    read_at: datetime | None = None
    swept_at: datetime | None = None
    failed_at: datetime | None = None
    trouble: str = ""
    held: int = 0  # slots that our ledger holds there
    unsettled: int = 0  # writes of an interrupted run, settled at the next apply


class StatusResult(Model):
    """How the workspace stands, without one request."""

    workspace: str
    name: str
    store: str
    journeys: int = 0
    steps: int = 0
    opportunities: int = 0
    rules: int = 0
    connections: tuple[ConnectionStatus, ...] = ()
    inbox: int = 0
    last_run: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return _plain(self)


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return {checksum, summary, changes: [{connection, ticket, key, url, slot, change, before, after, cause}]}."""
    changes = [
        {
            "connection": planned.ticket.connection,
            "ticket": planned.ticket.id,
            "key": planned.key,
            "url": planned.url,
            "title": planned.title,
            "project": planned.project,
            "slot": change.slot,
            "change": change_word(before=change.before, after=change.after),
            "before": change.before,
            "after": change.after,
            "cause": change.cause,
        }
        for planned in plan.tickets
        for change in planned.changes
    ]
    return {
        "checksum": plan.checksum,
        "made_at": plan.made_at.isoformat(),
        "repository_version": plan.repository_version,
        "summary": _plain(plan.summary),
        "brakes": [_plain(brake) for brake in plan.brakes],
        "notes": [_plain(note) for note in plan.notes],
        "changes": changes,
    }


def change_word(*, before: object, after: object) -> str:
    """Return add, change or remove."""
    if before is None:
        return "add"
    return "remove" if after is None else "change"


def _plain(value: Model) -> dict[str, Any]:
    return value.model_dump(mode="json")
