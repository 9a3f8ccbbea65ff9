"""A small company on a Jira sandbox over HTTP, and the loop on it, step by step, on a clock that nobody waits for.

Everything here is deterministic but for what a fault does: two benches that take
the same steps end with the same tracker and the same store.
"""

import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from journeysync.app.workspace import Workspace
from journeysync.connector import ConnectionSettings, Secret
from journeysync.errors import JourneySyncError
from journeysync.http import Clock
from journeysync.sandbox import start_jira_cloud
from journeysync.testing import JOURNEY_FILES, write_files
from journeysync_jira.connection import JiraConnector

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LAG_SECONDS = (0.0, 240.0)
OURS = ("journey.", "journeysync.", "journeysync:")
SCORE = "customfield_10101"
ALL_BRAKES = ("first-run", "changed", "removed", "writes", "ids-lost")
FILES = {
    **JOURNEY_FILES,
    "journeysync.yaml": """
workspace: {id: k3f9, name: Test}
public_url: https://journeys.example
connections:
  billing:
    connector: jira
    url: https://billing.example
    auth: {kind: api-token, user: bot, token: {env: TEST_TOKEN}}
    scope: {projects: [BILL, ONB]}
    write: sync
""",
    "mappings/rules.yaml": """
rules:
  - {id: bill-explained, when: {words: [why]}, link: {step: pay-bill.see-why, opportunity: OPP-3}}
  - {id: paying, when: {words: [paying]}, link: {step: pay-bill.pay, opportunity: OPP-4}}
  - {id: upkeep, when: {label: [tech-debt]}, enabling: platform}
""",
    "mappings/placement.yaml": f"""
connections:
  billing:
    score: [{{field: {SCORE}}}, label]
""",
}


class Time(Clock):
    """A clock that stands still; a sleep moves it on at once."""

    def __init__(self, at: datetime = START) -> None:
        super().__init__()
        self._at = at
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        return self._at

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._at.timestamp()

    def sleep(self, seconds: float) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """Move on."""
        with self._lock:
            self._at += timedelta(seconds=max(seconds, 0.0))


