"""Every GraphQL document that is sent, held against GitHub's official schema by a test. Pure.

Tickets are read and written many in a document: ``nodes(ids)`` for reading, one
alias a change for writing. Aliases run one after another, and each may fail alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_LABELS = "labels(first: 100) { pageInfo { hasNextPage } nodes { id name } }"
_COMMENT = "id body viewerDidAuthor"
_COMMENTS = f"comments(first: 100) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {_COMMENT} }} }}"
_REPOSITORY = "repository { id nameWithOwner visibility }"
_ISSUE = f"""
  id number url title body state createdAt updatedAt closedAt authorAssociation
  author {{ __typename login }}
  milestone {{ title }}
  {_REPOSITORY}
  {_LABELS}
"""
_TYPE = "issueType { name }"
_PARENT = "parent { id }"


_PROJECT_VALUE = """{
  ... on ProjectV2ItemFieldNumberValue { number field { ... on ProjectV2FieldCommon { id } } }
  ... on ProjectV2ItemFieldTextValue { text field { ... on ProjectV2FieldCommon { id } } }
  ... on ProjectV2ItemFieldDateValue { date field { ... on ProjectV2FieldCommon { id } } }
  ... on ProjectV2ItemFieldSingleSelectValue { name field { ... on ProjectV2FieldCommon { id } } } }"""
_ISSUE_VALUES = """issueFieldValues(first: 50) { nodes {
  ... on IssueFieldNumberValue { number: value field { ... on Node { id } } }
  ... on IssueFieldTextValue { text: value field { ... on Node { id } } }
  ... on IssueFieldDateValue { date: value field { ... on Node { id } } }
  ... on IssueFieldSingleSelectValue { name field { ... on Node { id } } } } }"""


@dataclass(frozen=True)
class FieldsAsked:
    """Which fields are read along with issues: those of projects by name, and all issue fields or none."""

    project_fields: tuple[str, ...] = ()
    issue_fields: bool = False

    def __bool__(self) -> bool:
        return bool(self.project_fields or self.issue_fields)

    def selection(self, absent: frozenset[str]) -> str:
        """Return what is selected of an issue."""
        parts = []
        if self.project_fields and "projectItems" not in absent:
            values = " ".join(
                f"v{n}: fieldValueByName(name: {quoted(name)}) {_PROJECT_VALUE}"
                for n, name in enumerate(self.project_fields)
            )
            rows = f"id project {{ id }} creator {{ login }} {values}"
            parts.append(f"projectItems(first: 50, includeArchived: true) {{ nodes {{ {rows} }} }}")
        if self.issue_fields and "issueFieldValues" not in absent:
            parts.append(_ISSUE_VALUES)
        return " ".join(parts)


NO_FIELDS = FieldsAsked()


def issues_document(*, comments: bool, absent: frozenset[str] = frozenset(), fields: FieldsAsked = NO_FIELDS) -> str:
    """Return the query of issues by id (variable ``ids``); fields that a server lacks are left out by name."""
    reason = "stateReason" if "enableDuplicate" in absent else "stateReason(enableDuplicate: true)"
    extra = " ".join(text for name, text in (("issueType", _TYPE), ("parent", _PARENT)) if name not in absent)
    held = _COMMENTS if comments else ""
    selected = f"{_ISSUE} {reason} {extra} {held} {fields.selection(absent)}"
    return f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on Issue {{ {selected} }} }} }}"


def values_document(fields: FieldsAsked, absent: frozenset[str]) -> str:
    """Return the query of the field values alone, of issues by id (variable ``ids``)."""
    return f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Issue {{ id {fields.selection(absent)} }} }} }}"


_OPTIONS = "... on ProjectV2SingleSelectField { options { id name } }"
_PROJECT = f"""id title updatedAt viewerCanUpdate fields(first: 100) {{ nodes {{
  ... on ProjectV2FieldCommon {{ id name dataType }} {_OPTIONS} }} }}"""
_ISSUE_FIELDS = """... on Organization { issueFields(first: 100) { nodes {
  ... on IssueFieldCommon { name dataType } ... on Node { id }
  ... on IssueFieldSingleSelect { options { id name } } } } }"""


def fields_document(projects: Sequence[int], *, issue_fields: bool) -> str:
    """Return the query of an owner's projects by number, aliases p7 ..., and of its issue fields (``owner``)."""
    found = " ".join(f"p{number}: projectV2(number: {number}) {{ {_PROJECT} }}" for number in projects)
    of_projects = f"... on ProjectV2Owner {{ {found} }}" if projects else ""
    of_issues = _ISSUE_FIELDS if issue_fields else ""
    return f"query($owner: String!) {{ repositoryOwner(login: $owner) {{ __typename {of_projects} {of_issues} }} }}"


