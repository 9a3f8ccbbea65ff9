"""journeysync.yaml: what is read, what stands in without being written, and every way in which it can be wrong."""

# ruff: noqa: E501  # the tables of mistakes and messages are read side by side

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from journeysync.config import find_config, load_settings, shown_config, store_password
from journeysync.errors import ConfigError

Write = Callable[[Mapping[str, str]], Path]

HEAD = "workspace: {id: k3f9, name: Solvane}\n"


def blocks(path: Path, env: Mapping[str, str] | None = None, *, found_upwards: bool = False) -> list[str]:
    return [str(problem) for problem in load_settings(path, env or {}, found_upwards=found_upwards)[1]]


def connection(line: str, without: str = "") -> str:
    lines = {
        "connector": "connector: jira",
        "url": "url: https://solvane.example",
        "auth": "auth: {kind: api-token, user: bot, token: {env: JIRA_TOKEN}}",
        "scope": "scope: {projects: [BILL]}",
    }
    lines.pop(without, None)
    return HEAD + "connections:\n  billing:\n    " + "\n    ".join([line, *lines.values()]) + "\n"


def test_a_small_workspace_has_defaults_for_all_that_is_not_written(write: Write, tmp_path: Path) -> None:
    settings, problems = load_settings(write({}), {})
    assert problems == ()
    assert settings is not None
    assert (settings.workspace_id, settings.time_zone, settings.public_url) == ("k3f9", "UTC", None)
    assert settings.journeys == (tmp_path / "journeys",)
    assert settings.store_url == f"sqlite:///{tmp_path}/.journeysync/state.db"
    billing = settings.connections[0]
    assert (billing.write, billing.brakes.changed, billing.brakes.removed, billing.brakes.writes) == (
        "plan",
        0.3,
        10,
        500,
    )
    assert dict(billing.scope) == {"projects": ("BILL",)}
    assert settings.rules == ()
    assert settings.placement.label_namespace == "journey."
    assert settings.scoring.formula == "equal"
    assert len(settings.mappings_version) == 16


def test_a_share_is_read_from_percent_and_from_a_number(write: Write) -> None:
    for text, share in (("25%", 0.25), ("0.25", 0.25), ("100 %", 1.0)):
        settings, _ = load_settings(write({"journeysync.yaml": connection(f"brakes: {{changed: {text}}}")}), {})
        assert settings is not None
        assert settings.connections[0].brakes.changed == share


def test_the_pilot_and_the_connectors_own_keys_arrive(write: Write) -> None:
    line = "write_scope: {under: BILL-204}\n    options: {page_size: 50, timeout_seconds: 2.5, deep: [a, true]}"
    settings, problems = load_settings(write({"journeysync.yaml": connection(line)}), {})
    assert problems == ()
    assert settings is not None
    billing = settings.connections[0]
    assert billing.write_scope is not None
    assert billing.write_scope.under == ("BILL-204",)
    assert dict(billing.options) == {"page_size": 50, "timeout_seconds": 2.5, "deep": ("a", True)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (connection("conector: x", "connector"), "journeysync.yaml:4:5: connector is missing"),
        (connection("wirte: plan"), "journeysync.yaml:4:5: unknown key 'wirte'\n  did you mean: write\n"
         "  allowed: connector, url, auth, scope, write, write_scope, brakes, budget, visible_to, options"),
        (connection("write: alwas"), "journeysync.yaml:4:12: write is 'alwas': not known\n  allowed: plan, apply, sync"),
        (connection("brakes: {changed: 30}"), "journeysync.yaml:4:23: changed: a share is needed\n"
         "  allowed: 0% to 100%, or 0 to 1"),
        (connection("brakes: {removed: -1}"), "journeysync.yaml:4:23: removed is '-1': out of range\n  allowed: 0 or more"),
        (connection("url: solvane.example", "url"), "journeysync.yaml:4:10: connections.billing.url is no address\n"
         "  did you mean: https://solvane.example\n  allowed: https://... (or http://...)"),
        (connection("url: https://x.example/?a=1", "url"), "journeysync.yaml:4:10: connections.billing.url must end "
         "before ? and #\n  next: write the base address only"),
        (connection("scope: {projects: []}", "scope"), "journeysync.yaml:4:23: connections.billing.scope.projects must be "
         "a list with at least one name\n  next: projects: [ABC]"),
        (HEAD + "connections: {Billing: {connector: jira, url: https://x.example}}\n", "journeysync.yaml:2:15: "
         "connections is 'Billing': not an id\n  did you mean: billing\n"
         "  allowed: a lower-case letter, then letters, digits and _, at most 31"),
        (HEAD + "time_zone: Europe/Wien\n", "journeysync.yaml:2:12: time_zone: 'Europe/Wien' is no time zone\n"
         "  did you mean: Europe/Vienna\n  allowed: UTC, or a name like Europe/Vienna"),
        (HEAD + "time_zone: Vienna\n", "journeysync.yaml:2:12: time_zone: 'Vienna' is no time zone\n"
         "  did you mean: Europe/Vienna\n  allowed: UTC, or a name like Europe/Vienna"),
        (HEAD + "public_url: ftp://x\n", "journeysync.yaml:2:13: public_url is no address\n"
         "  allowed: https://... (or http://...)"),
        (HEAD + "jorneys: x\n", "journeysync.yaml:2:1: unknown key 'jorneys'\n  did you mean: journeys\n"
         "  allowed: workspace, public_url, time_zone, journeys, connections, store, retention, serve"),
        ("workspace: {id: Solvane-1, name: S}\n", "journeysync.yaml:1:17: id is 'Solvane-1': not an id\n"
         "  allowed: 4 to 8 lower-case letters and digits, made by `journeysync init`"),
        ("journeys: [x]\n", "journeysync.yaml:1:1: workspace is missing"),
        (HEAD + "store: {url: state.db}\n", "journeysync.yaml:2:14: store.url is no address\n"
         "  allowed: sqlite:///path/to/state.db, or postgresql://user@host/database"),
    ],
)  # fmt: skip
def test_each_mistake_says_where_what_and_what_is_allowed(write: Write, text: str, expected: str) -> None:
    path = write({"journeysync.yaml": text})
    assert expected in blocks(path)
    assert load_settings(path, {})[0] is None


