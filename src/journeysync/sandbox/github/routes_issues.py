"""Issues over REST: lists, one issue, edits, search, events."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from journeysync.sandbox.github.answers import invalid, refuse, reply
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import Issue, Json, Repository
from journeysync.sandbox.wire import ENCODE, Call, Reply

MAX_BODY = 65_536
MAX_TITLE = 256
MAX_LABELS = 100
_SORTS: dict[str, Callable[[Issue], tuple[Any, ...]]] = {
    "created": lambda issue: (issue.created_at, issue.number),
    "updated": lambda issue: (issue.updated_at, issue.number),
    "comments": lambda issue: (issue.comment_count, issue.number),
}


class IssueRoutes:
    """Handlers of `/repos/{owner}/{repo}/issues` and what is below it, except labels and comments."""

    def __init__(self, site: GithubSite) -> None:
        self._site = site
        self._state = site.state

    def list(self, call: Call) -> Reply:
        """List issues and pull requests, as the real list does."""
        home = self._site.repository(call)
        if not home.has_issues:
            raise refuse(410, "Issues are disabled for this repo")
        render = self._site.renderer(call)
        rows = self._rows(call, home)
        size, page = self._site.page_of(call)
        shown = [render.issue_bytes(issue) for issue in rows[(page - 1) * size : page * size]]
        answer = reply(None)
        answer.body = b"[" + b",".join(shown) + b"]"
        answer.headers = self._site.links(call, len(rows), home=home)
        return answer

    def get(self, call: Call) -> Reply:
        """Return one issue."""
        answer = reply(None)
        issue = self._site.issue(call)
        answer.body = self._site.renderer(call).issue_bytes(issue)
        if "issue_fields" in self._state.features and issue.field_values:
            answer.body = ENCODE(
                self._site.renderer(call).issue(issue) | {"issue_field_values": self._values(call, issue)}
            )
        return answer

    def create(self, call: Call) -> Reply:
        """Open an issue."""
        home, body = self._site.repository(call), self._site.body(call)
        if call.user.is_anonymous:
            raise refuse(401, "Requires authentication")
        if not isinstance(body.get("title"), str | int):
            raise invalid("Issue", "title", "missing_field")
        self._check_texts(body)
        may_push = self._site.may_push(call.user, home)
        names = [label_name(each) for each in body.get("labels") or ()] if may_push else []
        actor = self._site.actor(call)
        made = self._state.create(
            home.full_name,
            str(body["title"]),
            body=body.get("body"),
            labels=names,
            author=actor.login,
            type_=body.get("type") if may_push else None,
            actor=actor,
        )
        return reply(self._site.renderer(call).issue(made), 201)

    def edit(self, call: Call) -> Reply:
        """Change an issue: each key that is given, as a whole. Without push access some keys are dropped in silence."""
        issue, body = self._site.issue(call), self._site.body(call)
        if call.user.is_anonymous:
            raise refuse(401, "Requires authentication")
        if issue.repository.archived:
            raise refuse(403, "Repository was archived so is read-only.")
        may_push = self._site.may_push(call.user, issue.repository)
        is_author = issue.user is not None and issue.user.login == call.user.login
        if not may_push and not is_author:
            raise refuse(403, "Must have admin rights to Repository.")
        self._check_texts(body)
        values: Json = {name: body[name] for name in ("title", "body", "state", "state_reason") if name in body}
        if values.get("state", "open") not in ("open", "closed"):
            raise invalid("Issue", "state", "invalid")
        if may_push:
            values |= self._by_name(issue.repository, body)
        if values:
            self._state.edit(issue, actor=self._site.actor(call), **values)
        if may_push and "labels" in body:
            self.set_labels(call, issue, [label_name(each) for each in body["labels"]])
        return self.get(call)

    def set_labels(self, call: Call, issue: Issue, names: "list_of_names") -> None:
        """Let an issue carry exactly these labels."""
        check_names(names)
        actor, wanted = self._site.actor(call), {name.lower() for name in names}
        if len(wanted) > MAX_LABELS:
            raise invalid("Issue", "labels", "custom", message="an issue cannot have more than 100 labels")
        gone = [label.name for label in issue.labels if label.name.lower() not in wanted]
        self._state.remove_labels(issue, *gone, actor=actor)
        have = {label.name.lower() for label in issue.labels}
        self._state.add_labels(issue, *(name for name in names if name.lower() not in have), actor=actor)

    def search(self, call: Call) -> Reply:
        """Search by `repo:`, `org:`, `user:`, `is:`, `state:`, `label:`, `updated:>=` and words of the title."""
        query = call.arg("q")
        if not query.strip():
            raise invalid("Search", "q", "missing")
        found = [issue for issue in self._seen(call) if _fits(issue, query)]
        found.sort(key=_SORTS.get(call.arg("sort"), _SORTS["created"]), reverse=call.arg("order", "desc") != "asc")
        size, page = self._site.page_of(call)
        if page * size > 1_000 + size - 1:
            raise refuse(422, "Only the first 1000 search results are available")
        render = self._site.renderer(call)
        items = [render.issue(issue) | {"score": 1.0} for issue in found[:1_000][(page - 1) * size : page * size]]
        body = {"total_count": len(found), "incomplete_results": False, "search_type": "lexical", "items": items}
        return reply(body, headers=self._site.links(call, min(len(found), 1_000)))

    def events(self, call: Call) -> Reply:
        """List what happened to an issue since the sandbox began."""
        issue, render = self._site.issue(call), self._site.renderer(call)
        rows = []
        for event in issue.events:
            shape = {"id": event["id"], "node_id": f"EV_{event['id']}"}
            shape |= {"url": f"{render.repository_url(issue.repository)}/issues/events/{event['id']}"}
            shape |= {"actor": render.user(self._state.user(event["actor"])), "event": event["event"]}
            shape |= {"commit_id": None, "commit_url": None, "created_at": event["created_at"]}
            shape |= {"performed_via_github_app": None} | ({"label": event["label"]} if "label" in event else {})
            rows.append(ENCODE(shape))
        return self._site.paged(call, rows, home=issue.repository)

    # inside -----------------------------------------------------------------------------------------------------

    def _seen(self, call: Call) -> "list_of_issues":
        homes = [home for home in self._state.repositories.values() if self._site.may_see(call.user, home)]
        return [issue for home in homes for issue in home.issues.values()]

    def _rows(self, call: Call, home: Repository) -> "list_of_issues":
        asked = {name: values for name, values in call.query.items() if name not in ("page", "per_page")}
        key = tuple(sorted(asked.items()))
        if key not in home.lists:
            sort, direction = call.arg("sort", "created"), call.arg("direction", "desc")
            if sort not in _SORTS or direction not in ("asc", "desc"):
                raise invalid("Issue", "sort" if sort not in _SORTS else "direction", "invalid")
            rows = [issue for issue in home.issues.values() if self._is_asked_for(call, home, issue)]
            home.lists[key] = sorted(rows, key=_SORTS[sort], reverse=direction == "desc")
        found: list_of_issues = home.lists[key]
        return found

    def _is_asked_for(self, call: Call, home: Repository, issue: Issue) -> bool:
        state = call.arg("state", "open")
        if state not in ("open", "closed", "all"):
            raise invalid("Issue", "state", "invalid")
        if state not in ("all", issue.state) or issue.updated_at < since_of(call):
            return False
        have = {label.name.lower() for label in issue.labels}
        if not {name.lower() for name in call.many("labels")} <= have:
            return False
        if (creator := call.arg("creator")) and (issue.user is None or issue.user.login.lower() != creator.lower()):
            return False
        if (kind := call.arg("type")) and kind != "*":
            return (issue.type.name.lower() if issue.type else "none") == kind.lower()
        return _has_milestone(call, home, issue) and _has_assignee(call, issue)

    def _check_texts(self, body: Json) -> None:
        text, title = body.get("body"), body.get("title")
        if isinstance(text, str) and len(text) > MAX_BODY:
            raise invalid("Issue", "body", "custom", message=f"body is too long (maximum is {MAX_BODY} characters)")
        if isinstance(title, str) and len(title) > MAX_TITLE:
            raise invalid("Issue", "title", "custom", message=f"title is too long (maximum is {MAX_TITLE} characters)")
        if "title" in body and not str(title or "").strip():
            raise invalid("Issue", "title", "missing_field")

    def _by_name(self, home: Repository, body: Json) -> Json:
        values: Json = {}
        if "milestone" in body:
            number = body["milestone"]
            values["milestone"] = home.milestones.get(int(number)) if number is not None else None
            if number is not None and values["milestone"] is None:
                raise invalid("Issue", "milestone", "invalid", value=number)
        if "type" in body and "issue_types" in self._state.features:
            values["type"] = self._state.type_named(home, body["type"]) if body["type"] else None
            if body["type"] and values["type"] is None:
                raise invalid("Issue", "type", "invalid", value=body["type"])
        if "assignees" in body:
            values["assignees"] = [self._state.user(login) for login in body["assignees"] or ()]
        return values

    def _values(self, call: Call, issue: Issue) -> "list_of_json":
        fields = self._state.fields.get(issue.repository.owner.login.lower(), {})
        render = self._site.renderer(call)
        return [render.field_value(fields[number], value) for number, value in issue.field_values.items()]


# inside the class `list` is the handler of that name
list_of_names = list[str]
list_of_issues = list[Issue]
list_of_json = list[Json]


def label_name(each: Any) -> str:
    """Return the name of a label that was sent as text or as an object; 422 for neither."""
    name = each.get("name") if isinstance(each, dict) else each
    if not isinstance(name, str) or not name.strip():
        raise invalid("Label", "name", "missing_field")
    return name


def check_names(names: "list_of_names") -> None:
    """Refuse label names that are longer than 50 characters."""
    for name in names:
        if len(name) > 50:
            raise invalid("Label", "name", "custom", value=name, message="name is too long (maximum is 50 characters)")


def since_of(call: Call) -> str:
    """Return `since` as GitHub's own UTC time; 422 for what is no time."""
    text = call.arg("since")
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise invalid("Issue", "since", "invalid", value=text) from None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def _has_milestone(call: Call, home: Repository, issue: Issue) -> bool:
    wanted = call.arg("milestone")
    if not wanted:
        return True
    if wanted in ("*", "none"):
        return (issue.milestone is not None) == (wanted == "*")
    if not wanted.isdigit() or int(wanted) not in home.milestones:
        raise invalid("Issue", "milestone", "invalid", value=wanted)
    return issue.milestone is not None and issue.milestone.number == int(wanted)


