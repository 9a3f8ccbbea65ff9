"""Every GraphQL document that is sent is one that GitHub's official schema takes, and REST bodies are as described."""

import gzip
import json
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate
from jsonschema import Draft7Validator

from journeysync_github.documents import (
    _MUTATIONS,
    COMMENTS,
    ITEM_VALUES,
    MORE_COMMENTS,
    PROJECT_ROWS,
    FieldsAsked,
    fields_document,
    issues_document,
    label_document,
    mutation_document,
    values_document,
)
from journeysync_github.labels import COLOUR, LONGEST_DESCRIPTION, shortened

from .conftest import shared


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    with gzip.open(shared("schemas", "github-graphql.graphql.gz"), "rt", encoding="utf-8") as file:
        return build_schema(file.read(), assume_valid=True)  # its own deprecations are not quite by the book


@pytest.mark.parametrize(
    "document",
    [
        issues_document(comments=True),
        issues_document(comments=False),
        issues_document(comments=True, absent=frozenset({"parent", "issueType", "enableDuplicate"})),
        issues_document(comments=True, fields=FieldsAsked(("Score", 'Why "now"'), issue_fields=True)),
        values_document(FieldsAsked(("Score",), issue_fields=True), frozenset()),
        fields_document((7, 12), issue_fields=True),
        fields_document((), issue_fields=True),
        COMMENTS,
        MORE_COMMENTS,
        ITEM_VALUES,
        PROJECT_ROWS,
        label_document([("R_1", "journey.pay-bill"), ("R_2", 'a "quoted" one')])[0],
        mutation_document([(name, {}) for name in _MUTATIONS])[0],
        mutation_document([("addComment", {})] * 50)[0],
    ],
)
def test_the_official_schema_takes_it(schema: GraphQLSchema, document: str) -> None:
    assert validate(schema, parse(document)) == []


def test_no_text_of_others_stands_in_a_document() -> None:
    document, variables = label_document([("R_1", '"}) { evil }')])
    assert "evil" not in document
    assert variables == {"i0": "R_1", "n0": '"}) { evil }'}


def test_the_body_of_a_new_label_is_as_the_official_description_says() -> None:
    with gzip.open(shared("schemas", "github-rest-api.github.com.json.gz"), "rt", encoding="utf-8") as file:
        described: dict[str, Any] = json.load(file)
    post = described["paths"]["/repos/{owner}/{repo}/labels"]["post"]
    body_schema = post["requestBody"]["content"]["application/json"]["schema"]
    body = {"name": "journey.pay-bill", "color": COLOUR, "description": shortened("x" * 300)}
    assert list(Draft7Validator(body_schema).iter_errors(body)) == []
    assert len(body["description"]) == LONGEST_DESCRIPTION
