"""Runs: what past runs did, what failed and why, and the way out."""

from itertools import groupby

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.progress import Progress
from journeysync.app.results import ApplyResult, document_head
from journeysync.app.retrying import failed_writes, let_try_again
from journeysync.app.telling import told_run
from journeysync.app.trail import run_report
from journeysync.app.workspace import Workspace
from journeysync.core.table import json_text
from journeysync.model.change import PROPERTY
from journeysync.web.access import Role
from journeysync.web.desk import Ask, act, look
from journeysync.web.frame import go_to, render
from journeysync.web.page import Page
from journeysync.web.pages.plan import apply_approved, slot_words

RUNS = 100
WRITES = 200


def show(ask: Ask) -> Response:
    """Show the newest runs; those without a change only if asked for."""
    runs = ask.workspace.store.runs(limit=RUNS)
    rows = [(run, dict(run.result).get("summary") or {}, dict(run.result).get("error", "")) for run in runs]
    return render(ask, PAGE, "runs.html", rows=rows, most=RUNS)


def show_run(ask: Ask) -> Response:
    """Show one run: its moments, its failures by cause, its writes."""
    told = told_run(ask.workspace, ask.request.path_params["run"])
    writes = run_report(ask.workspace, told.run.id)["writes"]
    visible = [row for row in writes if row["slot"] != PROPERTY or row["result"] != "written"]
    return render(
        ask,
        PAGE,
        "run.html",
        told=told,
        tickets=[
            list(of_it) for _, of_it in groupby(visible[:WRITES], key=lambda row: (row["connection"], row["ticket"]))
        ],
        count=len(visible),
        more=max(0, len(visible) - WRITES),
        receipts=len(writes) - len(visible),
        slot_words=slot_words,
        job=ask.jobs.newest("apply"),
        why_not=ask.visitor.why_not(Role.APPROVER),
    )


def as_json(ask: Ask) -> Response:
    """Return one run with each of its writes, as ``runs show --output json`` prints it."""
    document = document_head() | run_report(ask.workspace, ask.request.path_params["run"])
    headers = {"content-disposition": f'attachment; filename="{document["id"]}.json"'}
    return Response(json_text(document, indent=2), headers=headers, media_type="application/json")


def retry(ask: Ask) -> Response:
    """Try again what failed in a run, and nothing else."""
    run, by = ask.request.path_params["run"], ask.visitor.name
    found = failed_writes(ask.workspace, run)

    def work(workspace: Workspace, progress: Progress) -> ApplyResult:
        let_try_again(workspace, run)
        return apply_approved(workspace, progress, found.connections, changes=found.changes, allow=frozenset(), by=by)

    tickets = f"{found.tickets:,} ticket{'s' * (found.tickets != 1)}"
    ask.jobs.begin("apply", f"Trying {tickets} again", work, by=by, at=ask.workspace.now())
    return go_to(f"/runs/{run}")


PAGE = Page(
    title="Runs",
    path="/runs",
    icon="history",
    section="Sync",
    routes=(
        Route("/runs", look(show)),
        Route("/runs/{run}.json", look(as_json)),
        Route("/runs/{run}", look(show_run)),
        Route("/runs/{run}/retry", act(Role.APPROVER, retry), methods=["POST"]),
    ),
)
