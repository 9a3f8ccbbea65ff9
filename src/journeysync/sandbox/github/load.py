"""Loads recorded REST JSON into a site: issues (with their pull requests), comments, and `{snapshot, issue}` pairs.

Records of any age and of clients that leave nulls out are taken. Texts are kept to the byte; addresses are made anew,
so that they point into the sandbox. The repository is named by the addresses in the record. A record of an issue that
is there already replaces it: that is how a later snapshot becomes the state of a running site.
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from journeysync.sandbox.github.state import GithubState
from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueType,
    Json,
    Label,
    Milestone,
    Repository,
    User,
    node_id,
)
from journeysync.sandbox.wire import DECODE

_REPOSITORY = re.compile(r"/repos/([^/]+)/([^/]+?)(?:/|$)")
_KEPT = ("reactions", "issue_dependencies_summary", "sub_issues_summary", "performed_via_github_app")


def load(state: GithubState, paths: Iterable[Path | str]) -> int:
    """Load files (JSON lines, gzip by their name) and return how many issues there were.

    Raises:
        ValueError: naming file and line of a record that is neither an issue nor a comment.
    """
    count, comments, children = 0, [], list[tuple[Issue, str]]()
    for path in paths:
        for number, line in _lines(Path(path)):
            try:
                record = DECODE(line)
                if "issue_url" in record and "title" not in record:
                    comments.append(record)
                else:
                    children += _child(state, record.get("issue", record) if "snapshot" in record else record)
                    count += 1
            except (msgspec.MsgspecError, KeyError, TypeError, AttributeError, ValueError) as error:
                raise ValueError(f"{path}, line {number}: no issue in GitHub's REST form: {error!r}") from error
    for record in comments:
        add_comment(state, record)
    _tie(state, children)
    return count


def load_records(state: GithubState, records: Iterable[Json]) -> int:
    """Load issues and comments that are at hand as decoded JSON, and return how many issues there were."""
    count, comments, children = 0, [], list[tuple[Issue, str]]()
    for record in records:
        if "issue_url" in record and "title" not in record:
            comments.append(record)
        else:
            children += _child(state, record)
            count += 1
    for record in comments:
        add_comment(state, record)
    _tie(state, children)
    return count


def _child(state: GithubState, record: Json) -> list[tuple[Issue, str]]:
    """Take an issue in; return it with its parent's address, if the record names one."""
    issue, above = add_issue(state, record), record.get("parent_issue_url")
    return [(issue, above)] if isinstance(above, str) else []


def _tie(state: GithubState, children: Iterable[tuple[Issue, str]]) -> None:
    """Hang issues below their parents, as far as these are here; no time of change moves."""
    for child, address in children:
        number = state.names.get("/".join(address.split("/repos/")[-1].split("/")[:2]).lower())
        parent = state.repositories[number].issues.get(int(address.rpartition("/")[2])) if number is not None else None
        if parent is not None and child.parent is not parent:
            child.parent = parent
            parent.children.append(child)
            child.shown.clear()
            parent.shown.clear()


def add_issue(state: GithubState, record: Json) -> Issue:
    """Take one recorded issue in, in the place of the one that has its number."""
    home = _home(state, record["repository_url"] if record.get("repository_url") else record["url"])
    number, is_pull = record["number"], bool(record.get("pull_request"))
    issue = Issue(
        repository=home,
        id=record["id"],
        node_id=record.get("node_id") or node_id("PR" if is_pull else "I", home.id, record["id"]),
        number=number,
        title=record["title"],
        body=record.get("body"),
        user=_user(state, record.get("user")),
        created_at=record["created_at"],
        updated_at=record["updated_at"],
        state=record["state"],
        state_reason=record.get("state_reason"),
        closed_at=record.get("closed_at"),
        locked=bool(record.get("locked")),
        lock_reason=record.get("active_lock_reason"),
        association=record.get("author_association") or "NONE",
        pull_request={"merged_at": record["pull_request"].get("merged_at")} if is_pull else None,
        draft=bool(record.get("draft")),
        comment_count=record.get("comments") or 0,
        closed_by=_user(state, record.get("closed_by")),
        kept={name: record[name] for name in _KEPT if record.get(name)},
    )
    issue.labels = [_label(state, home, each) for each in record.get("labels") or ()]
    issue.assignees = [user for each in record.get("assignees") or () if (user := _user(state, each))]
    if record.get("milestone"):
        issue.milestone = _milestone(state, home, record["milestone"])
    if record.get("type"):
        issue.type = _type(state, home, record["type"])
    _keep_ties(home.issues.get(number), issue)
    state.insert(issue)
    return issue


