"""link, unlink and the inbox, as somebody at a terminal uses them."""

import pytest
from tests.cli.conftest import Desk


def test_link_and_unlink_say_what_holds_now_and_explain_shows_them(desk: Desk) -> None:
    desk.loop()

    linked = desk.type("link", "ONB-5", "opp-4", "--why", "Welcome mails ask for a card", "--by", "Product owner")
    assert linked.code == 0
    assert linked.out.startswith("ONB-5 is linked to OPP-4 Pay in one tap\n")
    document = desk.json("unlink", "BILL-1", "OPP-3", "--until", "2099-01-01")

    assert document["was_linked"]
    assert [link["target"]["id"] for link in document["links"]] == ["pay-bill.see-why"]
    shown = desk.type("explain", "ONB-5").out
    assert "link OPP-4, Product owner, just now: Welcome mails ask for a card" in shown
    assert "until 2099-01-01" in desk.type("explain", "BILL-1").out
    desk.json("sync", "--yes")
    assert desk.json("plan")["changes"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("link", "BILL-99", "OPP-3"), "no ticket is called 'BILL-99'"),
        (("link", "BILL-1", "pay-bill.see-wy"), "did you mean pay-bill.see-why?"),
        (("unlink", "BILL-1", "OPP-3", "--until", "soon"), "'soon' is no date"),
        (("unlink", "BILL-1", "OPP-3", "--until", "2001-01-01"), "would have ended already"),
        (("inbox", "retry", "abcdef"), "no row of the inbox is called 'abcdef'"),
        (("inbox", "adopt", "journey.x"), "no ticket carries a label 'journey.x'"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error_with_a_next_step(
    desk: Desk, arguments: tuple[str, ...], says: str
) -> None:
    desk.json("pull")

    ran = desk.type(*arguments)

    assert ran.code == 64
    assert says in ran.err
    assert "next:" in ran.err
    assert not (desk.folder / "decisions.jsonl").exists()


def test_conflict_markers_in_the_decisions_stop_before_the_first_request(desk: Desk) -> None:
    desk.write("decisions.jsonl", "<<<<<<< HEAD\n")

    ran = desk.type("pull")

    assert ran.code == 64
    assert "decisions.jsonl:1: a conflict marker of git" in ran.err


class TestRows:
    """A label of unknown origin waits in the inbox."""

    @pytest.fixture
    def backlog(self, backlog):  # type: ignore[no-untyped-def]
        first, *others = backlog
        return ({**first, "fields": {**first["fields"], "labels": ["journey.opp-4"]}}, *others)

    def test_a_row_is_listed_with_its_id_and_answered_by_it(self, desk: Desk) -> None:
        desk.loop()
        (row,) = desk.json("inbox")["inbox"]
        assert (row["kind"], row["slot"], row["count"]) == ("unknown-origin", "label:journey.opp-4", 1)
        assert row["id"] in desk.type("inbox").out

        hidden = desk.type("inbox", "ignore", row["id"], "--until", "2099-01-01")
        assert hidden.code == 0
        assert desk.json("inbox") | {"generated_at": ""} == {
            "schema_version": 1,
            "generated_at": "",
            "inbox": [],
            "ignored": 1,
        }
        assert "ignored until 2099-01-01" in desk.type("inbox", "--all").out

        assert desk.json("inbox", "accept", "journey.opp-4")["tickets"] == 1
        assert desk.type("inbox", "--all").out == "The inbox is empty.\n"
        assert "accepted by" in desk.type("explain", "BILL-1").out


def test_validate_names_what_is_wrong_with_the_decisions(desk: Desk) -> None:
    desk.write("decisions.jsonl", '{"id": "a", "kind": "link", "at": "2026-11-22T12:00:00"}\n')

    ran = desk.type("validate")

    assert ran.code == 64
    assert "decisions.jsonl:1: this is no decision: a time needs its zone" in ran.out + ran.err
