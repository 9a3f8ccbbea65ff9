"""People and runs take turns at random on one tracker; whatever happens, nobody loses a word.

A hypothesis state machine: people edit, type labels that look like ours, move, clone
and delete; rules and scores change; lists lag, trackers break down, processes are
killed, stores get lost. Their own record of what they wrote is compared with the
tracker after every step. ``JOURNEYSYNC_SOAK=2000`` runs that many examples on each
tracker, ``JOURNEYSYNC_SHRINK=1`` makes a failure short.
"""

import atexit
import copy
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from journeysync.errors import ConfigError, JourneySyncError, PlanMoved, UnsafePlan
from journeysync.testing.databases import postgresql_server
from journeysync.testing.failures import Killed

from .machine.fake_site import FakeSite
from .machine.firm import Firm
from .machine.github_site import GitHubSite
from .machine.jira_site import JiraSite
from .machine.record import Record
from .machine.site import MARK, WORKSPACE, Site
from .machine.stores import ServerShelf, Shelf
from .machine.words import WAYS, as_label, as_title, output_of, says, twisted

SOAK = int(os.environ.get("JOURNEYSYNC_SOAK") or 0)
TITLES = (
    "Say why",
    "Paying abroad",
    "Why, and paying",
    "Something else",
    "journey.opp-3",
    "paying: journey.pay-bill why",
)
BODIES = ("", "Why?", "journey.opp-3 journeysync:k3f9", "journey.journey.opp-3")
OURS = ("journey.opp-3", "journey.opp-4", "journey.pay-bill", "journey.pay-bill.pay", "journey.band-4")
LABELS = (
    *OURS,
    "Journey.Opp-3",
    "JOURNEY.PAY-BILL",
    "journey.opp",
    "journey.opp-3journey.opp-3",
    "journey.",
    "journey.nonsense",
    "journey.ignore",
    "journeys.opp-3",
    "other.opp-3",
    "urgent",
    "iOS",
    "ios",
)
OTHER = "zz99"
SCORES = (None, 0, 12, 87, 85, 45)
SOME = st.integers(0, 7)
MOST_TICKETS = 10
MEMORY = Path("/dev/shm")  # a store that nobody keeps needs no disk
FOLDER = Path(tempfile.mkdtemp(prefix="machine-", dir=MEMORY if MEMORY.is_dir() else None))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
FEW_MINUTES, DAYS = 300, 3 * 86_400