def add_comment(state: GithubState, record: Json) -> Comment | None:
    """Take one recorded comment in; None where its issue is not here."""
    home = _home(state, record["issue_url"])
    issue = home.issues.get(int(record["issue_url"].rpartition("/")[2]))
    if issue is None or record["id"] in state.comments:
        return None
    made = Comment(
        id=record["id"],
        node_id=record.get("node_id") or node_id("IC", home.id, record["id"]),
        user=_user(state, record.get("user")),
        body=record.get("body") or "",
        created_at=record["created_at"],
        updated_at=record["updated_at"],
        association=record.get("author_association") or "NONE",
        app=bool(record.get("performed_via_github_app")),
    )
    issue.comments.append(made)
    issue.comment_count = max(issue.comment_count, len(issue.comments))
    state.comments[made.id] = (issue, made)
    state.nodes[made.node_id] = made
    return made


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _home(state: GithubState, address: str) -> Repository:
    found = _REPOSITORY.search(address)
    if found is None:
        raise ValueError(f"'{address}' names no repository")
    return state.add_repository(f"{unquote(found[1])}/{unquote(found[2])}", "public")


def _user(state: GithubState, record: Json | None) -> User | None:
    if not record:
        return None
    known = state.users.get(record["login"].lower())
    if known is None:
        number = record.get("id") or state.free_id()
        known = User(
            record["login"], number, record.get("node_id") or node_id("U", number), record.get("type") or "User"
        )
        known.site_admin, known.avatar_url = bool(record.get("site_admin")), record.get("avatar_url") or ""
        state.users[known.login.lower()] = state.nodes[known.node_id] = known
    return known


def _label(state: GithubState, home: Repository, record: Json | str) -> Label:
    shape: Json = {"name": record} if isinstance(record, str) else record
    known = home.labels.get(shape["name"].lower())
    if known is None:
        number = shape.get("id") or state.free_id()
        known = Label(number, shape.get("node_id") or node_id("LA", home.id, number), shape["name"])
        home.labels[known.name.lower()] = state.nodes[known.node_id] = known
    known.color = shape.get("color") or known.color
    known.description = shape.get("description") or known.description
    known.default = bool(shape.get("default", known.default))
    return known


def _milestone(state: GithubState, home: Repository, record: Json) -> Milestone:
    known = home.milestones.get(record["number"])
    if known is None:
        given: Any = record.get("node_id") or node_id("MI", home.id, record["id"])
        known = Milestone(record["id"], given, record["number"], record["title"])
        home.milestones[known.number] = state.nodes[known.node_id] = known
    known.title, known.description = record["title"], record.get("description")
    known.creator, known.state = _user(state, record.get("creator")), record.get("state") or "open"
    known.due_on, known.closed_at = record.get("due_on"), record.get("closed_at")
    known.created_at, known.updated_at = record["created_at"], record["updated_at"]
    return known


def _type(state: GithubState, home: Repository, record: Json) -> IssueType:
    types = state.types.setdefault(home.owner.login.lower(), {})
    known = types.get(record["id"])
    if known is None:
        given = record.get("node_id") or node_id("IT", record["id"])
        known = IssueType(record["id"], given, record["name"], record.get("description"), record.get("color") or "gray")
        types[known.id] = state.nodes[given] = known
    return known


def _keep_ties(before: Issue | None, after: Issue) -> None:
    """Hand comments, parent and children of a replaced issue to the one that replaces it."""
    if before is None:
        return
    after.comments, after.children, after.parent = before.comments, before.children, before.parent
    after.events, after.field_values = before.events, before.field_values
    for child in after.children:
        child.parent = after
    if after.parent is not None:
        siblings = after.parent.children
        siblings[siblings.index(before)] = after
