"""A workspace that moves to PostgreSQL and back goes on where it was: nothing is planned, nothing written again."""

from pathlib import Path

from journeysync.sandbox.jira.app import JiraSandbox
from journeysync.testing.databases import empty_schema

from .test_kill import command_line, effective, shop

__all__ = ["shop"]  # a fixture of theirs
SYNC = ("sync", "--yes", "--allow", "first-run", "--allow", "changed")


def test_a_workspace_that_moved_plans_and_writes_nothing_new(shop: JiraSandbox, tmp_path: Path) -> None:
    cli = command_line(tmp_path, shop, {})
    cli.run(*SYNC)
    shop.state.index.catch_up()
    before = effective(shop)
    with empty_schema() as (server, schema):
        url = server.set(drivername="postgresql", password=None).render_as_string()
        if server.password:
            cli.env |= {"PGPASSWORD": str(server.password)}

        moved = cli.run("db", "copy", url, "--schema", schema)

        assert moved.rstrip().splitlines()[-1] == f'store: {{url: "{url}", schema: {schema}}}'
        again = cli.start("db", "copy", url, "--schema", schema)
        assert "the target is not empty" in again.communicate(timeout=60)[1]
        assert again.returncode == 1

        config = cli.folder / "journeysync.yaml"
        old = config.read_text(encoding="utf-8")
        config.write_text(f"{old}\n{moved.rstrip().splitlines()[-1]}\n", encoding="utf-8")
        assert cli.json("plan")["changes"] == []
        cli.run(*SYNC)
        assert effective(shop) == before

        back = cli.json("db", "copy", f"sqlite:///{tmp_path}/back.db")
        assert {table["name"]: table["rows"] for table in back["tables"]}["ledger"] > 0
        config.write_text(f'{old}\nstore: {{url: "sqlite:///{tmp_path}/back.db"}}\n', encoding="utf-8")
        cli.run(*SYNC)
        assert effective(shop) == before


def test_a_password_on_the_command_line_is_refused_and_not_repeated(shop: JiraSandbox, tmp_path: Path) -> None:
    cli = command_line(tmp_path, shop, {})
    process = cli.start("db", "copy", "postgresql://bot:hunter2@db.example/journeys")
    out, said = process.communicate(timeout=60)
    assert process.returncode == 64
    assert "PGPASSWORD" in said
    assert "hunter2" not in out + said


def test_an_upgrade_of_a_store_that_is_up_to_date_says_so(shop: JiraSandbox, tmp_path: Path) -> None:
    cli = command_line(tmp_path, shop, {})
    assert cli.run("db", "upgrade").startswith("Made: tables ")
    assert cli.run("db", "upgrade").startswith("Up to date: tables ")
    again = cli.json("db", "upgrade")
    assert (again["before"], again["changed"]) == (again["after"], False)
