"""Doctor: find out, read-only, whether everything that a run needs is there."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from journeysync.app.exits import exit_code_of, strongest
from journeysync.errors import ExitCode, JourneySyncError
from journeysync.model.base import Model
from journeysync.model.tracker import Finding

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


class ConnectionCheck(Model):
    """The findings about one connection."""

    connection: str
    findings: tuple[Finding, ...]
    exit_code: int = 0


class DoctorResult(Model):
    """The findings about files, store and every connection."""

    workspace: tuple[Finding, ...] = ()
    connections: tuple[ConnectionCheck, ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """Return the findings by what they are about: the workspace first, then each connection."""
        return (("workspace", self.workspace), *((check.connection, check.findings) for check in self.connections))

    @property
    def exit_code(self) -> ExitCode:
        """Return how a pipeline should read the result."""
        own = [ExitCode.ERROR for finding in self.workspace if finding.level == "error"]
        return strongest([*own, exit_code_of(check.exit_code for check in self.connections)])

    @property
    def is_well(self) -> bool:
        """Return whether nothing is an error."""
        findings = [*self.workspace, *(f for c in self.connections for f in c.findings)]
        return all(finding.level != "error" for finding in findings)

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json") | {"is_well": self.is_well}


def doctor(workspace: "Workspace", names: Sequence[str] = ()) -> DoctorResult:
    """Check the workspace and the named connections, all if none is named. Nothing is written."""
    checks = []
    for config in workspace.connections(tuple(names)):
        findings: list[Finding] = []
        code = 0
        try:
            findings.extend(workspace.connector(config).check())
            findings.append(_write_level(config.write))
            code = strongest(finding.exit_code for finding in findings if finding.level == "error")
        except JourneySyncError as error:
            code = int(error.exit_code)
            where = f" ({error.where})" if error.where else ""
            findings.append(Finding(level="error", topic="start", says=error.what + where, next_step=error.next_step))
        checks.append(ConnectionCheck(connection=config.name, findings=tuple(findings), exit_code=code))
    return DoctorResult(workspace=tuple(_own_findings(workspace)), connections=tuple(checks))


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
    findings.extend(Finding(level="warning", topic="files", says=str(problem)) for problem in workspace.warnings)
    return findings
