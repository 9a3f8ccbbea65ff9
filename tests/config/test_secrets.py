"""Secrets stand in files by reference only, are read late, and are never shown."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from journeysync.config import load_settings, resolve_connection, shown_config
from journeysync.config.load import load_all_that_fits
from journeysync.connector import Secret
from journeysync.errors import ConfigError

Write = Callable[[Mapping[str, str]], Path]

CANARY = "s3cr3tCANARY"
CONFIG = """\
workspace: {{id: k3f9, name: Solvane}}
connections:
  billing:
    connector: jira
    url: https://solvane.example
    auth: {{kind: api-token, user: bot, token: {token}}}
    scope: {{projects: [BILL]}}
"""


def config(token: str) -> dict[str, str]:
    return {"journeysync.yaml": CONFIG.format(token=token)}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (CANARY, "6:47: connections.billing.auth.token holds the secret itself"),
        (f"'{CANARY}'", "6:47: connections.billing.auth.token holds the secret itself"),
        (f"[{CANARY}]", "6:47: connections.billing.auth.token holds the secret itself"),
        (f"{{value: {CANARY}}}", "6:47: connections.billing.auth.token is not a reference to a secret"),
        (f"{{env: A, file: {CANARY}}}", "6:47: connections.billing.auth.token is not a reference to a secret"),
        (f"{{command: pass {CANARY}}}", "6:57: connections.billing.auth.token.command must be a list of words"),
        ("", "6:40: connections.billing.auth.token is empty"),
        (f"*{CANARY}", "an alias"),
        (f"!{CANARY} x", "a tag"),
        (f"&{CANARY} x", "an anchor"),
        (f"x, token:{CANARY}: x", "is not a word"),
        (f"@{CANARY}", "a value cannot start with @"),
    ],
)
def test_a_secret_in_the_file_is_a_problem_that_does_not_repeat_it(write: Write, token: str, expected: str) -> None:
    settings, problems = load_settings(write(config(token)), {})
    said = "\n".join(str(problem) for problem in problems)
    assert settings is None
    assert expected in said
    assert CANARY not in said
    assert CANARY not in repr(problems)


def test_a_secret_in_the_wrong_place_is_not_repeated_either(write: Write) -> None:
    for text in (f"auth: {CANARY}", f"auth: [{CANARY}]", f"tokn: {CANARY}", f"options: {{api_token: {CANARY}}}"):
        lines = config("{env: T}")["journeysync.yaml"].splitlines()
        lines[5] = f"    {text}"
        problems = load_settings(write({"journeysync.yaml": "\n".join(lines)}), {})[1]
        assert problems
        assert CANARY not in "\n".join(str(problem) for problem in problems)


def test_a_secret_in_a_variable_that_goes_over_the_file_is_refused_too(write: Write) -> None:
    env = {"JOURNEYSYNC_CONNECTIONS__BILLING__AUTH__TOKEN": CANARY}
    problems = load_settings(write(config("{env: T}")), env)[1]
    assert "AUTH__TOKEN: connections.billing.auth.token holds the secret itself" in str(problems[0])
    assert CANARY not in str(problems[0])


def test_an_environment_secret_is_resolved_and_never_printed(write: Write) -> None:
    settings, problems = load_settings(write(config("{env: JIRA_TOKEN}")), {"JIRA_TOKEN": CANARY})
    assert problems == ()
    assert settings is not None
    assert CANARY not in repr(settings) + shown_config(settings) + settings.model_dump_json()
    resolved = resolve_connection(settings, "billing", {"JIRA_TOKEN": f"{CANARY}\n"})
    token = resolved.auth["token"]
    assert isinstance(token, Secret)
    assert token.reveal() == CANARY
    assert CANARY not in repr(resolved) + str(resolved) + repr(token) + str(token)
    assert str(token) == "Secret(env JIRA_TOKEN)"
    assert resolved.auth["user"] == "bot"
    assert resolved.scope == {"projects": ["BILL"]}
    assert resolved.workspace == "k3f9"
    assert resolved.where == "journeysync.yaml:3:3"


def test_a_missing_variable_says_which_one_and_for_what(write: Write) -> None:
    settings, _ = load_settings(write(config("{env: JIRA_TOKEN}")), {})
    assert settings is not None
    with pytest.raises(ConfigError) as caught:
        resolve_connection(settings, "billing", {})
    assert str(caught.value).splitlines()[:2] == [
        "the environment variable JIRA_TOKEN is not set",
        "  where: connections.billing.auth.token",
    ]


def test_a_secret_file_is_relative_to_the_workspace(write: Write, tmp_path: Path) -> None:
    settings, _ = load_settings(write(config("{file: token.txt}")), {})
    assert settings is not None
    with pytest.raises(ConfigError, match=r"token\.txt cannot be read: No such file"):
        resolve_connection(settings, "billing", {})
    (tmp_path / "token.txt").write_text(f"{CANARY}\n")
    assert resolve_connection(settings, "billing", {}).auth["token"].reveal() == CANARY


@pytest.mark.parametrize("content", ["", "\n", "a\x00b", "a\x1b[31m"])
def test_an_empty_or_broken_secret_is_refused_without_showing_it(write: Write, tmp_path: Path, content: str) -> None:
    settings, _ = load_settings(write(config("{file: token.txt}")), {})
    assert settings is not None
    (tmp_path / "token.txt").write_text(content)
    with pytest.raises(ConfigError, match=r"the secret for connections\.billing\.auth\.token") as caught:
        resolve_connection(settings, "billing", {})
    assert "\x1b" not in str(caught.value)


def test_a_command_gives_the_secret_it_prints(write: Write) -> None:
    command = f'["{sys.executable}", "-c", "print(chr(120) * 3)"]'
    settings, problems = load_settings(write(config(f"{{command: {command}}}")), {})
    assert problems == ()
    assert settings is not None
    assert resolve_connection(settings, "billing", {}).auth["token"].reveal() == "xxx"


def test_a_command_that_fails_shows_nothing_of_what_it_printed(write: Write) -> None:
    command = f"""["{sys.executable}", "-c", "print('{CANARY}'); raise SystemExit(3)"]"""
    settings, _ = load_settings(write(config(f"{{command: {command}}}")), {})
    assert settings is not None
    with pytest.raises(ConfigError, match="it ended with 3") as caught:
        resolve_connection(settings, "billing", {})
    assert CANARY not in str(caught.value)


def test_a_config_that_nobody_named_runs_no_command(write: Write) -> None:
    path = write(config("{command: [pass, show, jira]}"))
    settings, problems = load_settings(path, {}, found_upwards=True)
    assert settings is None
    assert str(problems[0]) == (
        "journeysync.yaml:6:57: connections.billing.auth.token.command is not run: this file was found by searching, "
        "nobody named it\n  next: name it with --config or JOURNEYSYNC_CONFIG if you trust it"
    )
    assert load_settings(path, {}, found_upwards=False)[1] == ()


def test_what_is_read_for_further_checks_holds_no_secret_for_a_run(write: Write) -> None:
    _, problems = load_all_that_fits(write(config(CANARY)), {})
    assert any(problem.is_error for problem in problems)


def test_keyring_that_is_not_installed_says_how_to_install_it(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    settings, _ = load_settings(write(config("{keyring: journeysync/jira}")), {})
    assert settings is not None
    with pytest.raises(ConfigError, match="keyring is not installed") as caught:
        resolve_connection(settings, "billing", {})
    assert "journeysync[keyring]" in caught.value.next_step


def test_an_unknown_connection_is_named_with_its_neighbours(write: Write) -> None:
    settings, _ = load_settings(write(config("{env: T}")), {})
    assert settings is not None
    with pytest.raises(ConfigError) as caught:
        resolve_connection(settings, "biling", {})
    assert str(caught.value) == (
        "there is no connection 'biling'\n"
        "  where: connections in journeysync.yaml (there: billing)\n"
        "  next:  did you mean billing?"
    )
