"""An explanation says what the ticket shows, not only what we wrote."""

from typing import Any


def test_what_a_person_changed_is_named_with_what_stands_there_now(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    bench.tracker.set_field(ticket, "score", 12)
    bench.tracker.remove_label(ticket, "journey.pay-bill")
    bench.pull()

    with bench.open() as workspace:
        found = workspace.explain(ticket)

    assert dict(found.drift) == {"field:score": 12}
    assert [(decision.kind, decision.target) for decision in found.decisions] == [("refuse", "label:journey.pay-bill")]
    assert found.as_json()["drift"]


def test_a_ticket_that_shows_what_we_wrote_has_no_drift(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    bench.pull()

    with bench.open() as workspace:
        assert workspace.explain(ticket).drift == ()
