"""Every GraphQL document that is sent, held against Linear's official schema by a test. Pure.

Linear counts a query before it runs: a property 0.1 points, an object 1, a connection its children times its page
(`first`). A query may cost 10,000 points, so pages are as long as their rows are cheap: see ``rows_for``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MOST_POINTS = 9_000  # of 10,000: counted a little differently, it still fits
MOST_ROWS = 250
ATTACHMENTS_LISTED = 3  # of an issue in a list; who has more and none of ours among them is asked again
ATTACHMENTS_READ = 50
LABEL_ROWS = 250
CONTAINER_ROWS = 25

_PAGE = "pageInfo { hasNextPage endCursor }"
_ATTACHMENT = "id url title subtitle metadata createdAt"
_SCALARS = (
    "id identifier title description priority estimate createdAt updatedAt archivedAt trashed completedAt canceledAt"
    " labelIds url"
)
_RELATIONS = (
    "state { name type } team { id key } parent { id } project { id name } cycle { name number } creator { id guest }"
)
_LISTED = f"attachments(first: {ATTACHMENTS_LISTED}) {{ pageInfo {{ hasNextPage }} nodes {{ {_ATTACHMENT} }} }}"
_PROJECT = (
    "id name description content url createdAt updatedAt archivedAt trashed completedAt canceledAt priority"
    " status { name type } creator { id guest } teams(first: 10) { nodes { key } }"
    " initiatives(first: 5) { nodes { id } } labels(first: 10) { nodes { name } }"
)
_INITIATIVE = (
    "id name description content url createdAt updatedAt archivedAt trashed completedAt status parentInitiative { id }"
    " creator { id guest } labels(first: 10) { nodes { name } }"
)
_LABEL = "id name isGroup archivedAt team { id } parent { id name }"
_LABELS = f"issueLabels(first: {LABEL_ROWS}, includeArchived: true) {{ {_PAGE} nodes {{ {_LABEL} }} }}"
_IDS = "id updatedAt createdAt"
ISSUE_POINTS = 20.0  # of one row: see the test, which counts it by the rule
PROJECT_POINTS = 47.0
INITIATIVE_POINTS = 17.0
_BESIDE = CONTAINER_ROWS * (PROJECT_POINTS + INITIATIVE_POINTS) + LABEL_ROWS * 5.0
FIRST_POINTS = ISSUE_POINTS + _BESIDE / MOST_ROWS  # of one issue in a document that asks for the others too
ID_POINTS = 3.0


def issue_fields(*, children: bool) -> str:
    """Return what is read of an issue; with ``children`` also whether it has sub-issues."""
    below = " children(first: 1) { nodes { id } }" if children else ""
    return f"{_SCALARS} {_RELATIONS}{below} {_LISTED}"


def rows_for(points: float, at_most: int) -> int:
    """Return how many rows of so many points a page may have."""
    return max(1, min(at_most, MOST_ROWS, int(MOST_POINTS / points)))


def issues_document(fields: str) -> str:
    """Return the query of one page of issues (variables ``first``, ``after``, ``filter``, ``by``)."""
    return (
        "query($first: Int!, $after: String, $filter: IssueFilter, $by: PaginationOrderBy) {"
        f" issues(first: $first, after: $after, filter: $filter, orderBy: $by, includeArchived: true) {{"
        f" {_PAGE} nodes {{ {fields} }} }} }}"
    )


def changes_document(fields: str, *, projects: bool, initiatives: bool, whole: bool = False) -> str:
    """Return the query of the first page of issues, projects and initiatives, in one: what changed, newest first.

    With ``whole`` it is the first page of everything, by creation, and the labels come along; ``edge`` is the last
    issue of the list, which tells how far what is left reaches.
    """
    by = "createdAt" if whole else "updatedAt"
    order = f"orderBy: {by}, includeArchived: true"
    declared = ["$first: Int!", "$issues: IssueFilter"]
    parts = [f"issues(first: $first, filter: $issues, {order}) {{ {_PAGE} nodes {{ {fields} }} }}"]
    if projects:
        declared.append("$projects: ProjectFilter")
        parts.append(
            f"projects(first: {CONTAINER_ROWS}, filter: $projects, {order}) {{ {_PAGE} nodes {{ {_PROJECT} }} }}"
        )
    if initiatives:
        declared.append("$initiatives: InitiativeFilter")
        parts.append(
            f"initiatives(first: {CONTAINER_ROWS}, filter: $initiatives, {order}) {{ {_PAGE}"
            f" nodes {{ {_INITIATIVE} }} }}"
        )
    if whole:
        parts += [f"edge: issues(last: 1, filter: $issues, {order}) {{ nodes {{ createdAt }} }}", _LABELS]
    return f"query({', '.join(declared)}) {{ {' '.join(parts)} }}"


def projects_document(fields: str = _PROJECT) -> str:
    """Return the query of one page of projects."""
    return (
        "query($first: Int!, $after: String, $filter: ProjectFilter, $by: PaginationOrderBy) {"
        " projects(first: $first, after: $after, filter: $filter, orderBy: $by, includeArchived: true)"
        f" {{ {_PAGE} nodes {{ {fields} }} }} }}"
    )


def initiatives_document(fields: str = _INITIATIVE) -> str:
    """Return the query of one page of initiatives."""
    return (
        "query($first: Int!, $after: String, $filter: InitiativeFilter, $by: PaginationOrderBy) {"
        " initiatives(first: $first, after: $after, filter: $filter, orderBy: $by, includeArchived: true)"
        f" {{ {_PAGE} nodes {{ {fields} }} }} }}"
    )


ID_ISSUES = issues_document(_IDS)
FIRST_IDS = f"""query($first: Int!, $issues: IssueFilter) {{
  issues(first: $first, filter: $issues, orderBy: createdAt, includeArchived: true) {{ {_PAGE} nodes {{ {_IDS} }} }}
  edge: issues(last: 1, filter: $issues, orderBy: createdAt, includeArchived: true) {{ nodes {{ createdAt }} }}
}}"""
ID_PROJECTS = projects_document(_IDS)
ID_INITIATIVES = initiatives_document(_IDS)

LABELS = f"""query($after: String) {{
  issueLabels(first: {LABEL_ROWS}, after: $after, includeArchived: true) {{ {_PAGE} nodes {{ {_LABEL} }} }}
}}"""
ATTACHMENTS = f"""query($first: Int!, $filter: IssueFilter) {{
  issues(first: $first, filter: $filter, includeArchived: true) {{
    nodes {{ id attachments(first: {ATTACHMENTS_READ}) {{ {_PAGE} nodes {{ {_ATTACHMENT} }} }} }} }}
}}"""
MORE_ATTACHMENTS = f"""query($id: String!, $after: String) {{
  issue(id: $id) {{ id attachments(first: {ATTACHMENTS_READ}, after: $after) {{ {_PAGE} nodes {{ {_ATTACHMENT} }} }} }}
}}"""
IN_SCOPE = """query($first: Int!, $issues: IssueFilter) {
  issues(first: $first, filter: $issues, includeArchived: true) { nodes { id } }
}"""
PROJECTS_IN_SCOPE = """query($first: Int!, $projects: ProjectFilter) {
  projects(first: $first, filter: $projects, includeArchived: true) { nodes { id } }
}"""
INITIATIVES_IN_SCOPE = """query($first: Int!, $initiatives: InitiativeFilter) {
  initiatives(first: $first, filter: $initiatives, includeArchived: true) { nodes { id } }
}"""
TEAMS = "query($filter: TeamFilter) { teams(first: 100, filter: $filter) { nodes { id key name } } }"
NAMED_PROJECTS = """query($filter: ProjectFilter) {
  projects(first: 100, filter: $filter, includeArchived: true) { nodes { id name } }
}"""
WHO = "{ viewer { id name admin guest } organization { name urlKey } }"

ATTACHMENT_POINTS = 1.1 + ATTACHMENTS_READ * 1.6 + 60.0

_MUTATIONS = {
    "issueUpdate": "id: $id{n}, input: $in{n}",
    "issueBatchUpdate": "ids: $id{n}, input: $in{n}",
    "attachmentCreate": "input: $in{n}",
    "attachmentDelete": "id: $id{n}",
    "issueLabelCreate": "input: $in{n}",
}
_PAYLOADS = {"attachmentCreate": "attachment { id }"}
_DECLARED = {
    "issueUpdate": "$id{n}: String!, $in{n}: IssueUpdateInput!",
    "issueBatchUpdate": "$id{n}: [UUID!]!, $in{n}: IssueUpdateInput!",
    "attachmentCreate": "$in{n}: AttachmentCreateInput!",
    "attachmentDelete": "$id{n}: String!",
    "issueLabelCreate": "$in{n}: IssueLabelCreateInput!",
}


def mutation_document(steps: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[str, dict[str, Any]]:
    """Return (mutation, variables) for (mutation name, {"id", "in"}) pairs; aliases m0, m1 ... in their order."""
    declared = ", ".join(_DECLARED[name].format(n=n) for n, (name, _values) in enumerate(steps))
    parts = " ".join(
        f"m{n}: {name}({_MUTATIONS[name].format(n=n)}) {{ success {_PAYLOADS.get(name, '')} }}"
        for n, (name, _values) in enumerate(steps)
    )
    variables = {f"{key}{n}": value for n, (_name, values) in enumerate(steps) for key, value in values.items()}
    return f"mutation({declared}) {{ {parts} }}", variables