class Machine(RuleBasedStateMachine):
    """One company, its tracker and its workspace."""

    make_site: Callable[[], Site] = FakeSite
    make_shelf: Callable[[], Shelf | None] = staticmethod(lambda: None)

    def __init__(self) -> None:
        super().__init__()
        self.folder = FOLDER / type(self).__name__
        shutil.rmtree(self.folder, ignore_errors=True)
        self.site: Site = type(self).make_site()
        self.firm = Firm(self.folder, self.site, shelf=type(self).make_shelf())
        self.other = Firm(self.folder / "other", self.site, workspace=OTHER, namespace="other.")
        self.other.in_field = False
        self.other.write_files()
        self.records: dict[str, Record] = {}
        self.printed: Any = frozenset()
        self.last_run = ""
        self.old_receipts: list[Any] = []
        self.unseen_receipts = False  # where a lost store could not see them, or where people put them themselves

    def teardown(self) -> None:
        try:
            if self.records:
                self._leave()
        finally:
            self.site.close()
            self.firm.shelf.close()
            self.other.shelf.close()

    # people --------------------------------------------------------------------------------------------------

    def _pick(self, number: int) -> Record | None:
        alive = sorted(self.records)
        return self.records[alive[number % len(alive)]] if alive else None

    def _note(self, ticket: str, project: str, parent: str | None = None) -> Record:
        record = Record(
            id=ticket,
            project=project,
            title=self.site.title(ticket),
            body=self.site.body(ticket),
            labels=set(self.site.labels(ticket)),
            score=self.site.score(ticket),
            parent=parent,
            is_open=self.site.is_open(ticket),
            scope=frozenset(self.site.projects),
        )
        self.records[ticket] = record
        record.looks_again(self.site)
        return record

    def _project(self, number: int) -> str:
        return (*self.site.projects, self.site.outside)[number % (len(self.site.projects) + 1)]

    @initialize(titles=st.lists(st.sampled_from(TITLES), min_size=1, max_size=4), run_first=st.booleans())
    def begin(self, titles: list[str], run_first: bool) -> None:
        for title in titles:
            self._note(self.site.create(title, self._project(0), None, ()), self._project(0))
        if run_first:
            self.run("sync")

    @rule(
        title=st.sampled_from(TITLES),
        where=SOME,
        above=st.none() | SOME,
        labels=st.lists(st.sampled_from(LABELS), max_size=2, unique=True),
    )
    def make(self, title: str, where: int, above: int | None, labels: list[str]) -> None:
        if len(self.records) >= MOST_TICKETS:
            return
        parent, project = self._pick(above) if above is not None else None, self._project(where)
        ticket = self.site.create(title, project, parent.id if parent else None, labels)
        self._note(ticket, project, parent.id if parent else None)

    @rule(number=SOME, title=st.sampled_from(TITLES), body=st.none() | st.sampled_from(BODIES))
    def edit(self, number: int, title: str, body: str | None) -> None:
        if record := self._pick(number):
            self.site.edit(record.id, title=title, body=body)
            record.title, record.body = self.site.title(record.id), self.site.body(record.id)

    @rule(number=SOME, label=st.sampled_from(LABELS))
    def type_label(self, number: int, label: str) -> None:
        if record := self._pick(number):
            self._type(record, label)

    def _type(self, record: Record, label: str) -> None:
        before = set(self.site.labels(record.id))
        if label in before:
            return
        self.site.type_label(record.id, label)
        for spelled in set(self.site.labels(record.id)) - before:
            if spelled in record.held:  # taken off and typed again before we looked: nobody can tell
                record.unsure.add(f"label:{spelled}")
            else:
                record.labels.add(spelled)

    @rule(
        number=SOME,
        other=SOME,
        which=SOME,
        way=st.sampled_from(WAYS),
        where=st.sampled_from(("title", "body", "label", "comment")),
    )
    def paste(self, number: int, other: int, which: int, way: str, where: str) -> None:
        """Put what we wrote in one ticket, or a part or a changed form of it, into a person's text in another."""
        record, source = self._pick(number), self._pick(other)
        if record is None or source is None:
            return
        texts = output_of(self.site, source.id)
        text = twisted(texts[which % len(texts)], way)
        if where == "label" and (label := as_label(text)):
            self._type(record, label)
        elif where == "title":
            self.site.edit(record.id, title=as_title(text))
        elif where == "body":
            self.site.edit(record.id, body=text)
        elif where == "comment" and self.site.can_comment:
            self.site.comment(record.id, text)
        record.title, record.body = self.site.title(record.id), self.site.body(record.id)
        record.looks_again(self.site)

    @rule(number=SOME, which=SOME)
    def remove_label(self, number: int, which: int) -> None:
        if not (record := self._pick(number)) or not (there := self.site.labels(record.id)):
            return
        label = there[which % len(there)]
        self.site.remove_label(record.id, label)
        if label not in record.labels or record.is_unsure(f"label:{label}"):
            record.said_no = True
        record.labels.discard(label)

    @precondition(lambda self: self.site.score_field)
    @rule(number=SOME, value=st.sampled_from(SCORES))
    def set_score(self, number: int, value: int | None) -> None:
        if (record := self._pick(number)) and self.site.score(record.id) != value:
            self.site.set_score(record.id, value)
            record.score = self.site.score(record.id)
            self._may_be_enforced(record)

    def _may_be_enforced(self, record: Record) -> None:
        """Note that a person's score in a field that was ours once may be written over: people asked for that."""
        if self.firm.policy == "enforce" and record.sent:
            record.unsure.add("score")

    @rule(
        number=SOME,
        other=SOME,
        what=st.sampled_from(("link", "receipt", "foreign", "theirs", "old", "old release", "cloned")),
    )
    def tamper(self, number: int, other: int, what: str) -> None:
        """Take out or put in marks: ours, those of another workspace, an old one, one of another ticket."""
        record, source = self._pick(number), self._pick(other)
        if record is None or source is None:
            return
        receipt = self.site.receipts(source.id).get(WORKSPACE)
        if what == "link":
            self.site.drop_link(record.id)
        elif what == "receipt":
            self.site.put_receipt(record.id, WORKSPACE, None)
        elif what == "foreign":
            self.site.put_receipt(record.id, "yy11", receipt or {"v": 1, "links": ["OPP-3"], "slots": {}})
            self.site.add_link(record.id, "https://journeys.example/x", "Of another workspace", f"{MARK}yy11")
        elif what == "theirs":
            self.site.add_link(record.id, "https://journeys.example/journeys/pay-bill", "OPP-3", "")
        elif what == "old" and self.old_receipts:
            self._put(record, self.old_receipts[number % len(self.old_receipts)])
        elif what == "old release" and receipt:
            self._put(record, {name: value for name, value in receipt.items() if name != "ticket"})
        elif what == "cloned" and receipt and record is not source:
            self._put(record, receipt)
        record.looks_again(self.site)

    def _put(self, record: Record, receipt: Any) -> None:
        """Put a receipt there. That of another ticket makes nothing ours; one that may be its own makes it unsure."""
        self.site.put_receipt(record.id, WORKSPACE, receipt)
        record.has_unseen = True  # no list tells of it
        if receipt.get("ticket") in (None, record.id, *record.former):
            record.unsure.add("*")
            self.unseen_receipts = True

    @rule(number=SOME, what=st.sampled_from(("close", "reopen", "hide", "show", "delete")))
    def change_state(self, number: int, what: str) -> None:
        record = self._pick(number)
        if record is None:
            return
        if what in ("close", "reopen"):
            record.is_open = what == "reopen"
            self.site.set_open(record.id, is_open=record.is_open)
        elif what in ("hide", "show") and not self.site.can_hide:
            return
        elif what in ("hide", "show"):
            record.hidden = what == "hide"
            self.site.set_hidden(record.id, hidden=record.hidden)
        else:
            self.site.delete(record.id)
            del self.records[record.id]

    @rule(number=SOME, where=SOME, new_id=st.booleans())
    def move(self, number: int, where: int, new_id: bool) -> None:
        record, project = self._pick(number), self._project(where)
        if record is None or record.project == project or record.hidden:
            return
        moved = self.site.move(record.id, project, new_id=self.site.moves[new_id % len(self.site.moves)])
        record.project = project
        if moved != record.id:
            self._follow(record, moved)

    def _follow(self, record: Record, moved: str) -> None:
        """Go on under the new id: what the tracker dropped on the way is nobody's word any longer."""
        del self.records[record.id]
        for child in self.records.values():
            if child.parent == record.id and self.site.moves == (True,):
                child.parent = moved
        there = set(self.site.labels(moved))
        record.former.add(record.id)
        record.id = moved
        record.labels &= there
        self.records[moved] = record

    @precondition(lambda self: self.site.can_clone)
    @rule(number=SOME, with_receipt=st.booleans())
    def clone(self, number: int, with_receipt: bool) -> None:
        record = self._pick(number)
        if record is None or len(self.records) >= MOST_TICKETS:
            return
        twin = self.site.clone(record.id, with_receipt=with_receipt)
        self._note(twin, record.project, record.parent)

    @rule(number=SOME, above=st.none() | SOME)
    def hang(self, number: int, above: int | None) -> None:
        record = self._pick(number)
        parent = self._pick(above) if above is not None else None
        if record is None or (parent and self._is_below(parent, record)):
            return
        self.site.hang(record.id, parent.id if parent else None)
        record.parent = parent.id if parent else None

    def _is_below(self, low: Record, high: Record) -> bool:
        seen: set[str] = set()
        at: Record | None = low
        while at is not None and at.id not in seen:
            if at is high:
                return True
            seen.add(at.id)
            at = self.records.get(at.parent or "")
        return False

    @rule(
        what=st.sampled_from(("why", "paying", "value", "opportunity", "placement", "policy")),
        value=st.sampled_from((9.3, 1.0, 8.9)),
        policy=st.sampled_from(("respect", "enforce", "once")),
    )
    def decide(self, what: str, value: float, policy: str) -> None:
        """Change a rule, a value, the opportunities, where scores stand, or whose word counts."""
        firm = self.firm
        if what in firm.rules:
            firm.rules[what] = not firm.rules[what]
        elif what == "value":
            firm.value = value
        elif what == "opportunity":
            firm.has_paying = not firm.has_paying
        elif what == "policy":
            firm.policy = policy
            for record in self.records.values():
                self._may_be_enforced(record)
        else:
            firm.in_field = not firm.in_field
        firm.write_files()

    @rule(seconds=st.sampled_from((FEW_MINUTES, FEW_MINUTES, 3_600, DAYS)), lag=st.booleans())
    def wait(self, seconds: int, lag: bool) -> None:
        self.site.clock.pass_time(seconds=seconds)
        self.site.lag(on=lag)
        if not lag:
            self.site.catch_up()

    # runs ----------------------------------------------------------------------------------------------------

    def _run(self, act: Callable[[], Any], *, takes_out: bool = False, may_break: bool = False) -> Any:
        """Run something and compare what it did with what it may do."""
        begun = len(self.site.writes())
        before = {r.id: (set(self.site.labels(r.id)), self.site.score(r.id)) for r in self.records.values()}
        result = None
        try:
            try:
                result = act()
            except UnsafePlan as error:
                assert self.unseen_receipts, error  # noqa: PT017  # then a person is told to rebuild, and does
                assert len(self.site.writes()) == begun, "something was written with a lost store"
                self.site.heal()
                self.firm.rebuild()
                result = act()
        except Killed:
            self.firm.restore_store()
            self.site.clock.pass_time(seconds=180)
        except JourneySyncError as error:
            if not may_break:
                raise
            assert int(error.exit_code) in (3, 4, 75, 64), error  # noqa: PT017
        finally:
            self.site.heal()
            self._hear(before)
        for write in self.site.writes()[begun:]:
            record = self.records.get(write.ticket)
            assert record is not None, f"{write} went to a ticket that is not there"
            assert not record.hidden, f"{write} went to a hidden ticket"
            assert takes_out or record.is_open, f"{write} went to a closed ticket"
            assert takes_out or record.in_scope, f"{write} went out of scope"
        return result

    def _hear(self, before: dict[str, tuple[set[str], Any]]) -> None:
        """Note which labels and scores we put there."""
        for record in self.records.values():
            labels, score = before[record.id]
            there, now = set(self.site.labels(record.id)), self.site.score(record.id)
            put = {label for label in there - labels if label.startswith("journey.")}
            record.held |= put
            record.had |= put
            taken = {label for label in labels - there if not record.is_unsure(f"label:{label}")}
            assert taken <= record.held, f"{record.id}: {taken - record.held} taken off, which we never put there"
            if now != score:
                if now is not None:
                    record.sent.add(now)
                if record.score in record.sent or record.score is None:
                    record.score = None
            if receipt := self.site.receipts(record.id).get(WORKSPACE):
                self.old_receipts = [copy.deepcopy(receipt), *self.old_receipts][:6]

    def _synced(self, result: Any) -> None:
        if result is not None and result.applied.summary.written:
            self.last_run = result.applied.run

    @rule(what=st.sampled_from(("sync", "sync", "sync full", "pull", "pull full")))
    def run(self, what: str) -> None:
        full = what.endswith("full")
        if what.startswith("sync"):
            self._synced(self._run(lambda: self.firm.sync(full=full)))
        else:
            self._run(lambda: self.firm.pull(full=full))

    @rule(fault=st.integers(0, 6), number=st.integers(0, 9))
    def run_while_broken(self, fault: int, number: int) -> None:
        self.site.break_down(self.site.faults[fault % len(self.site.faults)], number)
        self._synced(self._run(self.firm.sync, may_break=True))

    @rule(number=st.integers(0, 15))
    def run_and_die(self, number: int) -> None:
        self.site.kill(number, self.firm.keep_store)
        self._synced(self._run(self.firm.sync))

    @rule(apply=st.booleans())
    def plan_now_and_apply_later(self, apply: bool) -> None:
        if not apply:
            self.printed = self._run(self.firm.printed)
            return

        def carry_out() -> None:
            with suppress(PlanMoved):
                self.firm.apply(self.printed)

        self._run(carry_out)

    @rule(leaves=st.booleans())
    def another_workspace_runs(self, leaves: bool) -> None:
        """Two workspaces on one tracker: neither reads nor changes what the other left."""
        ours = {
            r.id: ({*self.site.labels(r.id)} - r.labels, self.site.score(r.id), self.site.receipts(r.id).get(WORKSPACE))
            for r in self.records.values()
        }
        if leaves:
            self.other.uninstall()
        else:
            self.other.sync()
        for record in self.records.values():
            labels, score, receipt = ours[record.id]
            there = set(self.site.labels(record.id))
            record.labels = {label for label in record.labels if not label.startswith("other.")} | {
                label for label in there if label.startswith("other.")
            }
            assert there - record.labels == labels, f"{record.id}: another workspace changed our labels"
            assert self.site.score(record.id) == score
            assert self.site.receipts(record.id).get(WORKSPACE) == receipt
            record.looks_again(self.site)

    @precondition(lambda self: self.last_run)
    @rule()
    def undo(self) -> None:
        run, self.last_run = self.last_run, ""

        def take_back() -> None:
            with suppress(ConfigError):  # everything that it tried had failed
                self.firm.undo(run)

        self._run(take_back, takes_out=True)

    @rule()
    def settle(self) -> None:
        """Let everything come to rest: then the ticket shows what it should, and nothing is left to do."""
        self._rest()
        result = self._run(lambda: self.firm.sync(full=True))
        assert result.applied.exit_code == 0, result.applied
        self._synced(result)
        if result.applied.summary.skipped:  # marks were changed where no list tells: seen now, written by the next run
            self._synced(self._run(self.firm.sync))
        assert self._run(self.firm.plan).tickets == (), "a plan right after a run is not empty"
        begun, reads = len(self.site.writes()), self.site.reads()
        again = self._run(self.firm.sync)
        assert again.applied.plan.tickets == ()
        assert self.site.writes()[begun:] == [], "a second run wrote something"
        if self.site.counts_reads and not any(self._is_asked_for(r) for r in self.records.values()):
            assert self.site.reads() - reads == 1, "a run with nothing to do costs more than one read"
        hidden = {r.id for r in self.records.values() if r.hidden}
        assert self.firm.unsettled() <= hidden
        assert self.firm.waits_for() == []
        for record in self.records.values():
            self._shows_what_it_should(record)
            record.held = set(self.site.labels(record.id)) - record.labels

    def _is_asked_for(self, record: Record) -> bool:
        """Return whether a ticket, or its parent, is read by itself in each run until it answers."""
        above = self.records.get(record.parent or "")
        return record.said_no or record.hidden or (record.parent is not None and (above is None or above.hidden))

    def _rest(self) -> None:
        self.site.heal()
        self.site.lag(on=False)
        self.site.catch_up()
        self.site.clock.pass_time(seconds=2 * 86_400)

    def _shows_what_it_should(self, record: Record) -> None:
        if not record.in_scope or record.hidden or not record.is_open or record.said_no or record.unsure:
            return
        there = {label.casefold() for label in self.site.labels(record.id)}
        if record.ignored:
            assert set(self.site.labels(record.id)) <= record.labels, f"{record.id}: ignored, and not cleaned"
            assert record.has_unseen or self.site.receipts(record.id).get(WORKSPACE) is None
            return
        words = record.title.casefold()
        firm = self.firm
        wanted = {"journey.opp-3", "journey.pay-bill"} if firm.rules["why"] and says(words, "why") else set()
        if firm.rules["paying"] and says(words, "paying"):
            wanted |= {"journey.pay-bill"} | ({"journey.opp-4"} if firm.has_paying else set())
        wanted -= record.had if firm.policy == "once" else set()
        assert wanted <= there, f"{record.id} lacks {wanted - there}"
        text = f"{words} {self.site.body(record.id).casefold()}"
        says_more = any(word in text for word in ("why", "paying", "opp-", "pay-bill", "see-why"))
        if not wanted and not says_more and record.parent is None and not record.has_our_words:
            assert set(self.site.labels(record.id)) == record.labels, f"{record.id}: more than it should show"
            assert self.site.score(record.id) == record.score

    @rule()
    def lose_the_store(self) -> None:
        self.site.heal()
        self.site.lag(on=False)
        self.site.catch_up()
        for record in self.records.values():
            record.lose_store(self.site)
            unseen = record.hidden or not record.in_scope
            self.unseen_receipts |= unseen and record.own_receipt(self.site) is not None
        self.firm.lose_store()
        self.last_run, self.printed = "", frozenset()
        begun = len(self.site.writes())
        seen = [r for r in self.records.values() if r.in_scope and not r.hidden]
        if any(self._names(r) for r in seen):
            with pytest.raises(UnsafePlan, match="ledger rebuild"):
                self.firm.sync()
            assert self.site.writes()[begun:] == [], "something was written with a lost store"
        self._run(self.firm.rebuild)

    def _names(self, record: Record) -> bool:
        """Return whether a receipt stands there that was written for this very id, or for none."""
        receipt = self.site.receipts(record.id).get(WORKSPACE)
        return receipt is not None and receipt.get("ticket") in (None, record.id)

    @rule()
    def leave_and_come_back(self) -> None:
        self._leave()
        for record in self.records.values():
            record.start_anew(self.site)

    def _leave(self) -> None:
        for record in self.records.values():
            if record.hidden:
                self.site.set_hidden(record.id, hidden=False)
                record.hidden = False
        self._rest()
        result, proof = self._run(self.firm.uninstall, takes_out=True)
        assert result.exit_code == 0, result
        for record in self.records.values():
            record.is_bare(self.site)
        if not any(record.unsure for record in self.records.values()):
            assert proof.is_clean, proof.ours
        self.last_run, self.printed = "", frozenset()

    @invariant()
    def people_lose_no_word(self) -> None:
        for record in self.records.values():
            record.sees(self.site)


class JiraMachine(Machine):
    """The same over HTTP."""

    make_site = JiraSite


class GitHubMachine(Machine):
    """The same on GitHub: issues, comments, transfers."""

    make_site = GitHubSite


class ServerMachine(Machine):
    """The same with the store on a PostgreSQL server."""

    make_shelf = ServerShelf


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs open their store in a temporary folder: in memory as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(FOLDER))


def play(machine: type[Machine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            print_blob=True,
            # To shrink takes many minutes; the steps of a failure are printed as they are.
            phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if os.environ.get("JOURNEYSYNC_SHRINK") else [])],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_people_and_runs_take_turns_on_a_tracker_in_memory() -> None:
    play(Machine, SOAK or 14, 30 if SOAK else 20)


def test_people_and_runs_take_turns_on_a_jira_site() -> None:
    play(JiraMachine, SOAK or 4, 25 if SOAK else 15)


def test_people_and_runs_take_turns_on_a_github_site() -> None:
    play(GitHubMachine, SOAK or 4, 25 if SOAK else 15)


def test_people_and_runs_take_turns_with_the_store_on_a_server() -> None:
    postgresql_server()
    play(ServerMachine, SOAK or 2, 25 if SOAK else 12)