PROJECT_ROWS = """query($id: ID!, $after: String) { node(id: $id) { ... on ProjectV2 {
  items(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    updatedAt content { ... on Issue { id } } } } } } }"""
ITEM_VALUES = """query($ids: [ID!]!) { viewer { login } nodes(ids: $ids) { ... on ProjectV2Item { id
  fieldValues(first: 100) { nodes { ... on ProjectV2ItemFieldValueCommon {
    creator { login } field { ... on ProjectV2FieldCommon { id } } } } } } } }"""


def quoted(text: str) -> str:
    """Return a text as a literal of GraphQL."""
    return json.dumps(text, ensure_ascii=False)


COMMENTS = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Issue {{ id {_COMMENTS} }} }} }}"
MORE_COMMENTS = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Issue {{
  comments(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {_COMMENT} }} }} }} }} }}"""
EDITS = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue {
  id body userContentEdits(first: 3) { nodes { editedAt diff } } } } }"""
PARENTS = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue { id parent { id } } } }"


def label_document(pairs: Sequence[tuple[str, str]]) -> tuple[str, dict[str, Any]]:
    """Return (query, variables) for the ids of labels, by repository id and name; aliases r0, r1 ..."""
    declared: list[str] = []
    parts: list[str] = []
    variables: dict[str, Any] = {}
    for n, (repository, name) in enumerate(pairs):
        declared.append(f"$i{n}: ID!, $n{n}: String!")
        parts.append(f"r{n}: node(id: $i{n}) {{ ... on Repository {{ label(name: $n{n}) {{ id }} }} }}")
        variables |= {f"i{n}": repository, f"n{n}": name}
    return f"query({', '.join(declared)}) {{ {' '.join(parts)} }}", variables


_MUTATIONS = {
    "addLabelsToLabelable": ("AddLabelsToLabelableInput", "clientMutationId"),
    "removeLabelsFromLabelable": ("RemoveLabelsFromLabelableInput", "clientMutationId"),
    "updateIssue": ("UpdateIssueInput", "issue { id }"),
    "addComment": ("AddCommentInput", "commentEdge { node { id } }"),
    "updateIssueComment": ("UpdateIssueCommentInput", "issueComment { id }"),
    "deleteIssueComment": ("DeleteIssueCommentInput", "clientMutationId"),
    "addProjectV2ItemById": ("AddProjectV2ItemByIdInput", "item { id }"),
    "updateProjectV2ItemFieldValue": ("UpdateProjectV2ItemFieldValueInput", "clientMutationId"),
    "clearProjectV2ItemFieldValue": ("ClearProjectV2ItemFieldValueInput", "clientMutationId"),
    "deleteProjectV2Item": ("DeleteProjectV2ItemInput", "deletedItemId"),
    "setIssueFieldValue": ("SetIssueFieldValueInput", "clientMutationId"),
}


def mutation_document(steps: Sequence[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """Return (mutation, variables) for (mutation name, input) pairs; aliases m0, m1 ... in their order."""
    declared = ", ".join(f"$v{n}: {_MUTATIONS[name][0]}!" for n, (name, _input) in enumerate(steps))
    parts = " ".join(
        f"m{n}: {name}(input: $v{n}) {{ {_MUTATIONS[name][1]} }}" for n, (name, _input) in enumerate(steps)
    )
    return f"mutation({declared}) {{ {parts} }}", {f"v{n}": values for n, (_name, values) in enumerate(steps)}
