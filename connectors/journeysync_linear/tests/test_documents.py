"""Every GraphQL document that is sent is one that Linear's official schema takes, and costs no more than it may."""

from typing import Any

import pytest
from graphql import GraphQLSchema, get_operation_ast, parse, validate

from journeysync.sandbox.linear.cost import Cost
from journeysync.sandbox.linear.graphql import schema_of
from journeysync_linear import documents
from journeysync_linear.documents import (
    _MUTATIONS,
    ATTACHMENT_POINTS,
    FIRST_POINTS,
    ID_POINTS,
    INITIATIVE_POINTS,
    ISSUE_POINTS,
    PROJECT_POINTS,
    changes_document,
    initiatives_document,
    issue_fields,
    issues_document,
    mutation_document,
    projects_document,
    rows_for,
)

from .conftest import shared

FIELDS = issue_fields(children=True)
ALL = {
    "issues": (issues_document(FIELDS), rows_for(ISSUE_POINTS, 250)),
    "everything": (
        changes_document(FIELDS, projects=True, initiatives=True, whole=True),
        rows_for(FIRST_POINTS, 250),
    ),
    "changes": (changes_document(FIELDS, projects=True, initiatives=True), rows_for(FIRST_POINTS, 250)),
    "projects": (projects_document(), rows_for(PROJECT_POINTS, 250)),
    "initiatives": (initiatives_document(), rows_for(INITIATIVE_POINTS, 250)),
    "first ids": (documents.FIRST_IDS, rows_for(ID_POINTS, 250)),
    "ids": (documents.ID_ISSUES, rows_for(ID_POINTS, 250)),
    "project ids": (documents.ID_PROJECTS, rows_for(ID_POINTS, 250)),
    "initiative ids": (documents.ID_INITIATIVES, rows_for(ID_POINTS, 250)),
    "labels": (documents.LABELS, 0),
    "attachments": (documents.ATTACHMENTS, rows_for(ATTACHMENT_POINTS, 250)),
    "more attachments": (documents.MORE_ATTACHMENTS, 0),
    "in scope": (documents.IN_SCOPE, 250),
    "projects in scope": (documents.PROJECTS_IN_SCOPE, 250),
    "initiatives in scope": (documents.INITIATIVES_IN_SCOPE, 250),
    "teams": (documents.TEAMS, 0),
    "named projects": (documents.NAMED_PROJECTS, 0),
    "who": (documents.WHO, 0),
    "each mutation": (mutation_document([(name, {}) for name in _MUTATIONS])[0], 0),
    "250 tickets with label and attachment": (
        mutation_document([("issueUpdate", {}), ("attachmentCreate", {})] * 250)[0],
        0,
    ),
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return schema_of(str(shared("schemas", "linear-graphql.graphql.gz")))


@pytest.mark.parametrize("name", ALL)
def test_the_official_schema_takes_it(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(ALL[name][0])) == []


@pytest.mark.parametrize("name", ALL)
def test_it_costs_less_than_a_query_may(name: str) -> None:
    text, first = ALL[name]
    document = parse(text)
    operation: Any = get_operation_ast(document)
    cost = Cost(schema_of(None), document, {"first": first})
    assert 0 < cost.of(operation) <= 10_000
    assert cost.largest_page <= 250


def test_pages_of_issues_are_as_long_as_linear_allows() -> None:
    assert rows_for(ISSUE_POINTS, 250) == rows_for(FIRST_POINTS, 250) == 250


def test_no_text_of_others_stands_in_a_document() -> None:
    document, variables = mutation_document([("attachmentCreate", {"in": {"title": '"}) { evil }'}})])
    assert "evil" not in document
    assert variables == {"in0": {"title": '"}) { evil }'}}
