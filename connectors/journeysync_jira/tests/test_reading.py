"""Pull, sweep, fetch and observe over HTTP against the sandbox; costs are counted in requests."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from journeysync.errors import ConfigError
from journeysync.http import Clock
from journeysync.model.change import LINK, PROPERTY, label_slot
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, Moved
from journeysync.sandbox import JiraSandbox, Limits, start_jira_cloud
from journeysync_jira.connection import JiraConnector
from journeysync_jira.reading import Mark, mark_of, minutes_back

from .conftest import Memory

Connect = Callable[..., JiraConnector]


def fill(site: JiraSandbox, count: int, project: str = "BILL") -> list[str]:
    return [site.state.create_issue(project, f"Ticket {number}").id for number in range(count)]


def test_a_first_pull_gives_every_ticket_once(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    ids = fill(site, 250)
    fill(site, 5, "ONB")
    taken = memory.take(billing.pull(None))
    assert sorted(ticket.ref.id for ticket in taken) == sorted(ids)
    assert memory.complete
    assert site.requests.total == 1 + 3
    assert billing.traffic.requests == 4
    assert billing.traffic.writes == 0


def test_an_empty_scope_is_a_complete_pull(billing: JiraConnector, memory: Memory) -> None:
    assert memory.take(billing.pull(None)) == []
    assert memory.complete
    assert memory.position is not None
    assert memory.take(billing.pull(memory.cursor)) == []


def test_nothing_changed_costs_one_request(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    fill(site, 120)
    memory.take(billing.pull(None))
    site.requests.reset()
    assert memory.take(billing.pull(memory.cursor)) == []
    assert site.requests.by_endpoint() == {"POST /rest/api/3/search/jql": 1}


def test_one_percent_changed_costs_two_requests(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    ids = fill(site, 500)
    memory.take(billing.pull(None))
    for each in ids[:5]:
        site.state.edit(each, summary="Changed")
    site.requests.reset()
    assert {ticket.title for ticket in memory.take(billing.pull(memory.cursor))} == {"Changed"}
    assert site.requests.total == 2


def test_our_own_writes_are_not_fetched_again(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    """After an apply the store holds what was observed; the echo in the list costs no request a ticket."""
    ids = fill(site, 50)
    memory.take(billing.pull(None))
    for each in ids:
        site.state.add_label(each, "journey.pay")
    memory.tickets |= {seen.ticket.ref.id: seen.ticket for seen in billing.observe(ids, frozenset())}
    site.requests.reset()
    pages = list(billing.pull(memory.cursor))
    assert sum(page.seen for page in pages) == 50
    assert sum(len(page.tickets) for page in pages) == 0
    assert site.requests.total == 1


def test_many_tickets_changed_in_the_same_instant_are_all_read(connect: Connect, memory: Memory) -> None:
    now = datetime.now(UTC).timestamp() - 60
    with start_jira_cloud(projects=["BILL"], clock=lambda: now) as server:
        ids = [server.state.create_issue("BILL").id for _number in range(230)]
        connector = connect(server, options={"page_size": 40})
        assert {ticket.ref.id for ticket in memory.take(connector.pull(None))} == set(ids)
        for each in ids:
            server.state.edit(each, summary="all at once")
        memory.tickets.clear()
        taken = memory.take(connector.pull(memory.cursor))
        assert sorted(ticket.ref.id for ticket in taken) == sorted(ids)
        connector.close()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Los_Angeles", "Asia/Kolkata"])
def test_the_time_zone_of_the_account_hides_no_change(connect: Connect, memory: Memory, zone: str) -> None:
    with start_jira_cloud(projects=["BILL"], time_zone=zone) as server:
        first = server.state.create_issue("BILL").id
        connector = connect(server)
        memory.take(connector.pull(None))
        second = server.state.create_issue("BILL").id
        assert {ticket.ref.id for ticket in memory.take(connector.pull(memory.cursor))} == {second}
        assert set(memory.tickets) == {first, second}
        assert all(ticket.updated_at.utcoffset() == timedelta(0) for ticket in memory.tickets.values())
        connector.close()


def test_a_search_that_lags_behind_is_caught_by_the_overlap(
    site: JiraSandbox, billing: JiraConnector, memory: Memory
) -> None:
    early, late = fill(site, 2)
    memory.take(billing.pull(None))
    site.state.index.lag_seconds = 3_600
    site.state.edit(early, summary="written, not yet found")
    site.state.index.lag_seconds = 0
    site.state.edit(late, summary="found at once")
    assert {ticket.ref.id for ticket in memory.take(billing.pull(memory.cursor))} == {late}
    site.state.index.catch_up()
    assert {ticket.title for ticket in memory.take(billing.pull(memory.cursor))} == {"written, not yet found"}


class _Behind(Clock):
    """A machine whose clock is six hours behind."""

    def now(self) -> datetime:
        return super().now() - timedelta(hours=6)


def test_a_clock_of_ours_that_is_hours_behind_misses_nothing(
    site: JiraSandbox, connect: Connect, memory: Memory
) -> None:
    """The server's clock decides; where ours misleads the first try, it is asked a second time."""
    fill(site, 3)
    memory.take(connect().pull(None))
    behind = Mark((datetime.now(UTC) - timedelta(hours=5)).isoformat())
    memory.tickets.clear()
    site.requests.reset()
    assert len(memory.take(connect(clock=_Behind()).pull(Cursor(behind.text(), known=memory.known)))) == 3
    assert site.requests.of("search/jql") == 2


