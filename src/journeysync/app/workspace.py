"""A workspace: one journeysync.yaml with its journeys, mappings, store and connections.

``Workspace.open`` reads and checks the files, opens the store, and offers one
method a use case. Connectors are made on first use, so that what needs no
tracker (``explain``, ``coverage``, ``status``) needs no token either.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from journeysync.app.budget import Budget
from journeysync.app.database import open_store
from journeysync.app.progress import Progress, silent
from journeysync.config import (
    ConnectionConfig,
    Problem,
    Settings,
    find_config,
    load_connector,
    resolve_connection,
    validate_workspace,
)
from journeysync.connector import Connector, Traffic
from journeysync.core.match import Matcher
from journeysync.core.score import opportunity_scores
from journeysync.errors import ConfigError, JourneySyncError, LeaseLost, StoreError
from journeysync.model.base import value_hash
from journeysync.model.journey import JourneyRepository
from journeysync.model.plan import Plan
from journeysync.model.scoring import OpportunityScore
from journeysync.store import Lease, Store, this_process

if TYPE_CHECKING:
    from journeysync.app.checking import DoctorResult
    from journeysync.app.deciding import Decided
    from journeysync.app.explaining import Explained
    from journeysync.app.inbox import Inbox
    from journeysync.app.inbox_actions import InboxAnswer
    from journeysync.app.results import ApplyResult, LinksResult, PullResult, StatusResult, SyncResult
    from journeysync.model.coverage import Coverage, Selection

LEASE_SECONDS = 120
CLOSING_SECONDS = 5.0  # for what is under way when a person stops a run


def utc_now() -> datetime:
    """Return the time now, aware, UTC."""
    return datetime.now(UTC)


class Workspace:
    """All that a use case needs, opened once.

    Args:
        settings: The configuration, checked.
        repository: The journeys, checked.
        store: The store, open.
        env: Where secrets by ``{env: ...}`` come from.
        warnings: Problems that do not stop a run.
        clock: The time now; tests pass their own.
        connectors: Connectors to use instead of the installed ones, by connection name.
    """

    def __init__(
        self,
        settings: Settings,
        repository: JourneyRepository,
        store: Store,
        *,
        env: Mapping[str, str] | None = None,
        warnings: tuple[Problem, ...] = (),
        clock: Callable[[], datetime] = utc_now,
        connectors: Mapping[str, Connector] | None = None,
    ) -> None:
        self.settings = settings
        self.repository = repository
        self.store = store
        self.env = os.environ if env is None else env
        self.warnings = warnings
        self.now = clock
        self._connectors: dict[str, Connector] = dict(connectors or {})
        self._budgets: dict[str, Budget] = {}
        self._stopped = threading.Event()

    @classmethod
    def open(
        cls,
        config: Path | None = None,
        *,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = utc_now,
        connectors: Mapping[str, Connector] | None = None,
    ) -> Self:
        """Read, check and open everything.

        Args:
            config: journeysync.yaml or its folder; found by JOURNEYSYNC_CONFIG or upwards when left out.
            env: Environment variables; the process' own when left out.
            clock: The time now.
            connectors: Connectors by connection name, for tests and embedding.

        Raises:
            ConfigError: The files have errors; ``problems`` holds each one.
            StoreError: The store cannot be opened.
        """
        env = os.environ if env is None else env
        path, found_upwards = find_config(config, env, Path.cwd())
        settings, repository, problems = validate_workspace(path, env, found_upwards=found_upwards)
        errors = [problem for problem in problems if problem.level == "error"]
        if errors or settings is None or repository is None:
            raise ConfigError(
                f"{len(errors)} problem{'s' if len(errors) != 1 else ''} in the workspace",
                where=str(path),
                next_step="correct the files, then run: journeysync validate",
                problems=[str(problem) for problem in errors],
            )
        store = open_store(settings, env)
        workspace = cls(settings, repository, store, env=env, warnings=problems, clock=clock, connectors=connectors)
        try:
            workspace.read_decisions()
        except BaseException:
            workspace.close()
            raise
        return workspace

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connectors and store."""
        for name, connector in self._connectors.items():
            connector.close()
            if name in self._budgets:
                connector.traffic.gate = None
        with suppress(StoreError):  # what is counted too low by a few requests is no reason to fail
            for budget in self._budgets.values():
                budget.tell()
        self.store.close()

    def stop(self) -> None:
        """End what other threads do: requests under way get a moment, waits end at once, no lease is renewed."""
        self._stopped.set()
        closing = [threading.Thread(target=connector.close, daemon=True) for connector in self._connectors.values()]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(CLOSING_SECONDS)

    @property
    def is_stopped(self) -> bool:
        """Whether a person stopped the run."""
        return self._stopped.is_set()

    def read_decisions(self) -> None:
        """Take up what decisions.jsonl says and the store does not know yet (``app.deciding``)."""
        from journeysync.app.deciding import read_back

        self.warnings = (*self.warnings, *read_back(self))

    # --- what all use cases share -----------------------------------------------------------------------------

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of days and weeks."""
        return ZoneInfo(self.settings.time_zone)

    def today(self) -> date:
        """Return today's date in the workspace's time zone."""
        return self.now().astimezone(self.zone).date()

    def first_instant(self, days_ago: int) -> datetime:
        """Return the first instant of the day that many days ago, in the workspace's time zone."""
        day = self.today() - timedelta(days=days_ago)
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)

    @cached_property
    def matcher(self) -> Matcher:
        """The compiled mapping rules."""
        return Matcher(self.settings.rules, self.repository, namespace=self.namespace)

    @property
    def who(self) -> str:
        """The person or account that runs this process."""
        return _who(self.env)

    @property
    def namespace(self) -> str:
        """The start of all our labels."""
        return self.settings.placement.label_namespace

    @cached_property
    def mappings_key(self) -> str:
        """A name for everything besides the ticket itself that decides its links."""
        across = ["across"] if self.has_many_trackers else []
        return value_hash([self.settings.mappings_version, self.repository.version, *across])

    @property
    def has_many_trackers(self) -> bool:
        """Whether the text of a ticket can name a ticket of another connection."""
        return len(self.settings.connections) > 1

    @cached_property
    def scores(self) -> dict[str, OpportunityScore]:
        """Today's opportunity scores, by id."""
        return opportunity_scores(self.repository, self.settings.scoring, self.today())

    def connections(self, names: tuple[str, ...] = ()) -> tuple[ConnectionConfig, ...]:
        """Return the connections with these names, all if none is named.

        Raises:
            ConfigError: There is no such connection, or none at all.
        """
        by_name = {config.name: config for config in self.settings.connections}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise ConfigError(
                f"no connection is called '{unknown[0]}'",
                where=f"{self.settings.path} (connections: {', '.join(sorted(by_name)) or 'none'})",
                next_step="name one of these",
            )
        if not by_name:
            raise ConfigError(
                "no connection is configured",
                where=str(self.settings.path),
                next_step="add one under 'connections:' (docs/connect-jira.md)",
            )
        return tuple(by_name[name] for name in names) if names else tuple(self.settings.connections)

    def connector(self, config: ConnectionConfig) -> Connector:
        """Return the connector of a connection, made on first use with its secrets resolved."""
        if config.name not in self._connectors:
            settings = resolve_connection(self.settings, config.name, self.env)
            settings = replace(settings, known_keys=partial(self.store.keys_of, config.name))
            self._connectors[config.name] = load_connector(config, settings)
        self.budget(config)
        return self._connectors[config.name]

    def budget(self, config: ConnectionConfig) -> Budget:
        """Return the request budget of a connection; its connector asks it before each request."""
        if config.name not in self._budgets:
            traffic = self._connectors[config.name].traffic if config.name in self._connectors else Traffic()
            budget = Budget(self.store, config, traffic, self.now)
            if config.name not in self._connectors:
                return budget  # nothing was sent so far: to look at only
            self._budgets[config.name] = traffic.gate = budget
        return self._budgets[config.name]

    @property
    def first_run_at(self) -> datetime | None:
        """When this workspace first read a tracker into this store; None before that."""
        text = self.store.meta("first_run_at")
        return datetime.fromisoformat(text) if text else None

    def read_at(self, connection: str) -> datetime | None:
        """Return when a connection was last read in full; None if never."""
        last = self.store.reads().get(connection)
        return last.read_at if last else None

    def ids_lost(self) -> tuple[str, ...]:
        """Return the step and opportunity ids that the repository had at the last apply and lacks now."""
        before = json.loads(self.store.meta("repository_ids") or "[]")
        known = self.repository.step_by_id.keys() | self.repository.opportunity_by_id.keys()
        return tuple(sorted(set(before) - known))

    def ids_before(self) -> int:
        """Return how many step and opportunity ids the repository had at the last apply."""
        return len(json.loads(self.store.meta("repository_ids") or "[]"))

    def remember_ids(self) -> None:
        """Remember the repository's ids for the next ``ids_lost``."""
        ids = [step.id for step in self.repository.steps] + [o.id for o in self.repository.opportunities]
        self.store.set_meta("repository_ids", json.dumps(sorted(ids)))

    @contextmanager
    def lease(self, config: ConnectionConfig) -> Iterator[Callable[[], Lease]]:
        """Hold the lease of a connection: one run per connection at a time.

        Yields:
            A function to call before each group of requests: it renews the lease when a third of it
            has passed, and returns it with its fencing token.

        Raises:
            LeaseLost: Another run holds it; or, by that function, a person stopped the run.
        """
        lease = self.store.acquire(config.name, this_process(), seconds=LEASE_SECONDS, now=self.now())
        renewed_at = self.now()

        def keep() -> Lease:
            nonlocal lease, renewed_at
            if self.is_stopped:
                raise LeaseLost("the run was stopped", where=config.name, next_step="the next run goes on")
            if self.now() - renewed_at > timedelta(seconds=LEASE_SECONDS / 3):
                lease = self.store.renew(lease, now=self.now())
                renewed_at = self.now()
            return lease

        try:
            yield keep
        finally:
            self.store.release(lease)

    @contextmanager
    def run(self, kind: str, *, by: str = "", detail: Mapping[str, Any] | None = None) -> Iterator["Run"]:
        """Record a run: when, by whom, what came of it, also when it ends in an error or by Ctrl-C."""
        run = Run(self.store.start_run(kind, at=self.now(), by=by or _who(self.env), detail=detail))
        try:
            yield run
        except JourneySyncError as error:
            self.store.finish_run(run.id, at=self.now(), exit_code=int(error.exit_code), result={"error": error.what})
            raise
        except BaseException as error:
            code = 130 if isinstance(error, KeyboardInterrupt) else 1
            self.store.finish_run(run.id, at=self.now(), exit_code=code, result={"error": type(error).__name__})
            raise
        self.store.finish_run(run.id, at=self.now(), exit_code=int(run.exit_code), result=run.result)
        self._forget_what_is_old()

    def _forget_what_is_old(self) -> None:
        """Keep to ``retention``, once a day: settled writes, runs, snapshots; never ledger or decisions."""
        today = self.today().isoformat()
        if self.store.meta("forgotten_on") == today:
            return
        keep = self.settings.retention
        self.store.forget(
            runs_before=self.first_instant(keep.runs_days), writes_before=self.first_instant(keep.intents_days)
        )
        self.store.set_meta("forgotten_on", today)

    # --- use cases, one method each: the Python API ---------------------------------------------------------

    def pull(self, *names: str, full: bool = False, progress: Progress = silent) -> "PullResult":
        """Read the trackers into the store (``app.pull``)."""
        from journeysync.app.pull import pull

        return pull(self, names, full=full, progress=progress)

    def links(self, *, progress: Progress = silent) -> "LinksResult":
        """Bring all links up to date and count them (``app.links``)."""
        from journeysync.app.links import links

        return links(self, progress=progress)

    def plan(self, *names: str, progress: Progress = silent) -> Plan:
        """Return what an apply would write now (``app.planning``); match first with ``links``."""
        from journeysync.app.planning import plan

        return plan(self, names, progress=progress)

    def apply(self, *names: str, **how: Any) -> "ApplyResult":
        """Plan anew and write (``app.applying.apply`` has the arguments)."""
        from journeysync.app.applying import apply

        return apply(self, names, **how)

    def sync(self, *names: str, **how: Any) -> "SyncResult":
        """Run the whole loop once (``app.syncing.sync`` has the arguments)."""
        from journeysync.app.syncing import sync

        return sync(self, names, **how)

    def coverage(self, selection: "Selection | None" = None) -> "Coverage":
        """Return which needs have work behind them, of everything or of a selection (``app.covering``)."""
        from journeysync.app.covering import coverage

        return coverage(self) if selection is None else coverage(self, selection)

    def explain(self, ticket: str) -> "Explained":
        """Return why a ticket shows what it shows (``app.explaining``)."""
        from journeysync.app.explaining import explain

        return explain(self, ticket)

    def link(self, ticket: str, target: str, **how: Any) -> "Decided":
        """Link a ticket by hand (``app.deciding.link`` has the arguments)."""
        from journeysync.app.deciding import link

        return link(self, ticket, target, **how)

    def unlink(self, ticket: str, target: str, **how: Any) -> "Decided":
        """Say that a ticket does not serve a target (``app.deciding.unlink`` has the arguments)."""
        from journeysync.app.deciding import unlink

        return unlink(self, ticket, target, **how)

    def inbox(self, *, everything: bool = False) -> "Inbox":
        """Return what waits for a person (``app.inbox``); its actions are methods of the result's rows' ids."""
        from journeysync.app.inbox import inbox

        return inbox(self, everything=everything)

    def inbox_action(self, action: str, row: str, **how: Any) -> "InboxAnswer":
        """Answer a row: retry, take-theirs, take-ours, ignore, adopt or accept (``app.inbox_actions.act``)."""
        from journeysync.app.inbox_actions import act

        return act(self, action, row, **how)

    def status(self) -> "StatusResult":
        """Return how the workspace stands (``app.status``)."""
        from journeysync.app.status import status

        return status(self)

    def doctor(self, *names: str, try_writes_on: str | None = None) -> "DoctorResult":
        """Check everything, read-only but for the one ticket that ``try_writes_on`` names (``app.checking``)."""
        from journeysync.app.checking import doctor

        return doctor(self, names, try_writes_on=try_writes_on)


class Run:
    """A run under way; set ``exit_code`` and ``result`` before it ends."""

    def __init__(self, run_id: str) -> None:
        self.id = run_id
        self.exit_code = 0
        self.result: dict[str, Any] = {}


def _who(env: Mapping[str, str]) -> str:
    return env.get("JOURNEYSYNC_BY") or env.get("USER") or env.get("USERNAME") or "unknown"
