"""What people know about their tickets: their own words, kept beside the tracker and compared with it.

A place is *unsure* where nobody could tell any longer whose it is: a label that a
person typed while ours stood there, or what a lost store left without a receipt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from journeysync.core.held import short_hash

from .site import MARK, PROJECTS, WORKSPACE, Site

IGNORE = "journey.ignore"
EVERYTHING = "*"


@dataclass
class Record:
    """One ticket as its people left it."""

    id: str
    project: str
    title: str
    body: str
    labels: set[str]
    score: Any = None
    parent: str | None = None
    is_open: bool = True
    hidden: bool = False
    said_no: bool = False  # took off a label of ours
    held: set[str] = field(default_factory=set)  # labels that we put there, as far as people can tell
    sent: set[Any] = field(default_factory=set)  # scores that we put there
    unsure: set[str] = field(default_factory=set)
    links: dict[str, Any] = field(default_factory=dict)  # of others
    receipts: dict[str, Any] = field(default_factory=dict)  # of others
    comments: tuple[str, ...] = ()  # of others
    has_unseen: bool = False  # somebody put a receipt there, where no list tells
    former: set[str] = field(default_factory=set)  # ids that it had before
    had: set[str] = field(default_factory=set)  # labels that we ever put there: "once" writes none of them again
    scope: frozenset[str] = frozenset(PROJECTS)

    @property
    def in_scope(self) -> bool:
        """Whether the connection reads it."""
        return self.project in self.scope

    @property
    def ignored(self) -> bool:
        """Whether a person wants it left alone."""
        return IGNORE in {label.casefold() for label in self.labels}

    @property
    def has_our_words(self) -> bool:
        """Whether people's labels look like ours."""
        return any(label.casefold().startswith("journey.") for label in self.labels)

    def is_unsure(self, slot: str) -> bool:
        """Return whether nobody can tell whose a slot is."""
        return slot in self.unsure or EVERYTHING in self.unsure

    def sees(self, site: Site) -> None:
        """Check that everything that people put there is there, and that what else is there was put by us."""
        assert site.title(self.id) == self.title, f"{self.id}: the title is another one"
        assert site.body(self.id) == self.body, f"{self.id}: the body is another one"
        there = set(site.labels(self.id))
        lost = {label for label in self.labels - there if not self.is_unsure(f"label:{label}")}
        assert not lost, f"{self.id}: people's labels {lost} are gone"
        strange = {label for label in there - self.labels - self.held if not self.is_unsure(f"label:{label}")}
        assert not strange, f"{self.id}: labels {strange} come from nowhere"
        score = site.score(self.id)
        if self.score is not None and self.score not in self.sent and not self.is_unsure("score"):
            assert score == self.score, f"{self.id}: a person's score {self.score} became {score}"
        links, receipts = others(site, self.id)
        assert links == self.links, f"{self.id}: links of others changed"
        assert receipts == self.receipts, f"{self.id}: receipts of others changed"
        assert site.comments(self.id) == self.comments, f"{self.id}: comments of others changed"

    def looks_again(self, site: Site) -> None:
        """Note what others have there now, after people or another workspace did something."""
        links, receipts = others(site, self.id)
        self.links, self.receipts, self.comments = dict(links), dict(receipts), site.comments(self.id)

    def own_receipt(self, site: Site) -> Any:
        """Return our receipt if it was written for this ticket, under whatever id it had then."""
        receipt = site.receipts(self.id).get(WORKSPACE)
        whose = receipt.get("ticket") if receipt else None
        return receipt if whose is None or whose in (self.id, *self.former) else None

    def is_bare(self, site: Site) -> None:
        """Check that nothing but people's own is there: as it would be had we never come."""
        self.sees(site)
        if EVERYTHING in self.unsure:
            return
        left = set(site.labels(self.id)) - self.labels
        left = {label for label in left if not self.is_unsure(f"label:{label}")}
        assert not left, f"{self.id}: labels {left} were left behind"
        score = site.score(self.id)
        if not self.is_unsure("score"):
            fits = score is None if self.score is None else score in (None, self.score)
            assert fits, f"{self.id}: score {score} was left behind, people had {self.score}"
        if not self.is_unsure("link"):
            assert MARK + WORKSPACE not in site.links(self.id), f"{self.id}: our link was left behind"
        assert WORKSPACE not in site.receipts(self.id), f"{self.id}: our receipt was left behind"

    def lose_store(self, site: Site) -> None:
        """Note what nobody can tell any longer once the ledger is gone: only receipts know."""
        receipt = self.own_receipt(site)
        slots: dict[str, str] = receipt["slots"] if receipt else {}
        if receipt and not self.in_scope:
            self.unsure.add(EVERYTHING)  # nobody reads that receipt
        there = set(site.labels(self.id))
        for label in there:
            if f"label:{label}" in slots and label in self.labels:
                self.unsure.add(f"label:{label}")
            elif f"label:{label}" not in slots:
                self.labels.add(label)
        self.held = {label for label in there if f"label:{label}" in slots}
        score, slot = site.score(self.id), f"field:{site.score_field}"
        if score is not None and short_hash(score) != slots.get(slot):
            if self.score is None:
                self.sent.discard(score)
            self.score = score
        if MARK + WORKSPACE in site.links(self.id) and "link" not in slots:
            self.unsure.add("link")

    def start_anew(self, site: Site) -> None:
        """Note after an uninstall that nothing is ours: what could not be told is people's from now on."""
        if EVERYTHING in self.unsure:
            return
        self.labels = set(site.labels(self.id))
        self.score = site.score(self.id)
        self.held, self.sent, self.had, self.has_unseen = set(), set(), set(), False
        self.unsure &= {"link"}


def others(site: Site, ticket: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return links and receipts in a ticket that are not ours."""
    links = {name: link for name, link in site.links(ticket).items() if name != MARK + WORKSPACE}
    receipts = {name: value for name, value in site.receipts(ticket).items() if name != WORKSPACE}
    return links, receipts