def test_a_date_header_that_is_behind_jiras_own_clock_does_not_eat_the_overlap(
    site: JiraSandbox, billing: JiraConnector, memory: Memory
) -> None:
    early, late = fill(site, 2)
    memory.take(billing.pull(None))
    site.add_fault("skew:seconds=-600")
    site.state.index.lag_seconds = 3_600
    edited_at = datetime.now(UTC) - timedelta(minutes=8)
    site.state.clock = edited_at.timestamp
    site.state.edit(early, summary="written, not yet found")
    site.state.index.lag_seconds = 0
    site.state.clock = time.time
    site.state.edit(late, summary="found at once")
    memory.take(billing.pull(memory.cursor))
    site.state.index.catch_up()
    assert {ticket.title for ticket in memory.take(billing.pull(memory.cursor))} == {"written, not yet found"}


def test_the_cursor_is_never_later_than_the_servers_clock(connect: Connect, memory: Memory) -> None:
    ahead = datetime.now(UTC).timestamp() + 7_200
    with start_jira_cloud(projects=["BILL"], clock=lambda: ahead) as server:
        server.state.create_issue("BILL")
        connector = connect(server)
        memory.take(connector.pull(None))
        mark = mark_of(memory.cursor.position)
        assert mark is not None
        assert mark.moment <= datetime.now(UTC) + timedelta(seconds=2)
        connector.close()


