"""`journeysync demo`: the whole loop on made-up trackers, offline, in seconds; nothing is left behind unless asked."""

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from journeysync.cli.options import Out, Yes
from journeysync.cli.output import Output, one_line, print_json, write
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.progress import Progress
    from journeysync.app.workspace import Workspace
    from journeysync.cli.demo_stages import Stage
    from journeysync.cli.demo_world import World

TITLE_WIDTH = 28
CROWD = 5_000
STORY_DAYS = 8  # a score is written at most once a week, and the story has a second one


class Scenario(StrEnum):
    """The other stories of the demo."""

    OUTAGE = "outage"
    RATE_LIMIT = "rate-limit"
    CONFLICT = "conflict"
    BIG = "big"


def demo(
    yes: Yes = False,
    scenario: Annotated[
        Scenario | None,
        typer.Option("--scenario", help="Another story: outage, rate-limit, conflict, big.", show_default=False),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when the loop is done; else it serves on a terminal.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option("--save", help="Keep journeys, rules and configuration in this folder.", show_default=False),
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Port of the first sandbox; 0 takes free ones.")] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the page in a browser; its link is printed.")
    ] = False,
    tour: Annotated[bool, typer.Option("--tour", help="Stop after each stage and say what to look at.")] = False,
    output: Out = Output.TABLE,
) -> int:
    """Run the whole loop on a made-up company and its sandbox trackers: offline, no account, nothing left behind."""
    if output not in (Output.TABLE, Output.JSON):
        raise ConfigError(f"the demo has no output '{output.value}'", next_step="use --output table or json")
    if not yes and not sys.stdin.isatty():
        raise ConfigError(
            "the demo asks before it writes, and there is no terminal to ask on",
            next_step="run: journeysync demo --yes",
        )
    from journeysync.cli.demo_world import World

    once = once or output is Output.JSON or not (sys.stdin.isatty() and sys.stdout.isatty())
    teller = _Teller(tour=tour, output=output)
    crowd = CROWD if scenario is Scenario.BIG else 0
    with World(save=save, port=port, crowd=crowd, days_ago=0 if scenario else STORY_DAYS) as world:
        if scenario is None:
            _loop(world, teller, yes=yes)
        else:
            _story(scenario, world, teller, yes=yes)
        if once:
            teller.end(world)
        else:
            _serve(world, teller, browser=not no_browser)
    return teller.exit_code


def _story(scenario: Scenario, world: "World", teller: "_Teller", *, yes: bool) -> None:
    """Tell a scenario: what comes before the first write, a person's yes, then what comes of it."""
    from journeysync.cli.demo_scenarios import story

    teller.facts["scenario"] = scenario.value
    told = story(scenario, world)
    with world.open() as workspace:
        for stage in told.before:
            if not teller.run(partial(_with_bars, stage, workspace)):
                return
        if not yes and not typer.confirm("Apply?", err=True):
            teller.note("Nothing was written.")
            return
        for stage in told.after:
            teller.run(partial(_with_bars, stage, workspace))


def _loop(world: "World", teller: "_Teller", *, yes: bool) -> None:
    from journeysync.cli import demo_stages as stages
    from journeysync.cli.demo_score import new_score

    teller.run(lambda: stages.start(world))
    started = time.monotonic()
    with world.open() as workspace:
        teller.run(lambda: stages.load(workspace), started)
        if not teller.run(lambda: _with_bars(stages.pull, workspace)):
            return
        teller.run(lambda: _with_bars(stages.link, workspace))
        teller.run(lambda: _with_bars(stages.plan, workspace))
        if yes or typer.confirm("Apply?", err=True):
            written = teller.run(lambda: _with_bars(stages.apply, workspace))
            teller.run(lambda: stages.plan_again(workspace))
            if written:
                teller.run(lambda: stages.public(world, workspace))
                teller.run(lambda: stages.person(world, workspace))
        else:
            written = False
            teller.note("Nothing was written.")
    if written:
        teller.run(lambda: new_score(world))
    else:
        _until_today(world)
    with world.open() as workspace:
        teller.run(lambda: stages.coverage(workspace))


def _until_today(world: "World") -> None:
    """Bring the story's clock to today and read once more, so that what is asked later rests on fresh figures."""
    world.days_ago = 0
    with world.open() as workspace:
        workspace.pull()
        workspace.links()


def _with_bars(stage: "Callable[[Workspace, Progress], Stage]", workspace: "Workspace") -> "Stage":
    """Run a stage with progress bars on a terminal; elsewhere its line comes soon enough."""
    from journeysync.app.progress import silent
    from journeysync.cli.progress import shown_progress

    with shown_progress() if sys.stderr.isatty() else nullcontext(silent) as progress:
        return stage(workspace, progress)


def _serve(world: "World", teller: "_Teller", *, browser: bool) -> None:
    """Serve the page and the sandboxes until Ctrl-C; a second Ctrl-C is not needed."""
    from journeysync.cli.serving import open_browser, page_beside

    with page_beside(world.open) as link:
        teller.end(world, page=link)
        if browser:
            open_browser(link)
        try:
            world.wait()
        except KeyboardInterrupt:
            write("\nThe page and the sandboxes are gone" + ("." if world.saved else ", and so is the folder."))


class _Teller:
    """Tells each stage as it ends: a line and its details for people, or one JSON document at the end."""

    def __init__(self, *, tour: bool, output: Output) -> None:
        self.exit_code: int = ExitCode.DONE
        self._tour = tour
        self._json = output is Output.JSON
        self.facts: dict[str, Any] = {}  # of each stage under its name
        self._seconds = 0.0  # without the time that people take

    def run(self, stage: "Callable[[], Stage]", started: float | None = None) -> bool:
        """Run one stage, tell it, return whether it is well; one that is not makes the demo end with an error."""
        began = time.monotonic() if started is None else started
        done = stage()
        seconds = round(time.monotonic() - began, 2)
        self._seconds += seconds
        self.facts[done.name] = done.facts | {"seconds": seconds}
        if not done.is_well:
            self.exit_code = ExitCode.ERROR
        if not self._json:
            took = f"   {seconds:.1f} s" if seconds >= 0.05 else ""
            write(f"{done.title:<{TITLE_WIDTH}}{one_line(done.says)}{took}")
            for line in done.details:
                write(f"    {line}")
            self._stop(done)
        return done.is_well

    def note(self, text: str) -> None:
        """Tell people something that is no stage."""
        if not self._json:
            write(text)

    def end(self, world: "World", *, page: str = "") -> None:
        """Say what to try next, with commands that work now; or print the JSON document.

        Args:
            world: Saved or not.
            page: Where the page is served; empty: nothing goes on running.
        """
        from journeysync.cli.demo_next import next_lines

        seconds = round(self._seconds, 2)
        if self._json:
            folder = str(world.saved) if world.saved else None
            print_json(self.facts | {"seconds": seconds, "exit_code": int(self.exit_code), "saved": folder})
            return
        write(f"{'Done':<{TITLE_WIDTH}}{seconds:.1f} s in all\n")
        for line in next_lines(world, page=page):
            write(line)
        sys.stdout.flush()

    def _stop(self, done: "Stage") -> None:
        sys.stdout.flush()
        if not self._tour:
            return
        for line in done.look:
            write(f"  > {line}")
        write("")
        sys.stdout.flush()
        if sys.stdin.isatty():
            typer.prompt("  Enter goes on", default="", show_default=False, prompt_suffix=" ", err=True)