class Loop:
    """A workspace on disk and its tracker. ``open`` may be called again, as a new process would."""

    def __init__(self, folder: Path, *, seed: int = 0, time_zone: str = "UTC", lag: Any = LAG_SECONDS) -> None:
        self.folder = folder
        self.time = Time()
        self.server = start_jira_cloud(
            projects=["BILL", "ONB", "EXT"],
            clock=lambda: self.time().timestamp(),
            index_lag_seconds=lag,
            seed=seed,
            time_zone=time_zone,
        )
        self.state = self.server.state
        self.state.add_field("Journey score", "number", number=int(SCORE.rpartition("_")[2]))
        self.lag = lag
        self.options: dict[str, Any] = {"in_flight": 4, "page_size": 9, "timeout_seconds": 5.0}
        self.fields: tuple[str, ...] = (SCORE,)
        self.codes: list[int] = []
        self.errors: list[str] = []
        write_files(folder, FILES)

    # files and people

    def write(self, name: str, text: str) -> None:
        """Write a file of the workspace."""
        write_files(self.folder, {name: text})

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the workspace as a person would."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    # runs

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        """Open the workspace with a connector of its own, as a new process would."""
        connector = JiraConnector(
            ConnectionSettings(
                name="billing",
                url=self.server.url,
                auth={"kind": "api-token", "user": self.server.user, "token": Secret(self.server.token, "env TEST")},
                scope={"projects": ["BILL", "ONB"]},
                workspace="k3f9",
                fields=self.fields,
                options=self.options,
                where="journeysync.yaml:5:3",
            ),
            clock=self.time,
        )
        with Workspace.open(
            self.folder / "journeysync.yaml",
            env={"TEST_TOKEN": "secret-canary"},
            clock=self.time,
            connectors={"billing": connector},
        ) as workspace:
            yield workspace

    def sync(self, *, full: bool = False) -> int:
        """Run the whole loop; return its exit code."""

        def run(workspace: Workspace) -> int:
            return int(workspace.sync(full=full, allow=ALL_BRAKES).applied.exit_code)

        return self._coded(run)

    def pull(self, *, full: bool = False) -> int:
        """Read; return the exit code."""

        def run(workspace: Workspace) -> int:
            return int(workspace.pull(full=full).exit_code)

        return self._coded(run)

    def _coded(self, run: Callable[[Workspace], int]) -> int:
        with self.open() as workspace:
            try:
                code = run(workspace)
            except JourneySyncError as error:
                code = int(error.exit_code)
                self.errors.append(str(error))
        self.codes.append(code)
        return code

    def catch_up(self) -> None:
        """Let time pass until every search sees everything."""
        self.time.pass_time(20 * 60)

    def heal(self) -> None:
        """End all faults, let the index catch up; it lags again from now on."""
        self.server.clear_faults()
        self.server.site.captcha_after_failures = None
        self.state.index.lag_seconds = self.lag
        self.catch_up()

    def fault(self, *texts: str) -> None:
        """Let the tracker misbehave; the index goes on lagging whatever the faults."""
        for text in texts:
            self.server.add_fault(text)
        if not any(text.startswith("stale") for text in texts):
            self.state.index.lag_seconds = self.lag

    # what there is

    def tracker(self) -> dict[str, Any]:
        """Return all that the tracker holds, without times."""
        found = {}
        for issue in self.state.issues.values():
            values = self.state.json(issue.id)
            links = sorted(json.dumps(link, sort_keys=True) for link in issue.links.values())
            found[issue.id] = {
                "key": issue.key,
                "summary": values["summary"],
                "labels": sorted(values["labels"]),
                "score": values.get(SCORE),
                "links": links,
                "properties": {name: json.loads(raw) for name, raw in sorted(issue.properties.items())},
            }
        return found

    def store(self) -> dict[str, Any]:
        """Return what the store holds, without times and runs."""
        with sqlite3.connect(self.folder / ".journeysync/state.db") as db:
            tickets = {}
            for number, status, context, key, doc in db.execute("select id, status, context, key, doc from tickets"):
                values = json.loads(doc)
                for name in ("updated_at", "done_at", "created_at", "url"):
                    values.pop(name, None)
                status = "away" if status in ("gone", "hidden") else status  # Jira's one 404 tells them apart at times
                tickets[number] = (status, context, key, values)
            return {
                "tickets": tickets,
                "ledger": _rows(db, "ticket_id, slot, sent, seen, before, state", "ledger where state != 'released'"),
                "links": _rows(db, "ticket_id, target_kind, target_id, origin, confidence, cause", "links"),
                "marks": _rows(db, "ticket_id, label, mark", "label_marks"),
                "inbox": _rows(db, "kind, ticket_id, slot, cause", "inbox where state = 'open'"),
                "intents": _rows(db, "ticket_id, slot", "intents where state = 'open'"),
                "keys": _rows(db, "ticket_id, key", "keys"),
            }

    def effective(self, since: int = 0) -> Counter[tuple[str, str, str]]:
        """Return how often each place was really changed over HTTP since the n-th write of the journal."""
        rows = list(self.server.journal)[since:]
        return Counter((row.issue_id, row.what, row.name) for row in rows if row.request and row.changed)

    def close(self) -> None:
        """Stop the tracker."""
        self.server.stop()


def _rows(db: sqlite3.Connection, columns: str, table: str) -> list[tuple[Any, ...]]:
    return sorted(db.execute(f"select {columns} from {table}"), key=str)


# the world, and what people do in it -----------------------------------------------------------------------------


def populate(loop: Loop) -> None:
    """Make 75 tickets: epics with children, bulk-sized groups, closed ones, and one parent out of scope."""
    make = loop.state.create_issue
    roof = make("EXT", "Why bills rise, for all teams", type="Epic")
    explain = make("BILL", "Explain why the bill changed", type="Epic")
    chores = make("BILL", "Chores", type="Epic")
    for number in range(16):
        make("BILL", f"Say why in words {number}")
    for number in range(8):
        make("BILL", f"Part {number}", parent=explain.key)
    for number in range(6):
        make("BILL", f"Upgrade {number}", parent=chores.key, labels=["tech-debt"])
    for number in range(12):
        make("ONB", f"Offer paying by phone {number}", labels=["mobile"])
    for number in range(6):
        make("ONB", f"Below the roof {number}", parent=roof.key)
    for number in range(10):
        make("ONB", f"Something else {number}")
    for number in range(5):
        make("BILL", f"Closed why {number}", status="Done", resolution="Done")
    for number in range(4):
        make("ONB", f"Both why and paying {number}", type="Bug")
    make("BILL", "Typed before us: why", labels=["journey.opp-4"])
    loop.catch_up()


