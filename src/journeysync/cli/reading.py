"""Commands that read: validate, doctor, pull, links, status."""

from typing import Annotated

import typer

from journeysync.cli.options import Config, Names, Out
from journeysync.cli.output import Output, emit, print_json, write
from journeysync.errors import ExitCode

links_app = typer.Typer(help="Link tickets to journeys, and test the rules.", invoke_without_command=True)


def validate(config: Config = None, output: Out = Output.TABLE) -> int:
    """Check journeys and mappings; report every problem at once, each with file, line and column."""
    from journeysync.app.validating import validate as check

    result = check(config)
    if output is Output.JSON:
        print_json(result.as_json())
    else:
        for problem in result.problems:
            write(str(problem))
        write(result.sentence)
    return ExitCode.DONE if result.is_valid else ExitCode.USAGE


def doctor(names: Names = None, config: Config = None, output: Out = Output.TABLE) -> int:
    """Check reach, sign-in, permissions and fields of every connection. Reads only."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        result = workspace.doctor(*(names or ()))
    rows: list[dict[str, object]] = [
        {"connection": where, "": {"ok": "ok", "warning": "!", "error": "x"}[f.level], "topic": f.topic}
        | {"project": f.project, "finding": f.says, "next": f.next_step}
        for where, findings in (
            ("workspace", result.workspace),
            *((c.connection, c.findings) for c in result.connections),
        )
        for f in findings
    ]
    emit(
        output,
        result.as_json(),
        columns=["connection", "", "topic", "project", "finding", "next"],
        rows=rows,
        title="Doctor",
    )
    codes = [check.exit_code for check in result.connections if check.exit_code]
    if codes:
        return codes[0] if len(codes) == len(result.connections) else ExitCode.PARTLY
    return ExitCode.DONE if result.is_well else ExitCode.ERROR


def pull(
    names: Names = None,
    full: Annotated[bool, typer.Option("--full", help="Also sweep: find what is gone, moved or out of scope.")] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Read the trackers into the store: only what changed, unless it is the first time."""
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress

    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = workspace.pull(*(names or ()), full=full, progress=progress)
    columns = ["name", "read", "changed", "gone", "hidden", "out_of_scope", "requests", "seconds", "trouble"]
    rows = [row.model_dump() | {"trouble": row.trouble.what if row.trouble else None} for row in result.connections]
    emit(output, result.as_json(), columns=columns, rows=rows, title="Pull")
    return troubles_exit([row.trouble for row in result.connections])


def troubles_exit(troubles: "list[object]") -> int:
    """Return the exit code for a list with one trouble or None a connection."""
    from journeysync.app.results import Trouble

    codes = [trouble.exit_code for trouble in troubles if isinstance(trouble, Trouble)]
    _explain_troubles([trouble for trouble in troubles if isinstance(trouble, Trouble)])
    if not codes:
        return ExitCode.DONE
    return max(codes, key=severity) if len(codes) == len(troubles) else ExitCode.PARTLY


def severity(code: int) -> int:
    """Return how strong an exit code is where several apply: 130 over 64 over 5 over 4 over 75 over 3 over 1 over 2."""
    order = [2, 1, 3, 75, 4, 5, 64, 130]
    return order.index(code) if code in order else 0


def _explain_troubles(troubles: "list[object]") -> None:
    from journeysync.app.results import Trouble
    from journeysync.cli.main import say

    for trouble in troubles:
        if isinstance(trouble, Trouble):
            where = f"\n  where: {trouble.where}" if trouble.where else ""
            say(f"{trouble.what}{where}" + (f"\n  next:  {trouble.next}" if trouble.next else ""))


@links_app.callback()
def links(context: typer.Context, config: Config = None, output: Out = Output.TABLE) -> None:
    """Link tickets to journeys by the rules; count what came of it."""
    if context.invoked_subcommand:
        return
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress

    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = workspace.links(progress=progress)
    rows = [{"what": "tickets in scope", "tickets": result.tickets}, {"what": "linked", "tickets": result.linked}]
    rows += [{"what": f"  by {origin}", "tickets": count} for origin, count in result.by_origin]
    rows += [
        {"what": "enabling work", "tickets": result.enabling},
        {"what": "orphans (no link, not enabling)", "tickets": result.orphans},
        {"what": "suggestions waiting", "tickets": result.suggestions},
        {"what": "left alone (ignore label)", "tickets": result.ignored},
        {"what": "matched again just now", "tickets": result.matched},
    ]
    rows += [{"what": f"rule {rule}", "tickets": count} for rule, count in result.by_rule]
    rows += [{"what": f"unknown label {name}", "tickets": count} for name, count in result.unknown_labels]
    rows += [{"what": f"label of unknown origin {name}", "tickets": count} for name, count in result.unowned_labels]
    rows += [{"what": f"unknown word, {word}", "tickets": count} for word, count in result.unknown_words]
    emit(output, result.as_json(), columns=["what", "tickets"], rows=rows, title="Links")


@links_app.command("test")
def links_test(config: Config = None, output: Out = Output.TABLE) -> int:
    """Run the expectations of every rule: what it must hit, what it must miss."""
    from journeysync.app.links import test_rules
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        failures = test_rules(workspace)
        tested = sum(len(rule.expect.hits) + len(rule.expect.misses) for rule in workspace.settings.rules)
    rows = [failure.model_dump() for failure in failures]
    document = {"tested": tested, "failures": rows}
    if rows or output is not Output.TABLE:
        columns = list(rows[0]) if rows else ["rule"]
        emit(output, document, columns=columns, rows=rows, title="Expectations that do not hold")
    else:
        write(f"{tested} expectations hold")
    return ExitCode.ERROR if failures else ExitCode.DONE


def status(config: Config = None, output: Out = Output.TABLE) -> int:
    """Say how the workspace stands, without one request."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        result = workspace.status()
    columns = [
        "name",
        "write",
        "tickets",
        "gone",
        "out_of_scope",
        "held",
        "read_at",
        "swept_at",
        "unsettled",
        "trouble",
    ]
    title = (
        f"{result.name} ({result.workspace}): {result.journeys} journeys, {result.steps} steps, "
        f"{result.opportunities} opportunities, {result.rules} rules, {result.inbox} in the inbox"
    )
    emit(output, result.as_json(), columns=columns, rows=[c.model_dump() for c in result.connections], title=title)
    return ExitCode.DONE
