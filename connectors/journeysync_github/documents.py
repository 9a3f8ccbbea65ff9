"""Every GraphQL document that is sent, held against GitHub's official schema by a test. Pure.

Tickets are read and written many in a document: ``nodes(ids)`` for reading, one
alias a change for writing. Aliases run one after another, and each may fail alone.
"""

from collections.abc import Sequence
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


def issues_document(*, comments: bool, absent: frozenset[str] = frozenset()) -> str:
    """Return the query of issues by id (variable ``ids``); fields that a server lacks are left out by name."""
    reason = "stateReason" if "enableDuplicate" in absent else "stateReason(enableDuplicate: true)"
    extra = " ".join(text for name, text in (("issueType", _TYPE), ("parent", _PARENT)) if name not in absent)
    held = _COMMENTS if comments else ""
    fields = f"{_ISSUE} {reason} {extra} {held}"
    return f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on Issue {{ {fields} }} }} }}"


COMMENTS = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Issue {{ id {_COMMENTS} }} }} }}"
MORE_COMMENTS = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Issue {{
  comments(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {_COMMENT} }} }} }} }} }}"""
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
    "addComment": ("AddCommentInput", "commentEdge { node { id } }"),
    "updateIssueComment": ("UpdateIssueCommentInput", "issueComment { id }"),
    "deleteIssueComment": ("DeleteIssueCommentInput", "clientMutationId"),
}


def mutation_document(steps: Sequence[tuple[str, dict[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """Return (mutation, variables) for (mutation name, input) pairs; aliases m0, m1 ... in their order."""
    declared = ", ".join(f"$v{n}: {_MUTATIONS[name][0]}!" for n, (name, _input) in enumerate(steps))
    parts = " ".join(
        f"m{n}: {name}(input: $v{n}) {{ {_MUTATIONS[name][1]} }}" for n, (name, _input) in enumerate(steps)
    )
    return f"mutation({declared}) {{ {parts} }}", {f"v{n}": values for n, (_name, values) in enumerate(steps)}
