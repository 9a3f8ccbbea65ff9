"""The GraphQL schema of a site: GitHub's own file where one is given, else the part that stands beside this module.

Loaded at the first call and kept: GitHub's file takes nearly two seconds. What a server lacks is taken out of the
schema, so that asking for it fails as it does on an older server.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema

from journeysync.sandbox.graphql_sdl import sdl_text

_OF_FEATURE: dict[str, tuple[tuple[str, str], ...]] = {
    "sub_issues": (
        ("Issue", "parent"),
        ("Issue", "subIssues"),
        ("Issue", "subIssuesSummary"),
        ("Mutation", "addSubIssue"),
        ("Mutation", "removeSubIssue"),
    ),
    "issue_types": (("Issue", "issueType"), ("Organization", "issueTypes"), ("Repository", "issueTypes")),
    "issue_fields": (
        ("Issue", "issueFieldValues"),
        ("Organization", "issueFields"),
        ("Mutation", "setIssueFieldValue"),
    ),
    "projects": (
        ("Issue", "projectItems"),
        ("Organization", "projectV2"),
        ("ProjectV2Owner", "projectV2"),
        ("User", "projectV2"),
        ("Organization", "projectsV2"),
        ("Mutation", "addProjectV2ItemById"),
        ("Mutation", "updateProjectV2ItemFieldValue"),
        ("Mutation", "clearProjectV2ItemFieldValue"),
        ("Mutation", "deleteProjectV2Item"),
    ),
}


def schema_of(path: Path | str | None, features: Iterable[str]) -> GraphQLSchema:
    """Return the schema in a file (SDL, gzip by name), or the sandbox's own, without what the server lacks."""
    return _built(None if path is None else str(path), frozenset(features))


@lru_cache(maxsize=4)
def _built(path: str | None, features: frozenset[str]) -> GraphQLSchema:
    schema = build_schema(sdl_text(path, __package__), assume_valid=True)
    for feature, fields in _OF_FEATURE.items():
        for type_name, field in fields if feature not in features else ():
            owner: Any = schema.get_type(type_name)
            if isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
                owner.fields.pop(field, None)
    return schema
