"""What ``init`` copies, and the schemas that the packs fulfil."""

import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from journeysync.config import available_packs, copy_pack, packs, schemas, validate_workspace
from journeysync.config.packs import new_workspace_id, with_workspace_id, write_first_workspace
from journeysync.errors import ConfigError
from journeysync.sources.document import read_file
from journeysync.sources.node import meaning_of, words_of

ROOT = Path(__file__).parents[2]
WORKSPACES = [*sorted(path.parent for path in (ROOT / "mappings").glob("*/journeysync.yaml")), ROOT / "tests/titanium"]

SCHEMAS = schemas()


def kind_of(file: Path, workspace: Path) -> str:
    parts = file.relative_to(workspace).parts
    if parts[0] == "journeys":
        return (
            parts[1].removesuffix(".yaml")
            if len(parts) == 2 and file.stem in ("hierarchy", "opportunities")
            else "journey"
        )
    return "rules" if "rules" in parts else file.stem


def content(file: Path) -> Any:
    node, problems = read_file(file, file.name)
    assert problems == ()
    return as_json(meaning_of(words_of(node))) if node is not None else {}


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(item) for item in value] if isinstance(value, tuple) else value


def test_there_is_a_pack_to_start_from() -> None:
    assert "starter" in available_packs()


@pytest.mark.parametrize("workspace", WORKSPACES, ids=lambda path: path.name)
def test_each_file_of_each_pack_fulfils_its_schema(workspace: Path) -> None:
    files = [path for path in workspace.rglob("*.yaml") if not any(part.startswith(".") for part in path.parts)]
    assert len(files) > 5
    for file in files:
        schema = SCHEMAS[kind_of(file, workspace)]
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors(content(file)))
        assert [f"{file.name} {error.json_path}: {error.message[:200]}" for error in errors] == []


@pytest.mark.parametrize("workspace", WORKSPACES, ids=lambda path: path.name)
def test_each_pack_is_free_of_problems(workspace: Path) -> None:
    installed = {"jira"}
    problems = [
        problem
        for problem in validate_workspace(workspace / "journeysync.yaml", {})[2]
        if "no connector is installed under the name" not in problem.says or installed & set(problem.says.split("'"))
    ]
    assert [str(problem) for problem in problems] == []


def test_the_schemas_are_schemas_and_refuse_what_is_misspelt() -> None:
    for kind, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        errors = list(jsonschema.Draft202012Validator(schema).iter_errors({"misspelt": 1}))
        assert any(error.validator == "additionalProperties" for error in errors), kind


def test_the_schema_takes_one_word_where_a_list_may_stand() -> None:
    rules = {"rules": [{"id": "r", "when": {"label": "x", "any": [{"words": ["a"]}]}, "link": {"step": "a.b"}}]}
    jsonschema.Draft202012Validator(SCHEMAS["rules"]).validate(rules)
    journey = {"id": "b", "name": "B", "parent": "p", "steps": ["See why", {"name": "Pay"}]}
    jsonschema.Draft202012Validator(SCHEMAS["journey"]).validate(journey)


def test_a_copied_pack_has_an_id_of_its_own_and_keeps_its_comments(tmp_path: Path) -> None:
    written = copy_pack("starter", tmp_path / "new", workspace_id="x9y8")
    text = (tmp_path / "new/journeysync.yaml").read_text()
    assert text == (ROOT / "mappings/starter/journeysync.yaml").read_text().replace("id: demo", "id: x9y8", 1)
    assert (tmp_path / "new/.gitignore").read_text() == ".journeysync/\n"
    assert (tmp_path / "new/.gitattributes").read_text() == "decisions.jsonl merge=union\n"
    assert tmp_path / "new/journeys/buy/buy-a-bike.yaml" in written
    settings, _, problems = validate_workspace(tmp_path / "new/journeysync.yaml", {})
    assert problems == ()
    assert settings is not None
    assert settings.workspace_id == "x9y8"


def test_nothing_is_overwritten_and_all_conflicts_are_listed(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/rules.yaml").write_text("mine")
    (tmp_path / "journeysync.yaml").write_text("mine too")
    with pytest.raises(ConfigError) as caught:
        copy_pack("starter", tmp_path, workspace_id="x9y8")
    assert caught.value.what == (
        "these files exist already, and init never overwrites: journeysync.yaml, mappings/rules.yaml"
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["journeysync.yaml", "mappings", "rules.yaml"]
    assert (tmp_path / "mappings/rules.yaml").read_text() == "mine"


def test_a_gitignore_that_is_there_keeps_its_lines(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.tmp")
    copy_pack("starter", tmp_path, workspace_id="x9y8")
    assert (tmp_path / ".gitignore").read_text() == "*.tmp\n.journeysync/\n"


def test_an_unknown_pack_names_those_there_are(tmp_path: Path) -> None:
    for name in ("startr", "../starter", ".", ""):
        with pytest.raises(ConfigError, match="there is no pack") as caught:
            copy_pack(name, tmp_path, workspace_id="x9y8")
        assert "starter" in caught.value.where


def test_packs_are_found_in_an_installed_package_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages/journeysync"
    shutil.copytree(ROOT / "mappings/starter", package / "packs/wheel-only")
    monkeypatch.setattr(packs, "__file__", str(package / "config/packs.py"))
    assert available_packs() == ("wheel-only",)
    copy_pack("wheel-only", tmp_path / "new", workspace_id="x9y8")
    assert (tmp_path / "new/journeysync.yaml").is_file()


def test_a_first_workspace_without_a_pack_is_free_of_problems(tmp_path: Path) -> None:
    write_first_workspace(tmp_path, workspace_id="x9y8")
    settings, repository, problems = validate_workspace(tmp_path / "journeysync.yaml", {})
    assert problems == ()
    assert settings is not None
    assert repository is not None
    assert (settings.workspace_id, len(repository.steps), len(settings.rules)) == ("x9y8", 2, 1)


def test_workspace_ids_are_short_and_differ() -> None:
    ids = {new_workspace_id() for _ in range(50)}
    assert len(ids) > 45
    assert all(re.fullmatch(r"[a-z0-9]{4}", id_) for id_ in ids)


def test_only_the_id_of_the_workspace_changes() -> None:
    text = "# id: abcd\nworkspace:\n  name: id abcd\n  id: 'abcd'   # abcd\n"
    assert with_workspace_id(text, "x9y8") == "# id: abcd\nworkspace:\n  name: id abcd\n  id: x9y8   # abcd\n"
