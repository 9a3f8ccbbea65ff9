"""The lives that tickets lead, each played in each sandbox: afterwards links, texts, ledger and receipts are whole.

A life is what happens outside of us (a move, a clone, a redesign of a journey). After it the loop runs twice,
in full: the second run writes nothing, what we hold is what stands in the ticket, and people's words are theirs.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journeysync.connector import ConnectionSettings, Secret
from journeysync.model.change import TEXTS
from journeysync.model.ticket import TicketRef
from journeysync.richtext import words
from journeysync.sandbox import start_jira_dc
from journeysync_jira.connection import JiraConnector

from .loop import Time
from .machine.dying import Dying
from .machine.fake_site import FakeSite
from .machine.firm import Firm
from .machine.github_site import GitHubSite
from .machine.jira_site import JiraSite
from .machine.site import OUTSIDE, PROJECTS

HOUR = 3600
DAY = 24 * HOUR
WORDS = "Words of a person."


class DcSite(JiraSite):
    """A Jira Data Center sandbox over HTTP: wiki markup, personal tokens."""

    def __init__(self) -> None:
        self.clock: Any = Time()
        self.server: Any = start_jira_dc(projects=[*PROJECTS, OUTSIDE], clock=lambda: self.clock().timestamp())
        self.state = self.server.state
        self.score_field = self.state.add_field("Journey score", "number", number=10101)
        self._dying = Dying()
        self._lag: Any = 0.0

    def connector(self, workspace: str, keys: Any) -> Any:
        settings = ConnectionSettings(
            name="billing",
            url=self.server.url,
            auth={"kind": "personal-token", "token": Secret(self.server.token, "env TEST")},
            scope={"projects": list(PROJECTS)},
            workspace=workspace,
            known_keys=keys,
            fields=(self.score_field,),
            where="journeysync.yaml:5:3",
        )
        return JiraConnector(settings, clock=self.clock)


class Life:
    """A firm on a site whose tickets tell their context in a place; some tickets, and the loop."""

    def __init__(self, folder: Path, site: Any, place: str) -> None:
        self.site, self.place = site, place
        self.firm = Firm(folder, site)
        self.placement = f"defaults: {{context: [{place}], quiet_after_days: 0}}\n"
        self.firm._write("mappings/placement.yaml", self.placement)
        self.near, self.far = site.projects[0], site.projects[1]
        self.ticket = site.create("Say why it is higher", self.near, None, ("mobile",))
        self.other = site.create("Why again", self.far, None, ())
        site.edit(self.ticket, body=WORDS)

    def write(self, name: str, text: str) -> None:
        """Change a file of the workspace."""
        self.firm._write(name, text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a part of a file."""
        text = self.firm.files[name]
        assert old in text
        self.firm._write(name, text.replace(old, new))

    def run(self) -> Any:
        """Run the whole loop an hour later."""
        self.site.clock.pass_time(seconds=HOUR)
        return self.firm.sync(full=True)

    def settles(self, ticket: str, *, tells: str = "See why it changed") -> None:
        """Run until nothing is left to do; check that what we hold is what stands there.

        A ticket that gets a new id is first followed, then written to: that takes two runs.
        """
        for _ in range(1 + self.site.moves[-1]):
            self.run()
        before = len(self.site.writes())
        self.run()
        assert self.site.writes()[before:] == []
        held = self.whole(ticket)
        assert held[self.place]["state"] == "ours", held
        assert tells in held[self.place]["words"]

    def whole(self, ticket: str) -> dict[str, Any]:
        """Return what stands in each slot that we hold in a ticket; ledger, receipt and ticket agree."""
        ref = TicketRef(connection="billing", id=ticket)
        with self.firm.open() as workspace:
            rows = workspace.store.ledger([ref]).get(ref, ())
            slots = {row.slot for row in rows}
            seen = next(iter(workspace.connector(workspace.connections(())[0]).observe([ticket], frozenset(slots))))
        assert {row.state for row in rows} <= {"live"}
        receipt = seen.ticket.own_receipt
        assert {slot for slot, _ in receipt.slots} == slots - {"property"} if receipt else not slots
        missing = [slot for slot in slots if seen.get(slot) is None]
        assert missing == []
        assert seen.ticket.body in (WORDS, "")
        return dict(seen.values)

    def holds_nothing(self, ticket: str) -> None:
        """Check that neither ledger nor ticket know of us."""
        ref = TicketRef(connection="billing", id=ticket)
        with self.firm.open() as workspace:
            assert workspace.store.ledger([ref]).get(ref, ()) == ()
            slots = frozenset({"comment", "block", "property"})
            for seen in workspace.connector(workspace.connections(())[0]).observe([ticket], slots):
                assert seen.values == ()
                assert not [label for label in seen.ticket.labels if label.startswith("journey.")]


