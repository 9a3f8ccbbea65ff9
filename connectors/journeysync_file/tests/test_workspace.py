"""A file in a workspace: read, linked and counted like any tracker, never written."""

from itertools import takewhile
from pathlib import Path

from journeysync.app.workspace import Workspace
from journeysync.config.packs import copy_pack
from journeysync.config.validate import validate_workspace
from journeysync.errors import ExitCode

FILES = {
    "journeysync.yaml": """
workspace: {id: k3f9, name: Test}
connections:
  campaigns:
    connector: file
    url: tables/campaigns.csv
    options:
      columns: {id: ID, title: Name, kind: Type, state: Status, parent: Part of, labels: Tags}
      containers: [Campaign]
      settle_seconds: 0
""",
    "journeys/hierarchy.yaml": "lifecycles:\n  - {id: live, name: Live with us, macro: [{id: pay, name: Pay}]}\n",
    "journeys/pay.yaml": """
id: pay-bill
name: Understand and pay a bill
parent: pay
steps: [{id: see-why, name: See why it changed}]
""",
    "mappings/rules.yaml": """
rules:
  - {id: shock, when: {label: [bill-shock]}, link: {step: pay-bill.see-why}}
""",
    "mappings/vocabulary.yaml": """
teams:
  marketing:
    where: {connection: campaigns}
    kinds: {epic: [Campaign], story: [Mailing]}
""",
}
TABLE = (
    "ID,Name,Type,Status,Part of,Tags\nC-1,Bill shock,Campaign,Running,,bill-shock\nC-2,Mail 1,Mailing,Planned,C-1,\n"
)


def test_a_file_is_read_linked_and_counted_and_costs_nothing_while_it_stays_the_same(tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    table = tmp_path / "tables/campaigns.csv"
    table.parent.mkdir()
    table.write_text(TABLE)
    _, _, problems = validate_workspace(tmp_path / "journeysync.yaml", {})
    assert [problem for problem in problems if problem.is_error] == []
    with Workspace.open(tmp_path, env={}) as workspace:
        (row,) = workspace.pull(full=True).connections
        assert (row.read, row.changed, row.trouble) == (2, 2, None)
        found = workspace.links()
        assert (found.matched, dict(found.by_origin), found.orphans) == (2, {"rule": 1, "inherited": 1}, 0)
        assert workspace.plan().tickets == ()
        assert workspace.coverage().totals.tickets == 1  # the mailing; the campaign has it below
        table.write_text(TABLE)  # saved again, and the same
        (row,) = workspace.pull(full=True).connections
        assert (row.changed, workspace.links().matched) == (0, 0)
        table.write_text(TABLE.replace("Mail 1", "Mail one").replace("C-1,Bill", "C-1,A bill"))
        assert (workspace.pull().connections[0].changed, workspace.links().matched) == (2, 2)
        table.write_text(TABLE.splitlines()[0] + "\nC-1,Bill shock,Campaign,Running,,bill-shock\n")
        (row,) = workspace.pull(full=True).connections
        assert (row.gone, row.changed) == (1, 1)
        table.write_text("")
        (row,) = workspace.pull(full=True).connections
        assert row.trouble is not None
        assert row.trouble.exit_code == ExitCode.TRY_LATER
        assert workspace.store.count() == 1


def test_the_campaigns_of_the_demo_company_join_when_their_connection_is_no_comment_any_longer(tmp_path: Path) -> None:
    copy_pack("solvane", tmp_path, workspace_id="k3f9")
    for name, first in (("journeysync.yaml", "campaigns:"), ("mappings/vocabulary.yaml", "marketing:")):
        before, commented, after = (tmp_path / name).read_text(encoding="utf-8").partition(f"  # {first}")
        lines = (commented + after).splitlines(keepends=True)
        block = list(takewhile(lambda line: line.startswith("  # "), lines))
        told = [line.replace("  # ", "  ", 1) for line in block]
        (tmp_path / name).write_text("".join([before, *told, *lines[len(block) :]]), encoding="utf-8")
    with Workspace.open(tmp_path, env={}) as workspace:
        (row,) = workspace.pull("campaigns").connections
        assert (row.read, row.trouble) == (10, None)
        found = workspace.links()
        assert dict(found.by_origin)["reference"] == 2
        assert found.unknown_words == ()
        tickets = {ticket.key: ticket for batch in workspace.store.iter_tickets() for ticket in batch}
        assert tickets["MC-2"].parent == "MC-1"
