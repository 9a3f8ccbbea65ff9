"""Commands that read: validate, doctor, pull, links, status."""

from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Config, Names, Out, Yes
from journeysync.cli.output import Output, emit, one_line, plain, write
from journeysync.errors import ExitCode

if TYPE_CHECKING:
    from journeysync.app.checking import DoctorResult
    from journeysync.app.results import LinksResult
    from journeysync.app.write_testing import WriteTest

links_app = typer.Typer(help="Link tickets to journeys by the rules; test the rules.", invoke_without_command=True)
_SIGNS = {"ok": "ok", "warning": "!", "error": "x"}


def validate(config: Config = None, output: Out = Output.TABLE) -> int:
    """Check journeys and mappings; report every problem at once, each with file, line and column."""
    from journeysync.app.validating import validate as check

    result = check(config)
    if output is Output.TABLE:
        for problem in result.problems:
            write(plain(str(problem)))
        write(result.sentence)
    else:
        rows = [problem.model_dump(mode="json") for problem in result.problems]
        columns = ["level", "where", "says", "allowed", "did_you_mean", "next_step"]
        emit(output, result.as_json(), columns=columns, rows=rows, title="Problems")
    return ExitCode.DONE if result.is_valid else ExitCode.USAGE


def doctor(
    names: Names = None,
    write_test: Annotated[
        str | None,
        typer.Option(
            "--write-test",
            metavar="KEY",
            help="Also try label, field, link and receipt on this ticket; nothing is left behind.",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Check reach, sign-in, permissions and fields of every connection. Reads only, unless you ask for a write test."""
    from journeysync.app.workspace import Workspace

    if write_test is not None:
        _ask_for_write_test(write_test, yes=yes)
    with Workspace.open(config) as workspace:
        result = workspace.doctor(*(names or ()), try_writes_on=write_test)
    if output is Output.TABLE:
        _show_findings(result)
        if result.write_test is not None:
            _show_write_test(result.write_test)
    else:
        rows = [
            {"connection": where} | finding.model_dump(mode="json")
            for where, findings in result.parts
            for finding in findings
        ]
        columns = ["connection", "level", "topic", "project", "says", "next_step"]
        emit(output, result.as_json(), columns=columns, rows=rows, title="Doctor")
    return result.exit_code


def _ask_for_write_test(ticket: str, *, yes: bool) -> None:
    from journeysync.cli.writing import needs_yes

    needs_yes(yes=yes)
    if not yes and not typer.confirm(f"Try writes on {plain(ticket)} and take them back?", err=True):
        raise typer.Abort


def _show_write_test(test: "WriteTest") -> None:
    write(f"\nWrite test on {test.key} (run {test.run})")
    for one in test.tried:
        write(f"  {'ok' if one.works else 'x':<2}  {one.slot}" + (f": {one_line(one.cause)}" if one.cause else ""))
        if one.next_step:
            write(f"      next: {one_line(one.next_step)}")
    write({"yes": "  No mails are sent", "no": "  Watchers may get mails"}.get(test.quiet, "  Mails: not known"))
    if test.left:
        write(f"  x   left behind: {', '.join(test.left)}; the next apply takes it out")
    else:
        write("  Everything is as it was.")


def _show_findings(result: "DoctorResult") -> None:
    errors = warnings = 0
    for where, findings in result.parts:
        write(where)
        width = max((len(finding.topic) for finding in findings), default=0)
        for finding in findings:
            errors += finding.level == "error"
            warnings += finding.level == "warning"
            write(f"  {_SIGNS[finding.level]:<2}  {finding.topic:<{width}}  {one_line(finding.says)}")
            if finding.next_step:
                write(f"  {'':<2}  {'':<{width}}  next: {one_line(finding.next_step)}")
        write("")
    if errors or warnings:
        write(f"{errors} to mend (x), {warnings} to know about (!)")
    else:
        write("All is well.")


def pull(
    names: Names = None,
    full: Annotated[bool, typer.Option("--full", help="Also sweep: find what is gone, moved or out of scope.")] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Read the trackers into the store: only what changed, unless it is the first time."""
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress
    from journeysync.cli.troubles import tell_troubles

    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = workspace.pull(*(names or ()), full=full, progress=progress)
    columns = ["name", "read", "changed", "gone", "hidden", "out_of_scope", "requests", "seconds", "result"]
    rows = [row.model_dump(mode="json") for row in result.connections]
    for row in rows:
        row["result"] = row["trouble"]["what"] if row["trouble"] else "complete"
        if output is Output.TABLE and row["trouble"]:
            row["result"] = f"failed ({row['trouble']['exit_code']})"  # the words follow on stderr
    emit(output, result.as_json(), columns=columns, rows=rows, title="Pull")
    tell_troubles((row.name, row.trouble) for row in result.connections)
    return result.exit_code


@links_app.callback()
def links(context: typer.Context, config: Config = None, output: Out = Output.TABLE) -> None:
    """Link tickets to journeys by the rules; count what came of it."""
    if context.invoked_subcommand:
        return
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress

    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = workspace.links(progress=progress)
    if output is Output.TABLE:
        from journeysync.cli.linksview import show_links

        show_links(result)
    else:
        emit(output, result.as_json(), columns=["what", "name", "tickets"], rows=_rows(result), title="Links")


def _rows(result: "LinksResult") -> list[dict[str, object]]:
    whole = ("tickets", "matched", "linked", "enabling", "orphans", "suggestions", "ignored")
    parts = {
        "origin": result.by_origin,
        "rule": result.by_rule,
        "unknown label": result.unknown_labels,
        "label of unknown origin": result.unowned_labels,
        "unknown word": result.unknown_words,
    }
    rows: list[dict[str, object]] = [{"what": what, "name": "", "tickets": getattr(result, what)} for what in whole]
    return rows + [
        {"what": what, "name": name, "tickets": count} for what, counts in parts.items() for name, count in counts
    ]


@links_app.command("test")
def links_test(config: Config = None, output: Out = Output.TABLE) -> int:
    """Run the expectations of every rule: what it must hit, what it must miss."""
    from journeysync.app.links import test_rules
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        found = test_rules(workspace)
        tested = sum(len(rule.expect.hits) + len(rule.expect.misses) for rule in workspace.settings.rules)
    skipped = sum(failure.skipped for failure in found)
    failures = [failure for failure in found if not failure.skipped]
    if output is Output.TABLE:
        for failure in found:
            sign = "." if failure.skipped else "x"
            write(f"{sign} {one_line(failure.where)}: {one_line(failure.says)}")
        held = tested - len(found)
        write(f"{held} of {tested} expectations hold" + (f", {skipped} could not be looked at" if skipped else ""))
    else:
        rows = [failure.model_dump(mode="json") for failure in found]
        document = {"tested": tested, "failed": len(failures), "skipped": skipped, "failures": rows}
        emit(output, document, columns=["rule", "where", "says", "skipped"], rows=rows, title="Expectations")
    return ExitCode.ERROR if failures else ExitCode.DONE


def status(config: Config = None, output: Out = Output.TABLE) -> int:
    """Say how the workspace stands, without one request."""
    from journeysync.app.workspace import Workspace
    from journeysync.cli.statusview import show_status

    with Workspace.open(config) as workspace:
        result = workspace.status()
        now = workspace.now()
    if output is Output.TABLE:
        show_status(result, now)
    else:
        rows = [row.model_dump(mode="json") for row in result.connections]
        emit(output, result.as_json(), columns=list(rows[0]) if rows else ["name"], rows=rows, title="Status")
    return ExitCode.DONE