SITES = {"cloud": JiraSite, "data-center": DcSite, "github": GitHubSite, "fake": FakeSite}
ALL = [
    ("cloud", "block"), ("data-center", "comment"), ("github", "comment"), ("fake", "block"),
    ("cloud", "comment"), ("data-center", "block"), ("github", "block"), ("fake", "comment"),
]  # fmt: skip
PLACES = ALL if os.environ.get("JOURNEYSYNC_SOAK") else ALL[:4]


@pytest.fixture(params=PLACES, ids=[f"{site}-{place}" for site, place in PLACES])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Life]:
    site = SITES[request.param[0]]()
    life = Life(tmp_path, site, request.param[1])
    life.run()
    life.whole(life.ticket)
    yield life
    site.close()


def moved(life: Life) -> str:
    return life.site.move(life.ticket, life.far, new_id=life.site.moves[0])  # type: ignore[no-any-return]  # the site is Any


def moved_out_of_scope_and_back(life: Life) -> str:
    away = life.site.move(life.ticket, life.site.outside, new_id=life.site.moves[0])
    life.run()
    return life.site.move(away, life.near, new_id=life.site.moves[0])  # type: ignore[no-any-return]  # the site is Any


def reparented(life: Life) -> str:
    life.site.hang(life.ticket, life.other)
    return life.ticket


def closed_and_reopened(life: Life) -> str:
    life.site.set_open(life.ticket, is_open=False)
    life.run()
    life.site.set_open(life.ticket, is_open=True)
    return life.ticket


def permission_lost_and_given_back(life: Life) -> str:
    if life.site.can_hide:
        life.site.set_hidden(life.ticket, hidden=True)
        life.run()
        life.site.set_hidden(life.ticket, hidden=False)
    return life.ticket


def namespace_changed(life: Life) -> str:
    life.write("mappings/placement.yaml", f"label_namespace: reise.\n{life.placement}")
    life.run()
    assert not [label for label in life.site.labels(life.ticket) if label.startswith("journey.")]
    assert "reise.pay-bill" in life.site.labels(life.ticket)
    return life.ticket


def an_outage_in_the_middle(life: Life) -> str:
    life.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    life.site.break_down(life.site.faults[0], 3)
    life.run()
    life.site.heal()
    life.replace("journeys/pay-bill.yaml", "See what changed", "See why it changed")
    return life.ticket


def a_new_template(life: Life) -> str:
    before = len(life.site.writes())
    words._MONTHS, kept = tuple(month.upper() for month in words._MONTHS), words._MONTHS
    try:
        life.site.clock.pass_time(seconds=30 * DAY)
        life.run()
        assert life.site.writes()[before:] == [], "new words of a release alone write nothing"
    finally:
        words._MONTHS = kept
    return life.ticket


@pytest.mark.parametrize(
    "happens",
    [
        moved, moved_out_of_scope_and_back, reparented, closed_and_reopened, permission_lost_and_given_back,
        namespace_changed, an_outage_in_the_middle, a_new_template,
    ],
    ids=lambda each: each.__name__,
)  # fmt: skip
def test_a_ticket_is_whole_after(life: Life, happens: Callable[[Life], str]) -> None:
    life.settles(happens(life))