def people_edit(loop: Loop) -> None:
    """Type a label, change our score, take our label off, edit titles, make tickets."""
    state = loop.state
    state.add_label("ONB-20", "journey.opp-4")
    state.set_field("BILL-3", SCORE, 12)
    state.remove_label("BILL-4", "journey.opp-3")
    state.edit("BILL-5", summary="Plain words now")
    state.edit("ONB-21", summary="Tell me why")
    state.add_label("BILL-6", "urgent")
    second = state.create_issue("EXT", "Paying abroad", type="Epic")
    state.create_issue("ONB", "New below another roof", parent=second.key)
    state.create_issue("BILL", "New: why")
    state.edit("BILL-28", parent="BILL-1")
    state.edit("BILL-7", status="Done", resolution="Done")


def rules_change(loop: Loop) -> None:
    """Leave a rule out: what it brought is to go."""
    text = FILES["mappings/rules.yaml"]
    line = next(line for line in text.splitlines() if "id: paying" in line)
    loop.replace("mappings/rules.yaml", line + "\n", "")


def things_move(loop: Loop) -> None:
    """Delete, move and hide."""
    state = loop.state
    state.delete("BILL-8")
    state.move("BILL-9", "ONB")
    state.move("BILL-10", "EXT")
    state.hide("BILL-11")
    state.edit("BILL-12", summary="Why, said otherwise")


def things_return(loop: Loop) -> None:
    """Show the hidden one again, put the rule back."""
    loop.state.hide("BILL-11", hidden=False)
    loop.write("mappings/rules.yaml", FILES["mappings/rules.yaml"])


def nothing(_loop: Loop) -> None:
    """Change nothing."""


STEPS: Sequence[tuple[str, Callable[[Loop], None], bool]] = (
    ("first run", populate, False),
    ("people edit", people_edit, False),
    ("a rule goes", rules_change, False),
    ("things move", things_move, True),
    ("things return", things_return, True),
)


def play(loop: Loop, faults: Sequence[Sequence[str]] = ((),), *, tries: int = 1) -> list[dict[str, Any]]:
    """Take all steps, each with its faults on, then twice without; return what there is after each step.

    ``faults`` are those of the first step, the second and so on, begun anew where they end.

    What was hidden for a while is found again by a sweep, and a ticket that a broken run left otherwise than the
    store thinks is seen by one run and written by the next: so there are two, the second one a full one.
    """
    seen = []
    for (name, act, full), of_step in zip(STEPS, cycle(faults), strict=False):
        act(loop)
        loop.time.pass_time(120)  # the index shows about half of it by now
        begun = len(loop.server.journal)
        if of_step:
            loop.fault(*of_step)
        codes = [loop.sync(full=full) for _ in range(tries)]
        loop.heal()
        healed = [loop.sync()]
        loop.catch_up()
        healed.append(loop.sync(full=True))
        seen.append(
            {
                "step": name,
                "codes": codes,
                "healed": healed,
                "effective": loop.effective(begun),
                "tracker": loop.tracker(),
                "store": loop.store(),
            }
        )
    return seen


def differences(golden: Any, seen: Any, path: str = "") -> list[str]:
    """Return where two values differ, in words, a dozen at most."""
    found: list[str] = []
    if isinstance(golden, dict) and isinstance(seen, dict):
        for key in sorted(golden.keys() | seen.keys(), key=str):
            found += differences(golden.get(key, "nothing"), seen.get(key, "nothing"), f"{path}/{key}")
    elif isinstance(golden, list) and isinstance(seen, list):
        clean, other = set(map(repr, golden)), set(map(repr, seen))
        found += [f"{path} lacks {each}" for each in sorted(clean - other)]
        found += [f"{path} has too much: {each}" for each in sorted(other - clean)]
    elif golden != seen:
        found.append(f"{path}: {golden!r} became {seen!r}")
    return found[:12]
