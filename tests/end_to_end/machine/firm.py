"""The workspace of the machine: its files, which people change, and its runs."""

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from journeysync.app.proving import Proof, held_now, prove_nothing_left
from journeysync.app.rebuilding import rebuild_ledger
from journeysync.app.taking import take_everything_out, undo
from journeysync.app.workspace import Workspace
from journeysync.config.validate import validate_workspace
from journeysync.core.plan import PrintedChange
from journeysync.core.restrict import printed_changes

from .site import WORKSPACE, Site
from .stores import FileShelf, Shelf

ENV = {"TEST_TOKEN": "secret-canary"}
ALL_BRAKES = ("first-run", "changed", "removed", "writes", "ids-lost")
FILES = {
    "journeysync.yaml": """
workspace: {id: k3f9, name: Test}
public_url: https://journeys.example
connections:
  billing:
    {connection}
    write: sync
""",
    "journeys/hierarchy.yaml": """
lifecycles:
  - {id: live, name: Live with us, macro: [{id: pay, name: Pay}]}
""",
    "journeys/pay-bill.yaml": """
id: pay-bill
name: Understand and pay a bill
parent: pay
phases:
  - name: Understand
    steps:
      - {id: see-why, name: See why it changed, insights: [{id: I-7, kind: pain, says: Nobody says why, evidence: 3}]}
  - name: Pay
    steps: [{id: pay, name: Pay}]
""",
    "mappings/scoring.yaml": "write: {at_most_every_days: 0}\n",
}


class Firm:
    """A workspace on disk; every run opens it anew, as a process of its own would."""

    def __init__(
        self,
        folder: Path,
        site: Site,
        *,
        shelf: Shelf | None = None,
        workspace: str = WORKSPACE,
        namespace: str = "journey.",
    ) -> None:
        self.folder = folder
        self.shelf: Shelf = shelf or FileShelf(folder)
        self.files: dict[str, str] = {}
        self.site = site
        self.workspace = workspace
        self.namespace = namespace
        self.rules = {"why": True, "paying": True}
        self.value = 9.3
        self.has_paying = True
        self.in_field = True
        self.policy = "respect"
        for name, text in FILES.items():
            self._write(name, text.replace("k3f9", workspace).replace("{connection}", site.connection))
        self.write_files()

    def write_files(self) -> None:
        """Write what people change: opportunities, rules, placement."""
        paying = "  - {id: OPP-4, name: Pay in one tap, for: [pay-bill.pay], customer_value: 5, business_value: 4}\n"
        self._write(
            "journeys/opportunities.yaml",
            f"opportunities:\n  - {{id: OPP-3, name: Say why, for: [pay-bill.see-why], because: [I-7],"
            f" customer_value: {self.value}, business_value: 8.0}}\n" + (paying if self.has_paying else ""),
        )
        rules = []
        if self.rules["why"]:
            rules.append("  - {id: why, when: {words: [why]}, link: {step: pay-bill.see-why, opportunity: OPP-3}}\n")
        if self.rules["paying"]:
            target = "step: pay-bill.pay" + (", opportunity: OPP-4" if self.has_paying else "")
            rules.append(f"  - {{id: paying, when: {{words: [paying]}}, link: {{{target}}}}}\n")
        self._write("mappings/rules.yaml", "rules:\n" + "".join(rules) if rules else "rules: []\n")
        has_field = self.in_field and self.site.score_field
        score = f"[{{field: {self.site.score_field}}}, label]" if has_field else "[label]"
        policy = f"{{label: {self.policy}, field: {self.policy}, link: {self.policy}}}"
        self._write(
            "mappings/placement.yaml",
            f"label_namespace: {self.namespace}\n"
            f"connections:\n  billing:\n    quiet_after_days: 0\n    score: {score}\n"
            f"    policy: {policy}\n",
        )

    def _write(self, name: str, text: str) -> None:
        if self.files.get(name) == text:
            return
        self.files[name] = text
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def open(self) -> Workspace:
        """Open the workspace; files that were checked before are not read again."""
        settings, repository = _checked(self.folder, tuple(sorted(self.files.items())))
        store = self.shelf.open()
        workspace = Workspace(
            settings,
            repository,
            store,
            env=ENV,
            clock=self.site.clock,
            connectors={"billing": self.site.connector(self.workspace, partial(store.keys_of, "billing"))},
        )
        workspace.read_decisions()
        return workspace

    # runs

    def sync(self, *, full: bool = False) -> Any:
        """Run the whole loop with every brake let go."""
        with self.open() as workspace:
            return workspace.sync(full=full, allow=ALL_BRAKES)

    def pull(self, *, full: bool = False) -> Any:
        """Read."""
        with self.open() as workspace:
            return workspace.pull(full=full)

    def plan(self) -> Any:
        """Match and plan without reading."""
        with self.open() as workspace:
            workspace.links()
            return workspace.plan()

    def printed(self) -> frozenset[PrintedChange]:
        """Plan as for a plan file."""
        return printed_changes(self.plan())

    def apply(self, printed: frozenset[PrintedChange]) -> Any:
        """Apply a plan that was printed at some time."""
        with self.open() as workspace:
            workspace.links()
            return workspace.apply(printed=printed, allow=ALL_BRAKES)

    def undo(self, run: str) -> Any:
        """Take a run back."""
        with self.open() as workspace:
            return undo(workspace, run, allow=ALL_BRAKES)

    def uninstall(self) -> tuple[Any, Proof]:
        """Take everything out and prove it."""
        with self.open() as workspace:
            held = held_now(workspace)
            result = take_everything_out(workspace, allow=ALL_BRAKES)
            return result, prove_nothing_left(workspace, held)

    def rebuild(self) -> Any:
        """Make the ledger anew from receipts."""
        with self.open() as workspace:
            return rebuild_ledger(workspace)

    # the store

    def lose_store(self) -> None:
        """Delete the store."""
        self.shelf.lose()

    def keep_store(self) -> None:
        """Keep the store as it is at this moment: what a kill leaves."""
        self.shelf.keep()

    def restore_store(self) -> None:
        """Put back what was kept."""
        self.shelf.put_back()

    def unsettled(self) -> set[str]:
        """Return the ids of tickets with open intents."""
        with self.open() as workspace:
            return {intent.ticket.id for intent in workspace.store.unsettled()}

    def waits_for(self) -> list[str]:
        """Return open rows of failed writes."""
        with self.open() as workspace:
            return [
                f"{row.ticket_id} {row.slot}: {row.cause}" for row in workspace.store.inbox() if row.kind == "failed"
            ]


@lru_cache(maxsize=512)
def _checked(folder: Path, _files: tuple[tuple[str, str], ...]) -> tuple[Any, Any]:
    """Return settings and repository of the files that stand there; the same files are checked once."""
    settings, repository, problems = validate_workspace(folder / "journeysync.yaml", ENV)
    assert not [problem for problem in problems if problem.level == "error"], problems
    return settings, repository