def test_the_cursor_never_goes_back(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    [only] = fill(site, 1)
    memory.take(billing.pull(None))
    before = memory.position
    site.state.delete(only)
    memory.take(billing.pull(memory.cursor))
    assert mark_of(memory.position or "").updated >= mark_of(before or "").updated  # type: ignore[union-attr]


@pytest.mark.parametrize("position", ["", "rubbish", "{}", '{"updated":"2026-01-01"}', '{"updated":5}'])
def test_a_position_that_is_not_ours_reads_everything(site: JiraSandbox, billing: JiraConnector, position: str) -> None:
    fill(site, 3)
    pages = list(billing.pull(Cursor(position)))
    assert sum(len(page.tickets) for page in pages) == 3


def test_only_the_last_page_carries_a_cursor(site: JiraSandbox, billing: JiraConnector) -> None:
    fill(site, 250)
    pages = list(billing.pull(None))
    assert [bool(page.cursor) for page in pages] == [page.complete for page in pages]
    assert [page.complete for page in pages].count(True) == 1
    assert pages[-1].complete
    assert sum(page.seen for page in pages) == 250


def test_minutes_are_rounded_up_and_overlap_on_top() -> None:
    at = datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
    assert minutes_back(at, at + timedelta(seconds=61), 10) == 12
    assert minutes_back(at, at - timedelta(hours=1), 10) == 10


def test_small_id_pages_are_read_as_full_rows_at_once(connect: Connect, memory: Memory) -> None:
    """A server that gives 50 ids a page would cost ids and rows; full rows alone cost half."""
    with start_jira_cloud(projects=["BILL"], limits=Limits(rows_ids=50, rows_small=50, rows_full=50)) as server:
        ids = [server.state.create_issue("BILL").id for _number in range(400)]
        connector = connect(server)
        taken = memory.take(connector.pull(None))
        assert sorted(ticket.ref.id for ticket in taken) == sorted(ids)
        assert server.requests.of("bulkfetch") == 0
        assert server.requests.total <= 400 / 50 + 2
        connector.close()


# parents


def test_parents_outside_of_the_scope_come_along_as_context(
    site: JiraSandbox, billing: JiraConnector, memory: Memory
) -> None:
    top = site.state.create_issue("ONB", "Everything", type="Epic")
    middle = site.state.create_issue("ONB", "Half of it", parent=top.key)
    inside = site.state.create_issue("BILL", "Mine", parent=middle.key)
    memory.take(billing.pull(None))
    assert memory.keys() == {top.key, middle.key, inside.key}
    context = {ticket.key for ticket in memory.tickets.values() if ticket.context}
    assert context == {top.key, middle.key}
    assert memory.tickets[inside.id].parent == middle.id


def test_a_parent_that_the_store_knows_is_not_fetched(
    site: JiraSandbox, billing: JiraConnector, memory: Memory
) -> None:
    epic = site.state.create_issue("BILL", "Epic", type="Epic")
    fill(site, 3)
    memory.take(billing.pull(None))
    child = site.state.create_issue("BILL", "Child", parent=epic.key)
    site.requests.reset()
    [ticket] = memory.take(billing.pull(memory.cursor))
    assert (ticket.ref.id, ticket.parent) == (child.id, epic.id)
    assert site.requests.total == 2


def test_a_parent_that_cannot_be_read_is_simply_absent(
    site: JiraSandbox, billing: JiraConnector, memory: Memory
) -> None:
    epic = site.state.create_issue("ONB", "Secret", type="Epic")
    child = site.state.create_issue("BILL", "Child", parent=epic.key)
    site.state.hide_project("ONB")
    memory.take(billing.pull(None))
    assert memory.keys() == {child.key}
    assert memory.complete


def test_parents_in_a_circle_end(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    one, other = site.state.create_issue("ONB"), site.state.create_issue("ONB")
    site.state.edit(one.key, parent=other.key)
    site.state.edit(other.key, parent=one.key)
    site.state.create_issue("BILL", parent=one.key)
    memory.take(billing.pull(None))
    assert len(memory.tickets) == 3


# scope


def test_a_scope_by_search_reads_what_it_finds(site: JiraSandbox, connect: Connect, memory: Memory) -> None:
    epic = site.state.create_issue("ONB", "Epic", type="Epic")
    wanted = site.state.create_issue("BILL", "Wanted", labels=["team-a"], parent=epic.key)
    site.state.create_issue("BILL", "Other")
    connector = connect(scope={"jql": "labels = team-a OR labels = team-b"})
    memory.take(connector.pull(None))
    assert memory.keys() == {wanted.key, epic.key}
    assert memory.tickets[epic.id].context
    site.state.edit(wanted.key, summary="Again")
    assert [ticket.title for ticket in memory.take(connector.pull(memory.cursor))] == ["Again"]


def test_a_project_that_does_not_exist_is_named_with_a_guess(site: JiraSandbox, connect: Connect) -> None:
    with pytest.raises(ConfigError) as caught:
        list(connect(scope={"projects": ["BIL", "ONB"]}).pull(None))
    assert "BIL" in caught.value.what
    assert "did you mean 'BILL'" in caught.value.next_step
    assert caught.value.where == "journeysync.yaml:5:3"


def test_a_search_that_jira_does_not_understand_is_a_mistake_in_the_configuration(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="scope"):
        list(connect(scope={"jql": "labels === x"}).pull(None))


# sweep, fetch, observe


def test_a_sweep_gives_every_id_with_its_time(site: JiraSandbox, connect: Connect) -> None:
    ids = fill(site, 250)
    pages = list(connect(options={"page_size": 100}).sweep())
    rows = dict(row for page in pages for row in page.rows)
    assert set(rows) == set(ids)
    assert [page.complete for page in pages] == [False, False, True]
    assert all(abs((datetime.now(UTC) - at).total_seconds()) < 60 for at in rows.values())


def test_a_ticket_is_found_moved_gone_or_hidden(site: JiraSandbox, billing: JiraConnector) -> None:
    stays, moves, dies, hides = fill(site, 4)
    site.state.move(moves, "ONB")
    site.state.delete(dies)
    site.state.hide(hides)
    answers = dict(zip((stays, moves, dies), billing.fetch([stays, moves, dies]), strict=True))
    assert isinstance(answers[stays], Found)
    moved = answers[moves]
    assert isinstance(moved, Moved)
    assert moved.ticket.project == "ONB"
    assert isinstance(answers[dies], Gone)
    assert "404" in answers[dies].cause


def test_nothing_is_gone_while_a_project_of_the_scope_is_hidden(site: JiraSandbox, connect: Connect) -> None:
    [ticket] = fill(site, 1)
    site.state.hide_project("BILL")
    connector = connect(scope={"projects": ["ONB", "BILL"]})
    site.requests.reset()
    [answer] = connector.fetch([ticket])
    assert isinstance(answer, Hidden)
    assert "BILL" in answer.cause


def test_many_missing_tickets_ask_for_the_projects_once(site: JiraSandbox, billing: JiraConnector) -> None:
    fill(site, 1)
    answers = list(billing.fetch([str(number) for number in range(900_000, 900_005)]))
    assert {type(answer) for answer in answers} == {Gone}
    assert site.requests.of("project/search") == 1


def test_out_of_a_search_scope_is_moved_and_said_by_a_fresh_read(site: JiraSandbox, connect: Connect) -> None:
    inside = site.state.create_issue("BILL", labels=["team-a"])
    outside = site.state.create_issue("BILL", labels=["team-a"])
    connector = connect(scope={"jql": "labels = team-a"})
    site.state.index.lag_seconds = 3_600
    site.state.remove_label(outside.id, "team-a")
    answers = list(connector.fetch([inside.id, outside.id]))
    assert [type(answer) for answer in answers] == [Found, Moved]


def test_under_a_search_scope_a_ticket_is_gone_only_where_its_project_can_be_read(
    site: JiraSandbox, connect: Connect, memory: Memory
) -> None:
    dies, hides = fill(site, 1)[0], fill(site, 1, "ONB")[0]
    loose = connect(scope={"jql": "summary ~ Ticket"})
    memory.take(loose.pull(None))
    site.state.delete(dies)
    site.state.hide_project("ONB")
    assert [type(answer) for answer in loose.fetch([dies, hides])] == [Gone, Hidden]
    fresh = connect(scope={"jql": "summary ~ Ticket"})
    assert [type(answer) for answer in fresh.fetch([dies, hides])] == [Hidden, Hidden]
    named = connect(scope={"jql": "project = BILL AND labels is EMPTY"})
    assert [type(answer) for answer in named.fetch([dies])] == [Gone]


def test_observing_reads_the_ticket_itself_and_never_the_list(site: JiraSandbox, billing: JiraConnector) -> None:
    [ticket] = fill(site, 1)
    site.state.index.lag_seconds = 3_600
    site.state.add_label(ticket, "journey.pay")
    site.state.set_property(ticket, "journeysync.k3f9", {"v": 1, "links": [], "score": None, "slots": {}})
    slots = frozenset({label_slot("journey.pay"), label_slot("journey.other"), PROPERTY})
    [seen] = billing.observe([ticket], slots)
    assert seen.get(label_slot("journey.pay")) is True
    assert seen.get(label_slot("journey.other")) is None
    assert seen.get(PROPERTY) == {"v": 1, "links": [], "score": None, "slots": {}}
    assert site.requests.of("search") == 0


def test_links_are_asked_for_only_where_they_matter(site: JiraSandbox, billing: JiraConnector) -> None:
    first, second = fill(site, 2)
    site.state.link(first, "https://journeys.example/1", "Pay", global_id="journeysync:k3f9")
    site.state.link(second, "https://elsewhere.example", "Other", global_id="system=other")
    seen = list(billing.observe([first, second], frozenset()))
    assert site.requests.of("remotelink") == 0
    assert len(seen) == 2
    shown = {each.ticket.ref.id: each.get(LINK) for each in billing.observe([first, second], frozenset({LINK}))}
    assert shown == {first: {"url": "https://journeys.example/1", "title": "Pay"}, second: None}


def test_a_ticket_that_moved_out_of_scope_is_observed_as_such(site: JiraSandbox, billing: JiraConnector) -> None:
    here, away = site.state.create_issue("BILL"), site.state.create_issue("BILL")
    site.state.move(away.id, "ONB")

    seen = {each.ticket.ref.id: each.ticket.context for each in billing.observe([here.id, away.id], frozenset())}

    assert seen == {here.id: False, away.id: True}


def test_a_ticket_that_cannot_be_read_is_left_out_of_what_is_observed(
    site: JiraSandbox, billing: JiraConnector
) -> None:
    [ticket] = fill(site, 1)
    assert [seen.ticket.ref.id for seen in billing.observe([ticket, "424242"], frozenset())] == [ticket]


def test_configured_fields_are_read_with_the_ticket(site: JiraSandbox, connect: Connect, memory: Memory) -> None:
    score = site.state.add_field("Journey score")
    size = site.state.add_field("Size", "select", options=("Small", "Large"))
    points = site.state.add_field("Story points")
    [ticket] = fill(site, 1)
    site.state.set_field(ticket, score, 92)
    site.state.set_field(ticket, size, {"id": "1", "value": "Large"})
    site.state.set_field(ticket, points, 5)
    connector = connect(fields=(score, size), options={"estimate_field": points})
    [seen] = memory.take(connector.pull(None))
    assert (seen.field(score), seen.field(size), seen.estimate) == (92, "Large", 5.0)


def test_links_to_tickets_start_with_the_configured_address(site: JiraSandbox, connect: Connect) -> None:
    fill(site, 1)
    [page, _last] = connect(url=site.url + "/").pull(None)
    assert page.tickets[0].url == f"{site.url}/browse/BILL-1"


def test_the_position_is_readable_json(site: JiraSandbox, billing: JiraConnector, memory: Memory) -> None:
    fill(site, 1)
    memory.take(billing.pull(None))
    assert set(json.loads(memory.cursor.position)) <= {"updated", "skew_seconds"}
