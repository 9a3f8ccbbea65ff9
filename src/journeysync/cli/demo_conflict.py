"""The demo's story of people who work on while we plan: what they do in between, and to our values later, stays."""

from typing import Any

from journeysync.app.progress import Progress
from journeysync.app.workspace import Workspace
from journeysync.cli.demo_stages import ALLOWED, EDITED, PERSONS_SCORE, PERSONS_WORDS, Stage, applied, plan, with_words
from journeysync.cli.demo_world import World
from journeysync.core.plan import PrintedChange, printed_changes
from journeysync.model.plan import Plan
from journeysync.sandbox.solvane import SCORE_FIELD

FIELD = f"customfield_{SCORE_FIELD}"
OWN_SCORE = 50
LABEL = "journey.pay-bill"
PROJECT = "BILL"


class Conflict:
    """Remembers the printed plan, and what people did."""

    def __init__(self, world: World) -> None:
        self._state = world.jira.state
        self._printed: frozenset[PrintedChange] = frozenset()
        self._scored, self._closed, self._ignored = "", "", ""
        self._left: dict[str, Any] = {}

    def plan(self, workspace: Workspace, progress: Progress) -> Stage:
        """Plan, and keep what was printed."""
        told = plan(workspace, progress)
        made = workspace.plan()
        self._printed = printed_changes(made)
        self._scored, self._closed, self._ignored = _three(made)
        return told

    def between(self, _workspace: Workspace, _progress: Progress) -> Stage:
        """Let people edit four tickets of the plan."""
        state = self._state
        state.set_field(EDITED, "description", with_words(state.json(EDITED)["description"], PERSONS_WORDS))
        state.set_field(self._scored, FIELD, OWN_SCORE)
        state.edit(self._closed, status="Done", resolution="Won't do")
        state.add_label(self._ignored, "journey.ignore")
        self._left = {key: self._shows(key) for key in (self._scored, self._closed, self._ignored)}
        return Stage(
            "between",
            "Meanwhile, people",
            f"edit four tickets of the plan, after it was printed: {EDITED} and {', '.join(self._left)}",
            {"edited": [EDITED, *self._left]},
            (
                f"{EDITED}: a sentence is added to its description",
                f"{self._scored}: somebody sets the score to {OWN_SCORE} by hand",
                f"{self._closed}: closed as Won't do",
                f"{self._ignored}: labelled journey.ignore",
            ),
            ("Plans are made of what was read; people go on working.", "What is written must fit what is there now."),
        )

    def apply(self, workspace: Workspace, progress: Progress) -> Stage:
        """Write what was printed; the three tickets that no longer are as planned must stay as they are."""
        result = workspace.apply(allow=ALLOWED, printed=self._printed, progress=progress)
        told = applied(result)
        untouched = [key for key, shown in self._left.items() if self._shows(key) == shown]
        words = PERSONS_WORDS in str(self._state.json(EDITED)["description"]) and LABEL in self._shows(EDITED)["labels"]
        return Stage(
            "apply",
            "Apply what was printed",
            f"{told.says}; {result.summary.skipped} changes skipped",
            told.facts | {"left_alone": untouched},
            (
                *told.details,
                f"{', '.join(untouched)}: changed since the plan, left as they are",
                f"{EDITED}: written beside the new sentence, which stays",
            ),
            (
                "Each ticket is read once more right before its write; what moved since the plan waits for the next.",
                "A sentence in a description is no reason to wait: it is not where we write.",
            ),
            is_well=told.is_well and len(untouched) == len(self._left) and words and result.summary.skipped > 0,
        )

    def later(self, workspace: Workspace, progress: Progress) -> Stage:
        """Let people change values of ours, read, and plan."""
        self._state.set_field(EDITED, FIELD, PERSONS_SCORE)
        self._state.remove_label(EDITED, LABEL)
        workspace.pull(progress=progress)
        workspace.links()
        made = workspace.plan()
        says = [f"{note.key} {note.says}" for note in made.notes if note.kind in ("drift", "foreign") and note.key]
        refused = [target.id for target in workspace.explain(EDITED).links.refused if target.kind == "journey"]
        return Stage(
            "later",
            f"Later, on {EDITED}",
            f"our label {LABEL} is taken off, our score becomes {PERSONS_SCORE}: heard, and shown in the plan",
            {"shown": says, "refused": refused, "pending": made.summary.tickets},
            (
                *(f". {line}" for line in says),
                *(f". {EDITED} is no longer linked to {target}: a person took our label off" for target in refused),
            ),
            (
                "A value of ours that a person changed is drift: shown in every plan, never overwritten.",
                "A label of ours that a person takes off is their no to that link: remembered, not put back.",
            ),
            is_well=any(EDITED in line for line in says) and bool(refused),
        )

    def kept(self, workspace: Workspace, progress: Progress) -> Stage:
        """Apply and plan again: everything that people did must still be there."""
        workspace.apply(allow=ALLOWED, progress=progress)
        workspace.pull()
        workspace.links()
        pending = workspace.plan().summary.tickets
        kept = self._kept()
        lost = [what for what, is_so in kept.items() if not is_so]
        return Stage(
            "kept",
            "Apply, read, plan again",
            f"{pending} tickets are still pending" if pending else "no changes; all that people did is still there",
            {"kept": kept, "pending": pending},
            tuple(f"NOT kept: {what}" for what in lost),
            ("Nobody was overruled.", "To be left alone for good, a ticket gets the label journey.ignore."),
            is_well=not pending and not lost,
        )

    def _kept(self) -> dict[str, bool]:
        """Return what people did, and whether it is still so."""
        edited, closed, ignored = (self._shows(key) for key in (EDITED, self._closed, self._ignored))
        return {
            f"the sentence in {EDITED}": PERSONS_WORDS in str(edited["description"]),
            f"the score of {EDITED}": edited[FIELD] == PERSONS_SCORE,
            f"the label taken off {EDITED}": LABEL not in edited["labels"],
            f"the score of {self._scored}": self._shows(self._scored)[FIELD] == OWN_SCORE,
            f"{self._closed}, closed, without labels of ours": not _ours(closed["labels"]),
            f"{self._ignored}, left alone, without labels of ours": _ours(ignored["labels"]) == ["journey.ignore"],
        }

    def _shows(self, key: str) -> dict[str, Any]:
        fields = self._state.json(key)
        return {name: fields.get(name) for name in ("labels", FIELD, "description", "status", "summary")}


def _ours(labels: list[str]) -> list[str]:
    return [label for label in labels if label.startswith("journey.")]


def _three(made: Plan) -> tuple[str, str, str]:
    """Return the first tickets of the plan that get a score in the project, besides the one told of."""
    slot = f"field:{FIELD}"
    keys = [
        planned.key
        for planned in made.tickets
        if planned.project == PROJECT and planned.key != EDITED and any(c.slot == slot for c in planned.changes)
    ]
    return keys[0], keys[1], keys[2]
