"""The views that others read with SQL: their columns stay, and the dashboards in docs/ run on them."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import inspect, text

from journeysync.model.base import value_hash
from journeysync.model.ticket import State
from journeysync.store import Store
from journeysync.store.views import VIEWS
from journeysync.testing import a_ticket

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
FROZEN = "6fb68775"


def rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store._reading() as db:
        return [dict(row) for row in db.execute(text(query)).mappings()]


@pytest.fixture
def filled(store: Store) -> Store:
    nasty = "Why\x00 \\u0000 is it \ud800 higher"
    store.save_tickets(
        "billing",
        [
            a_ticket("BILL-1", title=nasty, state=State.DONE, done_at=NOW),
            a_ticket("BILL-2", title="Nobody asked"),
            a_ticket("BILL-3", context=True),
        ],
        read_at=NOW,
    )
    store.finish_read("billing", at=NOW, full=True)
    run = store.start_run("apply", at=NOW, by="ann")
    summary = {"written": 3, "unchanged": 0, "failed": 1, "skipped": 0, "requests": 7}
    store.finish_run(run, at=NOW + timedelta(seconds=90), exit_code=3, result={"summary": summary})
    store.save_snapshot(run, at=NOW, totals={"needs": 5, "needs_with_work": 4, "gaps": 1})
    return store


def test_every_view_has_the_columns_that_are_documented(store: Store) -> None:
    with store._reading() as db:
        seen = inspect(db)
        assert set(seen.get_view_names()) == set(VIEWS)
        columns = {view: [column["name"] for column in seen.get_columns(view)] for view in VIEWS}
    assert columns == {view: list(says) for view, (_, says) in VIEWS.items()}


def test_a_view_that_was_released_keeps_its_columns() -> None:
    columns = {view: sorted(says) for view, (_, says) in VIEWS.items()}
    assert value_hash(columns)[:8] == FROZEN, "make a view with the next number beside it"


def test_tickets_and_trend_are_read_as_they_are(filled: Store) -> None:
    found = rows(filled, "SELECT key, title, state, done_at, is_orphan FROM v_tickets_v1 ORDER BY key")
    assert [row["key"] for row in found] == ["BILL-1", "BILL-2"]
    assert "is it \ufffd higher" in found[0]["title"]
    assert str(found[0]["done_at"]).replace(" ", "T").startswith("2026-11-22T")
    assert found[0]["state"] == "done"

    (run,) = rows(filled, "SELECT started_by, seconds, exit_code, written, failed FROM v_runs_v1")
    assert (run["started_by"], float(run["seconds"]), run["written"], run["failed"]) == ("ann", 90.0, 3, 1)
    (trend,) = rows(filled, "SELECT needs, needs_with_work, gaps, thin FROM v_coverage_v1")
    assert trend == {"needs": 5, "needs_with_work": 4, "gaps": 1, "thin": None}
    assert rows(filled, "SELECT tickets FROM v_connections_v1") == [{"tickets": 2}]


def test_every_query_of_the_dashboards_runs(filled: Store) -> None:
    grafana = json.loads((DOCS / "dashboards/grafana.json").read_text(encoding="utf-8"))
    datasette = YAML(typ="safe").load((DOCS / "dashboards/datasette.yaml").read_text(encoding="utf-8"))
    queries = [target["rawSql"] for panel in grafana["panels"] for target in panel["targets"]]
    queries += [query["sql"] for query in datasette["databases"]["state"]["queries"].values()]
    assert len(queries) > 15
    read = set()
    for query in queries:
        read |= set(re.findall(r"\bv_\w+", query))
        rows(filled, re.sub(r"\$__timeFilter\((\w+)\)", r"\1 >= '2026-01-01T00:00:00Z'", query))
        assert not re.search(r"\b(?:FROM|JOIN) (?!v_)", query), query
    assert read == set(VIEWS)