def test_credentials_in_an_address_are_refused_and_not_repeated(write: Write) -> None:
    for address in ("https://bot:s3cr3t@x.example", "https://s3cr3t@x.example", "s3cr3t:x@x.example"):
        said = "\n".join(blocks(write({"journeysync.yaml": connection(f"url: {address}", "url")})))
        assert "journeysync.yaml:4:10: connections.billing.url holds credentials" in said
        assert "s3cr3t" not in said


def test_a_password_in_the_stores_address_is_refused_and_not_repeated(write: Write) -> None:
    said = "\n".join(blocks(write({"journeysync.yaml": HEAD + "store: {url: 'postgresql://a:s3cr3t@db/x'}\n"})))
    assert "store.url holds a password" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("store", "expected"),
    [
        ("{url: 'postgresql://a@db/x?password=s3cr3t'}", "2:14: store.url holds a password"),
        ("{url: 'postgresql://a@db/x', password: s3cr3t}", "2:47: password is a single word, and a mapping"),
        ("{url: 'sqlite:///x.db', password: {env: s3cr3t}}", "store.password is for a PostgreSQL database only"),
        ("{url: 'postgresql://a@db/x', schema: 'A b'}", "allowed: a lower-case letter or _"),
    ],
)
def test_a_secret_of_the_store_stands_there_by_reference_only(write: Write, store: str, expected: str) -> None:
    said = "\n".join(blocks(write({"journeysync.yaml": HEAD + f"store: {store}\n"})))
    assert expected in said
    assert "s3cr3t" not in said


def test_the_password_of_the_store_is_read_late_and_shown_as_its_reference(write: Write) -> None:
    text = HEAD + "store: {url: 'postgresql://a@db/x', password: {env: DB_PASSWORD}, schema: journeys}\n"
    settings, problems = load_settings(write({"journeysync.yaml": text}), {})
    assert problems == ()
    assert settings is not None
    assert (settings.store_url, settings.store_schema) == ("postgresql://a@db/x", "journeys")
    assert 'password: {"env":"DB_PASSWORD"}' in shown_config(settings)
    assert store_password(settings, {"DB_PASSWORD": "hunter2"}) == "hunter2"
    with pytest.raises(ConfigError, match="the environment variable DB_PASSWORD is not set"):
        store_password(settings, {})


def test_a_relative_store_is_relative_to_the_workspace(write: Write, tmp_path: Path) -> None:
    path = write({"journeysync.yaml": HEAD + "store: {url: 'sqlite:///data/x.db'}\n"})
    settings, _ = load_settings(path, {})
    assert settings is not None
    assert settings.store_url == f"sqlite:///{tmp_path}/data/x.db"


def test_the_mappings_version_follows_rules_words_and_namespace_only(write: Write) -> None:
    rule = "rules: [{id: r, when: {label: [x]}, link: {opportunity: OPP-3}}]\n"

    def version(files: Mapping[str, str]) -> str:
        settings, _ = load_settings(write(files), {})
        assert settings is not None
        return settings.mappings_version

    first = version({"mappings/rules.yaml": rule})
    assert version({"mappings/rules.yaml": f"# moved by a line\n{rule}"}) == first
    assert version({"mappings/scoring.yaml": "write: {settle: 3}\n"}) == first
    assert version({"mappings/placement.yaml": "label_namespace: cj.\n"}) != first
    assert version({"mappings/placement.yaml": "", "mappings/rules.yaml": rule.replace("[x]", "[y]")}) != first


def test_a_file_that_nobody_reads_is_named(write: Write) -> None:
    settings, problems = load_settings(write({"mappings/rule.yaml": "rules: []\n"}), {})
    assert settings is not None
    assert [(p.where, p.level, p.did_you_mean) for p in problems] == [("mappings/rule.yaml", "warning", "rules.yaml")]


