"""Doctor: find out, read-only, whether everything that a run needs is there."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from journeysync.app.exits import exit_code_of, strongest
from journeysync.app.found import Found, quiet_of, remember
from journeysync.app.placing import PlacedProject, placed_projects
from journeysync.app.words import word_findings
from journeysync.app.write_testing import WriteTest, write_test
from journeysync.connector import Connector, Traffic
from journeysync.errors import ExitCode, JourneySyncError
from journeysync.model.base import Model
from journeysync.model.tracker import Blocked, Finding

if TYPE_CHECKING:
    from journeysync.app.budget import Budget
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig


class ConnectionCheck(Model):
    """The findings about one connection."""

    connection: str
    findings: tuple[Finding, ...]
    placement: tuple[PlacedProject, ...] = ()  # where things will stand, project by project
    exit_code: int = 0


class DoctorResult(Model):
    """The findings about files, store and every connection."""

    workspace: tuple[Finding, ...] = ()
    connections: tuple[ConnectionCheck, ...] = ()
    write_test: WriteTest | None = None  # only where a person asked for it

    @property
    def parts(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """Return the findings by what they are about: the workspace first, then each connection."""
        return (("workspace", self.workspace), *((check.connection, check.findings) for check in self.connections))

    @property
    def exit_code(self) -> ExitCode:
        """Return how a pipeline should read the result."""
        own = [ExitCode.ERROR for finding in self.workspace if finding.level == "error"]
        tried = [self.write_test.exit_code] if self.write_test else []
        return strongest([*own, *tried, exit_code_of(check.exit_code for check in self.connections)])

    @property
    def is_well(self) -> bool:
        """Return whether nothing is an error."""
        findings = [*self.workspace, *(f for c in self.connections for f in c.findings)]
        return all(finding.level != "error" for finding in findings)

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json") | {"is_well": self.is_well}


def doctor(workspace: "Workspace", names: Sequence[str] = (), *, try_writes_on: str | None = None) -> DoctorResult:
    """Check the workspace and the named connections, all if none is named.

    Nothing is written, except on the ticket ``try_writes_on``, and there nothing is left behind.
    """
    checks = tuple(_check(workspace, config) for config in workspace.connections(tuple(names)))
    tried = write_test(workspace, try_writes_on) if try_writes_on else None
    return DoctorResult(workspace=tuple(_own_findings(workspace)), connections=checks, write_test=tried)


def _check(workspace: "Workspace", config: "ConnectionConfig") -> ConnectionCheck:
    findings: list[Finding] = []
    placement: tuple[PlacedProject, ...] = ()
    try:
        connector = workspace.connector(config)
        budget = workspace.budget(config)
        with budget.lifted():  # a few questions, which are asked most when something is wrong
            findings.extend(connector.check())
        if all(finding.place for finding in findings if finding.level == "error"):  # it got through
            found = _found(workspace, config, connector, findings)
            remember(workspace, config.name, found)
            blocked = connector.capabilities.blocked + found.blocked
            holds = connector.capabilities.model_copy(update={"blocked": blocked})
            placement = tuple(placed_projects(workspace, config, holds, findings))
            findings = [_with_fallback(finding, placement) for finding in findings]
            findings.extend(_placement_findings(placement, findings))
        findings.append(_budget_left(config, budget, connector.traffic))
        findings.append(_write_level(config.write))
    except JourneySyncError as error:
        where = f" ({error.where})" if error.where else ""
        code = int(error.exit_code)
        says = error.what + where
        findings.append(Finding(level="error", topic="start", says=says, next_step=error.next_step, exit_code=code))
    code = strongest(finding.exit_code for finding in findings if finding.level == "error")
    return ConnectionCheck(connection=config.name, findings=tuple(findings), placement=placement, exit_code=code)


def _found(
    workspace: "Workspace", config: "ConnectionConfig", connector: Connector, findings: Sequence[Finding]
) -> Found:
    """Return what plans are to know from now on."""
    blocked = (
        Blocked(place=finding.place, project=finding.project, kinds=finding.kinds, why_not=finding.says)
        for finding in findings
        if finding.place and finding.level != "ok"
    )
    quiet = connector.capabilities.quiet
    return Found(
        url=config.url,
        quiet=quiet if quiet != "unknown" else quiet_of(workspace, config),
        blocked=tuple(blocked),
        public=tuple(finding.project for finding in findings if finding.name == "public" and finding.project),
    )


def _with_fallback(finding: Finding, placement: Sequence[PlacedProject]) -> Finding:
    """Return a finding about a place that is missing as a warning, where something else takes its part everywhere."""
    is_missed = any(not thing.place and finding.says in thing.why_not for one in placement for thing in one.things)
    if finding.level != "error" or not finding.place or is_missed or not placement:
        return finding
    return finding.model_copy(update={"level": "warning"})


def _placement_findings(placement: Sequence[PlacedProject], findings: Sequence[Finding]) -> Iterator[Finding]:
    names = {finding.place: finding.name for finding in findings if finding.name and finding.place}
    for one in placement:
        if one.nothing:
            says = f"{one.project}: nothing is written, since {one.nothing}"
        else:
            says = f"{one.project}: {'; '.join(thing.words(names) for thing in one.things)}"
        yield Finding(level="ok", topic="placement", says=says, project=one.project)


def _budget_left(config: "ConnectionConfig", budget: "Budget", traffic: Traffic) -> Finding:
    most, spent = config.budget.requests_per_hour, budget.spent
    says = f"{spent:,} of {most:,} requests of this hour are used"
    if traffic.limit_remaining is not None:
        says += f"; the tracker has {traffic.limit_remaining:,} left for us"
    if spent < most:
        return Finding(level="ok", topic="budget", says=says)
    step = "wait for the next hour, or raise budget.requests_per_hour of this connection"
    return Finding(level="warning", topic="budget", says=says, next_step=step)


def _write_level(level: str) -> Finding:
    says = {
        "plan": "nothing is ever written to this tracker (write: plan)",
        "apply": "written to after a person's yes (write: apply)",
        "sync": "written to by a schedule, too (write: sync)",
    }[level]
    return Finding(level="ok", topic="write level", says=says)


def _own_findings(workspace: "Workspace") -> list[Finding]:
    settings = workspace.settings
    findings = [
        Finding(level="ok", topic="store", says=f"open: {settings.store_url}"),
        Finding(
            level="ok",
            topic="journeys",
            says=f"{len(workspace.repository.steps)} steps, {len(workspace.repository.opportunities)} opportunities, "
            f"{len(settings.rules)} rules",
        ),
    ]
    if settings.public_url is None:
        findings.append(
            Finding(
                level="warning",
                topic="public_url",
                says="no public_url: tickets get no link, unless the journey has its own address",
                next_step="set public_url in journeysync.yaml once the page has an address",
            )
        )
    findings.extend(word_findings(workspace))
    findings.extend(Finding(level="warning", topic="files", says=str(problem)) for problem in workspace.warnings)
    return findings
