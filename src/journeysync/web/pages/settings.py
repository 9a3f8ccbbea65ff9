"""Settings: is it connected and safe? How each connection stands, what doctor finds, mistakes in the files."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.budget import Budget
from journeysync.app.checking import DoctorResult
from journeysync.app.progress import Progress
from journeysync.app.results import PullResult
from journeysync.app.tables import config_checksum
from journeysync.app.workspace import Workspace
from journeysync.config import Problem, shown_config
from journeysync.config.secrets import KINDS as REFERENCES
from journeysync.connector import Traffic
from journeysync.web.access import Role
from journeysync.web.desk import Ask, act, look
from journeysync.web.frame import go_to, render
from journeysync.web.jobs import Job
from journeysync.web.page import Page

TOLD = timedelta(minutes=10)


def show(ask: Ask) -> Response:
    """Show connections, files and sign-in; a secret only as where it comes from."""
    workspace = ask.workspace
    status = {row.name: row for row in workspace.status().connections}
    job = ask.jobs.newest("doctor")
    checked = job.result if job and isinstance(job.result, DoctorResult) else None
    checks = {check.connection: check for check in checked.connections} if checked else {}
    problems: tuple[Problem | str, ...] = workspace.warnings
    broken = ask.desk.held.problem
    return render(
        ask,
        PAGE,
        "settings.html",
        rows=[
            {
                "config": config,
                "status": status[config.name],
                "auth": _auth(dict(config.auth)),
                "scope": dict(config.scope),
                "check": checks.get(config.name),
                "spent": Budget(workspace.store, config, Traffic(), workspace.now).spent,  # as all runs told it
            }
            for config in workspace.settings.connections
        ],
        problems=[str(problem) for problem in problems],
        broken=getattr(broken, "problems", None) or ([str(broken)] if broken else []),
        checked=checked,
        checked_at=job.ended if job else None,
        jobs=_jobs(ask),
        serve=workspace.settings.serve,
        settings=workspace.settings,
        checksum=config_checksum(workspace),
        config_text=shown_config(workspace.settings) if ask.visitor.may(Role.ADMIN) else "",
        why_not=ask.visitor.why_not(Role.ADMIN),
    )


def test(ask: Ask) -> Response:
    """Ask every connection, or one, whether all is there that a run needs; read-only."""
    names = tuple(name for name in (ask.entry("connection"),) if name)
    ask.workspace.connections(names)  # a name that is none is said at once

    def work(workspace: Workspace, progress: Progress) -> DoctorResult:
        progress("doctor", 0, None)
        return workspace.doctor(*names)

    title = f"Testing {names[0]}" if names else "Testing all connections"
    ask.jobs.begin("doctor", title, work, by=ask.visitor.name, at=ask.workspace.now())
    return go_to("/settings")


def read(ask: Ask) -> Response:
    """Read every connection, or one, into the store."""
    names = tuple(name for name in (ask.entry("connection"),) if name)
    ask.workspace.connections(names)

    def work(workspace: Workspace, progress: Progress) -> PullResult:
        result = workspace.pull(*names, progress=progress)
        workspace.links(progress=progress)
        return result

    title = f"Reading {names[0]}" if names else "Reading all connections"
    ask.jobs.begin("read", title, work, by=ask.visitor.name, at=ask.workspace.now())
    return go_to("/settings")


def _jobs(ask: Ask) -> list[Job]:
    """Return what is under way or ended lately, so that a page that is loaded again still says what came of it."""
    newest = (ask.jobs.newest("read"), ask.jobs.newest("doctor"))
    return [job for job in newest if job is not None and (job.ended is None or ask.workspace.now() - job.ended < TOLD)]


def _auth(auth: dict[str, Any]) -> list[tuple[str, str]]:
    """Return how a connection signs in, in words: of a secret only where it comes from."""
    found = []
    for key, value in sorted(auth.items(), key=lambda pair: pair[0] != "kind"):
        if isinstance(value, dict):
            kind = next((each for each in REFERENCES if each in value), "")
            where = "a command" if kind == "command" else f"{kind} {value.get(kind, '')}"
            found.append((f"{key} from", where))
        else:
            found.append(("" if key == "kind" else key, str(value)))
    return found


PAGE = Page(
    title="Settings",
    path="/settings",
    icon="settings-2",
    section="Sync",
    routes=(
        Route("/settings", look(show)),
        Route("/settings/test", act(Role.ADMIN, test), methods=["POST"]),
        Route("/settings/read", act(Role.ADMIN, read), methods=["POST"]),
    ),
)
