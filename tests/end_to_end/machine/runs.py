"""Runs of the product among the doings of people, and what has to hold after each step."""

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from journeysync.errors import ConfigError, JourneySyncError, PlanMoved, UnsafePlan
from journeysync.testing.failures import Killed

from .people import TITLES, People
from .record import Record
from .site import WORKSPACE
from .words import says


class Machine(People):
    """Runs and people take turns."""

    def teardown(self) -> None:
        try:
            if self.records:
                self._leave()
        finally:
            self.site.close()
            self.firm.shelf.close()
            self.other.shelf.close()

    @initialize(titles=st.lists(st.sampled_from(TITLES), min_size=1, max_size=4), run_first=st.booleans())
    def begin(self, titles: list[str], run_first: bool) -> None:
        for title in titles:
            self._note(self.site.create(title, self._project(0), None, ()), self._project(0))
        if run_first:
            self.run("sync")

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
            put = {label for label in there - labels if label.casefold().startswith("journey.")}
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
