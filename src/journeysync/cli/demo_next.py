"""What to try after the demo: only commands that work then."""

from collections.abc import Iterator
from shlex import quote

from journeysync.cli.demo_stages import EDITED
from journeysync.cli.demo_world import PACK, World


def next_lines(world: World, *, page: str = "") -> Iterator[str]:
    """Yield lines for people.

    Args:
        world: Saved or not.
        page: Where the page is served: the sandboxes go on running then, so that a second terminal can be used.
    """
    serving = bool(page)
    if serving:
        yield f"The page: {page}"
        yield "  opens once, in one browser: coverage, journeys, opportunities, backlog and plan"
    if serving or world.saved:
        where = f"-c {quote(str(world.folder))}"
        yield "Try next" + (", in a second terminal:" if serving else ":")
        yield f"  journeysync explain {EDITED} {where}"
        yield f"  journeysync coverage {where}"
        yield f"  journeysync opportunities {where}"
        yield f"  journeysync orphans {where}"
        yield f"  journeysync inbox {where}"
    if serving:
        yield f"  journeysync pull {where} && journeysync plan {where}"
        yield f"  {world.jira.url}/browse/{EDITED}   the ticket as its team sees it"
        yield "Ctrl-C ends the page and the sandboxes" + ("." if world.saved else " and removes the folder.")
    if world.saved:
        yield f"Make it yours: edit {quote(str(world.folder / 'journeysync.yaml'))} (url and auth of your tracker),"
        yield f"  remove {quote(str(world.folder / '.journeysync'))}, then: journeysync doctor"
    elif not serving:
        yield "Try next:"
        yield "  journeysync demo                         on a terminal it ends with the page open, to look around"
        yield "  journeysync demo --yes --save ./my-demo  keeps journeys, rules and configuration"
        yield f"  journeysync init my-journeys --pack {PACK}"
