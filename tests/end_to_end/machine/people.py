"""The people of the machine: what they do in their tracker and in their files, and what they remember of it."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from .fake_site import FakeSite
from .firm import Firm
from .record import Record
from .site import MARK, WORKSPACE, Site
from .stores import Shelf
from .words import WAYS, as_label, as_title, output_of, twisted

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


class People(RuleBasedStateMachine):
    """One company, its tracker, its workspace, and what people do."""

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