def test_the_nearest_config_upwards_is_found_and_said_to_be_found(write: Write, tmp_path: Path) -> None:
    path = write({})
    (tmp_path / "a/b").mkdir(parents=True)
    assert find_config(None, {}, tmp_path / "a/b") == (path, True)


def test_a_named_config_is_not_a_found_one(write: Write, tmp_path: Path) -> None:
    path = write({})
    assert find_config(path, {}, tmp_path) == (path, False)
    assert find_config(tmp_path, {}, Path("/")) == (path, False)
    assert find_config(None, {"JOURNEYSYNC_CONFIG": str(path)}, Path("/")) == (path, False)


def test_no_config_at_all_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no journeysync\.yaml is found") as caught:
        find_config(None, {}, tmp_path)
    assert "journeysync init" in caught.value.next_step


def test_a_named_config_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there") as caught:
        find_config(tmp_path / "x.yaml", {}, tmp_path)
    assert str(tmp_path / "x.yaml") in caught.value.where


def test_a_variable_goes_over_the_file_without_case(write: Write) -> None:
    env = {
        "JOURNEYSYNC_CONNECTIONS__BILLING__URL": "http://127.0.0.1:18301",
        "journeysync_connections__billing__scope__projects": "[ONB, BILL]",
        "JOURNEYSYNC_CONNECTIONS__BILLING__BRAKES__CHANGED": "100%",
        "JOURNEYSYNC_CONNECTIONS__BILLING__AUTH__TOKEN__ENV": "OTHER_TOKEN",
        "JOURNEYSYNC_TIME_ZONE": "Europe/Vienna",
        "JOURNEYSYNC_CONFIG": "ignored here",
        "JOURNEYSYNC_SHARED": "somebody else's",
        "OTHER__VARIABLE": "x",
    }
    settings, problems = load_settings(write({}), env)
    assert problems == ()
    assert settings is not None
    billing = settings.connections[0]
    assert billing.url == "http://127.0.0.1:18301"
    assert dict(billing.scope)["projects"] == ("ONB", "BILL")
    assert billing.brakes.changed == 1.0
    assert dict(billing.auth)["token"] == {"env": "OTHER_TOKEN"}
    assert settings.time_zone == "Europe/Vienna"


def test_a_variable_can_make_a_whole_connection(write: Write) -> None:
    text = (
        "{connector: jira, url: 'https://x.example', auth: {kind: oauth, token: {env: T}}, scope: {jql: 'project = A'}}"
    )
    settings, problems = load_settings(write({}), {"JOURNEYSYNC_CONNECTIONS__SECOND": text})
    assert problems == ()
    assert settings is not None
    assert [c.name for c in settings.connections] == ["billing", "second"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("JOURNEYSYNC_CONNECTIONS__BILLING__WRITE", "alwas", "environment JOURNEYSYNC_CONNECTIONS__BILLING__WRITE: write "
         "is 'alwas': not known\n  allowed: plan, apply, sync"),
        ("JOURNEYSYNC_CONNECTIONS__BILLING__WIRTE", "plan", "environment JOURNEYSYNC_CONNECTIONS__BILLING__WIRTE: unknown "
         "key 'wirte'\n  did you mean: write\n  allowed: connector, url, auth, scope, write, write_scope, brakes, budget, visible_to, options"),
        ("JOURNEYSYNC_CONECTIONS__BILLING__URL", "x", "JOURNEYSYNC_CONECTIONS__BILLING__URL: the environment variable "
         "JOURNEYSYNC_CONECTIONS__BILLING__URL names no key of journeysync.yaml: 'conections'\n"
         "  did you mean: connections\n"
         "  allowed: workspace, public_url, time_zone, journeys, connections, store, retention, serve"),
        ("JOURNEYSYNC_CONNECTIONS__BILLING__SCOPE__PROJECTS", "[ONB", "environment "
         "JOURNEYSYNC_CONNECTIONS__BILLING__SCOPE__PROJECTS: the value of the environment variable "
         "JOURNEYSYNC_CONNECTIONS__BILLING__SCOPE__PROJECTS is not readable as YAML\n"
         "  next: write a word, a [list] or {keys: and values}"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named(write: Write, name: str, value: str, expected: str) -> None:
    assert blocks(write({}), {name: value}) == [expected]


def test_config_show_names_the_origin_of_each_value(write: Write) -> None:
    settings, _ = load_settings(write({}), {"JOURNEYSYNC_CONNECTIONS__BILLING__URL": "http://127.0.0.1:1"})
    assert settings is not None
    lines = {line.split(":")[0].strip(): line for line in shown_config(settings).splitlines()}
    assert lines["connector"].endswith("# journeysync.yaml:4:16")
    assert lines["time_zone"].endswith("# default")
    assert 'url: "http://127.0.0.1:1" ' in shown_config(settings)
    assert "# environment JOURNEYSYNC_CONNECTIONS__BILLING__URL" in shown_config(settings)
    assert 'token: {"env":"JIRA_TOKEN"}' in shown_config(settings)
