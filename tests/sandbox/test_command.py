"""The commands that serve a sandbox to a person: what they print, and what a wrong option says."""

import httpx
import pytest

from journeysync.cli.main import run
from journeysync.errors import ExitCode
from journeysync.sandbox import start_jira_cloud
from journeysync.sandbox.server import LocalServer


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Look at the served pages in the place of waiting for Ctrl-C."""
    statuses: list[int] = []
    monkeypatch.setattr(LocalServer, "wait", lambda self: statuses.append(httpx.get(self.url).status_code))
    return statuses


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["jira-cloud"], ["Jira Cloud", "bot@sandbox.example", "sandbox-token", "/ex/jira/", "sandbox-scoped-token"]),
        (["github", "--repository", "solvane/app:public"], ["GitHub sandbox", "/graphql", "ghp_sandbox-token"]),
        (["github", "--enterprise"], ["/api/v3", "/api/graphql"]),
        (["jira-dc", "--context-path", "/jira"], ["Jira Data Center", "/jira ", "sandbox-token", "sandbox-password"]),
    ],
)
def test_a_site_is_served_and_its_sign_ins_are_printed(
    arguments: list[str], told: list[str], looked_at: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", *arguments]) == 0
    out = capsys.readouterr().out
    assert [word for word in told if word not in out] == []
    assert looked_at == [200]


@pytest.mark.parametrize("flavour", ["jira-cloud", "jira-dc"])
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--load", "nowhere.jsonl", "there is no file nowhere.jsonl"),
        ("--fault", "nix", "unknown fault 'nix'"),
        ("--time-zone", "Mars", "Mars"),
    ],
)
def test_a_wrong_option_is_named(
    flavour: str, option: str, value: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sandbox", flavour, option, value]) == ExitCode.USAGE
    assert told in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with start_jira_cloud() as other:
        assert run(["sandbox", "jira-dc", "--port", str(other.port)]) == ExitCode.USAGE
        assert f"cannot serve on port {other.port}" in capsys.readouterr().err