def _has_assignee(call: Call, issue: Issue) -> bool:
    wanted = call.arg("assignee")
    if not wanted:
        return True
    if wanted in ("*", "none"):
        return bool(issue.assignees) == (wanted == "*")
    return wanted.lower() in {user.login.lower() for user in issue.assignees}


def _fits(issue: Issue, query: str) -> bool:
    return all(_term_fits(issue, term) for term in _terms(query))


def _terms(query: str) -> list[str]:
    terms, quoted, word = [], False, ""
    for char in query + " ":
        if char == '"':
            quoted = not quoted
        elif char.isspace() and not quoted:
            terms += [word] if word else []
            word = ""
        else:
            word += char
    return terms


def _term_fits(issue: Issue, term: str) -> bool:
    name, colon, value = term.partition(":")
    negated, name = name.startswith("-"), name.removeprefix("-")
    low = value.lower()
    home = issue.repository
    tests: dict[str, Callable[[], bool]] = {
        "repo": lambda: home.full_name.lower() == low,
        "org": lambda: home.owner.login.lower() == low,
        "user": lambda: home.owner.login.lower() == low,
        "is": lambda: {"issue": not issue.is_pull_request, "pr": issue.is_pull_request}.get(low, issue.state == low),
        "type": lambda: {"issue": not issue.is_pull_request, "pr": issue.is_pull_request}.get(low, False),
        "state": lambda: issue.state == low,
        "label": lambda: low in {label.name.lower() for label in issue.labels},
        "milestone": lambda: issue.milestone is not None and issue.milestone.title.lower() == low,
        "author": lambda: issue.user is not None and issue.user.login.lower() == low,
        "updated": lambda: _in_range(issue.updated_at, value),
        "created": lambda: _in_range(issue.created_at, value),
    }
    if not colon:
        return term.lower() in issue.title.lower() or term.lower() in (issue.body or "").lower()
    if name not in tests:
        raise invalid("Search", "q", "invalid", message=f"the sandbox does not search by '{name}:'")
    return tests[name]() != negated


def _in_range(at: str, wanted: str) -> bool:
    if ".." in wanted:
        low, _, high = wanted.partition("..")
        return (low == "*" or at >= low) and (high == "*" or at[: len(high)] <= high)
    for sign in (">=", "<=", ">", "<"):
        if wanted.startswith(sign):
            bound = wanted.removeprefix(sign)
            cut = at[: len(bound)]
            return {">=": cut >= bound, "<=": cut <= bound, ">": cut > bound, "<": cut < bound}[sign]
    return at.startswith(wanted)
