"""kill -9 at every write of an apply, then run again: nothing lost, nothing twice.

The tracker is a sandbox over real HTTP in this process; the run is a process of
its own that is killed when the tracker has taken its n-th write.
"""

import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from journeysync.sandbox import start_jira_cloud
from journeysync.sandbox.jira.app import JiraSandbox
from journeysync.store import Store
from journeysync.testing.databases import DATABASES, store_variables

from .conftest import HERE, CommandLine

STARTER = HERE.parents[1] / "mappings/starter"
TICKETS = (
    "Size advice for children's bikes",
    "Parcel shop near me",
    "Compare two bikes on a tablet",
    "Tell people when the parcel is late",
)
WRITES = 16  # the most that four tickets can take: a PUT with its labels and receipt, and a link each


@pytest.fixture
def shop() -> Iterator[JiraSandbox]:
    with start_jira_cloud(projects=["SHOP"], index_lag_seconds=(0.0, 0.5), seed=7) as server:
        for title in TICKETS:
            server.state.create_issue("SHOP", title, type="Story")
        server.state.index.catch_up()
        yield server


def command_line(folder: Path, server: JiraSandbox, store: Mapping[str, str]) -> CommandLine:
    workspace = shutil.copytree(STARTER, folder / "workspace")
    config = workspace / "journeysync.yaml"
    text = config.read_text(encoding="utf-8").replace("write: plan", "write: sync")
    config.write_text(text, encoding="utf-8")
    cli = CommandLine(workspace, server.url, connection="shop")
    cli.env |= {"JOURNEYSYNC_CONNECTIONS__SHOP__AUTH__USER": server.user, "JIRA_TOKEN": server.token, **store}
    return cli


def unsettled(cli: CommandLine) -> int:
    """Return how many intents are open in the store of a workspace."""
    url = cli.env.get("JOURNEYSYNC_STORE__URL", f"sqlite:///{cli.folder}/.journeysync/state.db")
    password, schema = (cli.env.get(name) for name in ("TEST_PASSWORD", "JOURNEYSYNC_STORE__SCHEMA"))
    with Store.open(url, password=password, schema_name=schema) as store:
        return len(store.unsettled())


def effective(server: JiraSandbox) -> list[tuple[str, str, str]]:
    return [(row.issue_id, row.what, row.name) for row in server.journal.over_http() if row.changed]


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest) -> Iterator[Mapping[str, str]]:
    with store_variables(request.param, fresh=True) as variables:
        yield variables


def test_a_clean_apply_writes_each_place_once(shop: JiraSandbox, tmp_path: Path, store: Mapping[str, str]) -> None:
    cli = command_line(tmp_path, shop, store)

    cli.run("sync", "--yes", "--allow", "first-run", "--allow", "changed")

    places = effective(shop)
    assert len(places) == len(set(places))
    assert len({issue for issue, _, _ in places}) == len(TICKETS)
    assert cli.json("plan")["changes"] == []


# Every write in a file; on a server, where each kill takes longer and means the same, every fifth.
@pytest.mark.parametrize(
    ("store", "number"),
    [("sqlite", number) for number in range(1, WRITES + 1)] + [("postgresql", number) for number in (1, 6, 11, 16)],
    indirect=["store"],
)
def test_kill_nine_at_every_write_loses_nothing_and_doubles_nothing(
    shop: JiraSandbox, tmp_path: Path, store: Mapping[str, str], number: int
) -> None:
    cli = command_line(tmp_path, shop, store)
    process = cli.start("sync", "--yes", "--allow", "first-run", "--allow", "changed")
    end = time.monotonic() + 60
    while len(shop.journal.over_http()) < number and process.poll() is None and time.monotonic() < end:
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    shop.state.index.catch_up()

    cli.run("sync", "--yes", "--allow", "first-run", "--allow", "changed")
    shop.state.index.catch_up()

    places = effective(shop)
    assert len(places) == len(set(places)), "written twice"
    assert len({issue for issue, _, _ in places}) == len(TICKETS), "lost"
    assert cli.json("plan")["changes"] == []
    assert unsettled(cli) == 0
