"""The part of the backlog that an address asks for, and the choices that the filters offer."""

from collections.abc import Mapping
from dataclasses import dataclass

from journeysync.core.selecting import selection_words
from journeysync.model.coverage import Selection
from journeysync.web.access import Refused
from journeysync.web.desk import Ask
from journeysync.web.frame import product_of

PERIODS = (30, 90, 180, 365)
NAMES = ("team", "tool", "persona", "kind", "state", "days", "view")
_STATES = ("open", "todo", "doing", "done")
_VIEWS = {"today": "as it is today", "to-be": "as it shall be"}


@dataclass(frozen=True)
class Filter:
    """One filter: its name in the address, its title, and (value, words) of its choices, the open one first."""

    name: str
    title: str
    icon: str
    chosen: str
    choices: tuple[tuple[str, str], ...]


def selection_of(ask: Ask) -> Selection:
    """Return what the address asks for.

    Raises:
        Refused: It asks for something that there is not.
    """
    for each in filters_of(ask):
        if each.chosen and each.chosen not in dict(each.choices):
            offered = ", ".join(words for value, words in each.choices if value)
            raise Refused(
                f"there is no {each.title.lower()} '{each.chosen}'", next_step=f"choose one of: {offered}", status=404
            )
    tool = ask.query("tool")
    settings = ask.workspace.settings
    connections = tuple(config.name for config in settings.connections if config.connector == tool) if tool else ()
    return Selection.model_validate(
        {
            "team": ask.query("team"),
            "connections": connections,
            "tool": tool,
            "persona": ask.query("persona"),
            "kind": ask.query("kind"),
            "state": ask.query("state"),
            "days": int(ask.query("days") or 0),
            "view": ask.query("view"),
        }
    )


def query_of(selection: Selection) -> dict[str, str]:
    """Return the parameters of an address that ask for a selection; what is left open is not among them."""
    given = selection.model_dump(include=set(NAMES))
    return {name: str(given[name]) for name in NAMES if given[name]}


def words_of(ask: Ask, selection: Selection) -> str:
    """Return a selection in words; empty for everything."""
    return selection_words(selection, ask.workspace.repository)


def filters_of(ask: Ask, *names: str) -> list[Filter]:
    """Return the filters with these names, all if none is named; each with what there is to choose."""
    settings, repository = ask.workspace.settings, ask.workspace.repository
    found = ask.desk.kept.words(ask.workspace)
    teams = {team.id: team.name for team in settings.vocabulary.teams}
    usual = settings.coverage.counts.done_within_days
    made = [
        _filter(ask, "team", "Team", "users", {team: teams.get(team, team) for team in found["team"]}),
        _filter(ask, "tool", "Tool", "plug", {c.connector: product_of(c.connector) for c in settings.connections}),
        _filter(ask, "persona", "Persona", "user-round", {p.id: p.name for p in repository.personas}),
        _filter(ask, "kind", "Kind", "tag", {kind: kind for kind in found["kind"]}),
        _filter(ask, "state", "State", "circle-help", {state: state for state in _STATES}),
        _filter(ask, "days", "Period", "calendar", {str(days): f"{days} days" for days in PERIODS}, f"{usual} days"),
        _filter(ask, "view", "View", "route", _VIEWS),
    ]
    return [each for each in made if not names or each.name in names]


def _filter(ask: Ask, name: str, title: str, icon: str, choices: Mapping[str, str], everything: str = "All") -> Filter:
    return Filter(name, title, icon, ask.query(name), (("", everything), *choices.items()))
