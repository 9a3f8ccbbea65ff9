"""Connectors are found by entry point; what is missing says what to do."""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from journeysync.config import ConnectionConfig, connect, fields_of, load_connector, load_settings
from journeysync.connector import ConnectionSettings
from journeysync.errors import ConfigError

Write = Callable[[Mapping[str, str]], Path]

SETTINGS = ConnectionSettings(name="billing", url="https://x.example", auth={}, scope={}, workspace="k3f9")


def config(connector: str) -> ConnectionConfig:
    return ConnectionConfig(name="billing", connector=connector, url="https://x.example", where="journeysync.yaml:7:3")


def install(monkeypatch: pytest.MonkeyPatch, **connectors: str) -> None:
    entries = EntryPoints(EntryPoint(name, value, connect.GROUP) for name, value in connectors.items())
    monkeypatch.setattr(connect, "entry_points", lambda group: entries.select(group=group))
    monkeypatch.setattr(connect, "_entries", connect._entries.__wrapped__)


def test_an_unknown_connector_says_which_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, jira="a:b", github="a:b", linear="a:b")
    with pytest.raises(ConfigError) as caught:
        load_connector(config("jra"), SETTINGS)
    assert str(caught.value) == (
        "no connector is installed under the name 'jra'\n"
        "  where: connections.billing.connector in journeysync.yaml, line 7 (installed: github, jira, linear)\n"
        "  next:  write 'jira', or install the distribution journeysync-jra"
    )


def test_no_connector_at_all_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(ConfigError, match="no connector is installed at all") as caught:
        load_connector(config("jira"), SETTINGS)
    assert "pip install" in caught.value.next_step


def test_only_the_configured_connector_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, broken="no_such_module_here:connector", good="builtins:id")
    assert load_connector(config("good"), SETTINGS) == id(SETTINGS)  # type: ignore[comparison-overlap]  # any callable
    with pytest.raises(ConfigError, match="'broken' is installed, but cannot be loaded: ModuleNotFoundError"):
        load_connector(config("broken"), SETTINGS)


def test_a_connectors_own_error_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, picky="journeysync.errors:ConfigError", odd="builtins:int")
    with pytest.raises(ConfigError, match="'odd' does not take these settings: TypeError"):
        load_connector(config("odd"), SETTINGS)


def test_a_connector_is_told_all_fields_that_placement_names(write: Write) -> None:
    text = """\
defaults: {journey: [{field: customfield_1}, label]}
connections:
  billing:
    score: [{field: customfield_3}, label]
    projects: {ONB: {score: [{field: customfield_2}]}}
"""
    settings, _ = load_settings(write({"mappings/placement.yaml": text}), {})
    assert settings is not None
    assert fields_of(settings, "billing") == ("customfield_1", "customfield_2", "customfield_3")
    assert fields_of(settings, "other") == ("customfield_1",)
