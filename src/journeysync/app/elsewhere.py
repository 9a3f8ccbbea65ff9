"""Who else works on the same step: asked of the store for the targets whose tickets get a text, each once."""

from typing import TYPE_CHECKING

from journeysync.core.vocabulary import in_our_words

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


class Elsewhere:
    """Which teams have open tickets on a step, journey or opportunity; what was found out is kept for a run."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._names = {team.id: team.name for team in workspace.settings.vocabulary.teams}
        self._found: dict[str, frozenset[str]] = {}

    def teams_at(self, target: str) -> frozenset[str]:
        """Return the names of the teams; tickets that are read as ancestors only do not count."""
        if target not in self._found:
            vocabulary = self._workspace.settings.vocabulary
            teams = {
                ticket.team
                for batch in self._workspace.store.tickets_of([target])
                for ticket in (in_our_words(each, vocabulary) for each in batch)
                if ticket.state.is_open and not ticket.context
            }
            self._found[target] = frozenset(self._names[team] for team in teams if team in self._names)
        return self._found[target]