@pytest.mark.parametrize(
    ("name", "old", "new", "tells"),
    [
        ("journeys/pay-bill.yaml", "name: See why it changed", "name: See what is new", "See what is new"),
        ("journeys/pay-bill.yaml", "{id: see-why,", "{id: see-reason, was: [see-why],", "See why it changed"),
        ("journeys/pay-bill.yaml", "insights: [{id: I-7,", "insights: [{id: I-7, private: true,", "See why it changed"),
        ("journeys/opportunities.yaml", "name: Say why,", "name: Say why it rose,", "Say why it rose"),
        ("journeys/opportunities.yaml", "{id: OPP-3,", "{id: OPP-9, was: [OPP-3],", "OPP-9"),
    ],
    ids=["step renamed", "step moved", "insight made private", "opportunity renamed", "opportunity merged"],
)  # fmt: skip
def test_a_journey_that_is_redesigned_is_told_anew_and_keeps_its_links(
    life: Life, name: str, old: str, new: str, tells: str
) -> None:
    life.replace(name, old, new)
    life.settles(life.ticket, tells=tells)
    assert ("Nobody says why" in life.whole(life.ticket)[life.place]["words"]) is ("private" not in new)


def test_a_deleted_ticket_is_let_go_and_the_others_go_on(life: Life) -> None:
    life.site.delete(life.ticket)
    life.settles(life.other)


def test_a_clone_tells_its_own_context_and_is_cleaned_with_the_rest(life: Life) -> None:
    if not life.site.can_clone:
        pytest.skip("this tracker cannot clone")
    twin = life.site.clone(life.ticket, with_receipt=False)
    life.run()
    life.settles(life.ticket)
    ref = TicketRef(connection="billing", id=twin)
    with life.firm.open() as workspace:
        connector = workspace.connector(workspace.connections(())[0])
        [seen] = connector.observe([twin], frozenset({life.place}))
        assert {row.slot for row in workspace.store.ledger([ref])[ref]} & TEXTS == {life.place}
    assert seen.get(life.place)["state"] == "ours"
    life.site.clock.pass_time(seconds=HOUR)
    assert life.firm.uninstall()[1].is_clean


def test_a_connection_that_is_removed_leaves_nothing_once_it_was_uninstalled(life: Life) -> None:
    life.site.clock.pass_time(seconds=HOUR)
    result, proof = life.firm.uninstall()
    assert int(result.exit_code) == 0
    assert proof.is_clean, proof.ours
    life.holds_nothing(life.ticket)
    assert WORDS in life.site.body(life.ticket)


@pytest.fixture
def on_github(tmp_path: Path) -> Iterator[Life]:
    life = Life(tmp_path, GitHubSite(), "block")
    life.run()
    yield life
    life.site.close()


def test_a_renamed_repository_keeps_what_its_tickets_hold(on_github: Life) -> None:
    on_github.site.state.rename_repository(on_github.near, "application")
    on_github.settles(on_github.ticket)


def test_nothing_more_is_written_to_a_repository_that_was_made_public(on_github: Life) -> None:
    on_github.site.state.repository(on_github.near).visibility = "public"
    on_github.site.state.repository(on_github.near).changed()
    on_github.site.edit(on_github.ticket, title="Say why, in public")
    on_github.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    before = len(on_github.site.writes())
    on_github.run()
    public = {write.ticket for write in on_github.site.writes()[before:]}
    assert on_github.ticket not in public
    assert on_github.other in public
    on_github.site.clock.pass_time(seconds=HOUR)
    assert "See why it changed" in on_github.site.body(on_github.ticket)


def test_a_token_that_expires_half_way_costs_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    life = Life(tmp_path, JiraSite(), "comment")
    tickets = [life.site.create(f"Why {number}", life.near, None, ()) for number in range(6)]
    life.site.server.add_fault("401:path=/comment,after=2")
    life.run()
    life.site.server.clear_faults()
    for _ in range(2):
        life.run()
    for ticket in tickets:
        assert "See why it changed" in life.whole(ticket)["comment"]["words"]
        assert len(life.site.state.comments(ticket)) == 1
    life.site.close()
