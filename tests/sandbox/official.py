"""Checks answers against the trackers' official OpenAPI files."""

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Check = Callable[[httpx.Response, str], Any]


def official(path: Path, lenient: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return paths and components of a file; ``lenient`` names (schema, property) pairs that may hold anything."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        loaded = json.load(file)
    for name, field in lenient:
        loaded["components"]["schemas"][name]["properties"][field] = {}
    return {"paths": loaded["paths"], "components": usable(loaded["components"])}


def usable(schema: Any) -> Any:
    """Return an OpenAPI 3.0 schema as JSON Schema: `nullable` becomes a type, and a member of an enumeration."""
    if isinstance(schema, list):
        return [usable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: usable(value) for name, value in schema.items()}
    if made.pop("nullable", False) is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list):
            made["enum"] = [*made["enum"], None]
    return made


def checker(spec: dict[str, Any], prefix: str, *, lists_as_items: bool = False) -> Check:
    """Return a check: this answer against what the file says about this `METHOD /path` and its status.

    With ``lists_as_items`` a list is checked item by item, as Data Center's file describes the item alone.
    """
    registry: Registry[Any] = Registry().with_resource("urn:jira", Resource(contents=spec, specification=DRAFT202012))

    def absolute(schema: Any) -> Any:
        if isinstance(schema, list):
            return [absolute(each) for each in schema]
        if isinstance(schema, dict):
            return {name: f"urn:jira{value}" if name == "$ref" else absolute(value) for name, value in schema.items()}
        return schema

    def check(answer: httpx.Response, operation: str) -> Any:
        method, path = operation.split(" ")
        statuses = spec["paths"][prefix + path][method.lower()]["responses"]
        assert str(answer.status_code) in statuses, f"{operation}: {answer.status_code} {answer.text[:500]}"
        content = statuses[str(answer.status_code)].get("content", {}).get("application/json", {})
        value = answer.json() if answer.content else None
        if "schema" not in content or not answer.content:
            return value
        validator = Draft202012Validator(absolute(usable(content["schema"])), registry=registry)
        one_by_one = lists_as_items and isinstance(value, list) and content["schema"].get("type") != "array"
        for part in value if one_by_one else [value]:
            errors = [f"{'/'.join(map(str, each.path))}: {each.message}"[:300] for each in validator.iter_errors(part)]
            assert errors == [], f"{operation}: {errors}"
        return value

    return check
