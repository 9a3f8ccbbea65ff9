"""REST JSON of everything a site holds, with addresses under the base that the caller used."""

from typing import Any
from urllib.parse import quote

from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueField,
    IssueType,
    Json,
    Label,
    Milestone,
    Option,
    Repository,
    User,
)
from journeysync.sandbox.wire import ENCODE

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
_USER_URLS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = ("forks", "forks_count", "size", "stargazers_count", "watchers", "watchers_count")


class Renderer:
    """Makes the JSON. ``api`` is the base of the REST addresses, ``web`` that of the pages."""

    def __init__(self, api: str, web: str, features: set[str]) -> None:
        self.api = api
        self.web = web
        self._features = features

    def issue_bytes(self, issue: Issue) -> bytes:
        """Return an issue as JSON; kept with the issue until it changes."""
        known = issue.shown.get(self.api)
        if known is None:
            known = issue.shown[self.api] = ENCODE(self.issue(issue))
        return known

    def issue(self, issue: Issue) -> Json:
        """Return an issue, or the row of a pull request in the list of issues."""
        home = self.repository_url(issue.repository)
        url = f"{home}/issues/{issue.number}"
        kind = "pull" if issue.is_pull_request else "issues"
        shape: Json = {
            "url": url,
            "repository_url": home,
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"{self.web}/{issue.repository.full_name}/{kind}/{issue.number}",
            "id": issue.id,
            "node_id": issue.node_id,
            "number": issue.number,
            "title": issue.title,
            "user": self.user(issue.user),
            "labels": [self.label(issue.repository, label) for label in issue.labels],
            "state": issue.state,
            "locked": issue.locked,
            "assignee": self.user(issue.assignees[0]) if issue.assignees else None,
            "assignees": [self.user(each) for each in issue.assignees],
            "milestone": self.milestone(issue.repository, issue.milestone) if issue.milestone else None,
            "comments": issue.comment_count,
            "created_at": issue.created_at,
            "updated_at": issue.updated_at,
            "closed_at": issue.closed_at,
            "author_association": issue.association,
            "active_lock_reason": issue.lock_reason,
            "body": issue.body,
            "closed_by": self.user(issue.closed_by),
            "reactions": {"url": f"{url}/reactions"} | _reactions(issue.kept.get("reactions")),
            "timeline_url": f"{url}/timeline",
            "performed_via_github_app": issue.kept.get("performed_via_github_app"),
            "state_reason": issue.state_reason,
        }
        return shape | self._by_feature(issue) | self._pull_request(issue)

    def _by_feature(self, issue: Issue) -> Json:
        shape: Json = {}
        if "issue_types" in self._features:
            shape["type"] = self.issue_type(issue.type) if issue.type else None
        if "sub_issues" in self._features:
            shape["sub_issues_summary"] = summary_of(issue)
            shape["issue_dependencies_summary"] = issue.kept.get("issue_dependencies_summary") or dict.fromkeys(
                ("blocked_by", "total_blocked_by", "blocking", "total_blocking"), 0
            )
            if issue.parent is not None:
                above = issue.parent
                shape["parent_issue_url"] = f"{self.repository_url(above.repository)}/issues/{above.number}"
        return shape

    def _pull_request(self, issue: Issue) -> Json:
        if issue.pull_request is None:
            return {}
        page = f"{self.web}/{issue.repository.full_name}/pull/{issue.number}"
        urls = {
            "url": f"{self.repository_url(issue.repository)}/pulls/{issue.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
        }
        return {"draft": issue.draft, "pull_request": urls | {"merged_at": issue.pull_request.get("merged_at")}}

    def field_value(self, field: IssueField, value: Any) -> Json:
        """Return the value of an organisation's field, as an issue shows it."""
        shape: Json = {
            "issue_field_id": field.id,
            "issue_field_name": field.name,
            "node_id": field.node_id,
            "data_type": field.data_type,
            "value": value.name if isinstance(value, Option) else value,
        }
        if isinstance(value, Option):
            shape["single_select_option"] = {"id": value.id, "name": value.name, "color": value.color}
        return shape

    def user(self, user: User | None) -> Json | None:
        """Return a user in short."""
        if user is None:
            return None
        url = f"{self.api}/users/{quote(user.login)}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": user.node_id,
            "avatar_url": user.avatar_url or f"{self.web}/avatars/{user.id}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.web}/{user.login}",
            **{name: url + rest for name, rest in _USER_URLS.items()},
            "type": user.type,
            "user_view_type": "public",
            "site_admin": user.site_admin,
        }

    def label(self, repository: Repository, label: Label) -> Json:
        """Return a label."""
        return {
            "id": label.id,
            "node_id": label.node_id,
            "url": f"{self.repository_url(repository)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "color": label.color,
            "default": label.default,
            "description": label.description,
        }

    def milestone(self, repository: Repository, milestone: Milestone) -> Json:
        """Return a milestone with the count of its issues."""
        url = f"{self.repository_url(repository)}/milestones/{milestone.number}"
        states = repository.lists.get("milestones")
        if states is None:
            states = repository.lists["milestones"] = _milestone_counts(repository)
        open_count, closed_count = states.get(milestone.number, (0, 0))
        return {
            "url": url,
            "html_url": f"{self.web}/{repository.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": milestone.node_id,
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(milestone.creator),
            "open_issues": open_count,
            "closed_issues": closed_count,
            "state": milestone.state,
            "created_at": milestone.created_at,
            "updated_at": milestone.updated_at,
            "due_on": milestone.due_on,
            "closed_at": milestone.closed_at,
        }

    def comment(self, issue: Issue, comment: Comment) -> Json:
        """Return a comment."""
        home = self.repository_url(issue.repository)
        url = f"{home}/issues/comments/{comment.id}"
        page = f"{self.web}/{issue.repository.full_name}/issues/{issue.number}"
        return {
            "url": url,
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": f"{home}/issues/{issue.number}",
            "id": comment.id,
            "node_id": comment.node_id,
            "user": self.user(comment.user),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "body": comment.body,
            "author_association": comment.association,
            "reactions": {"url": f"{url}/reactions"} | _reactions(None),
            "performed_via_github_app": None,
        }

    def issue_type(self, type_: IssueType) -> Json:
        """Return an issue type."""
        named = {"id": type_.id, "node_id": type_.node_id, "name": type_.name}
        return named | {"description": type_.description, "color": type_.color, "is_enabled": True}

    def issue_field(self, field: IssueField) -> Json:
        """Return an organisation's field with its options."""
        shape: Json = {"id": field.id, "node_id": field.node_id, "name": field.name, "description": None}
        shape |= {"data_type": field.data_type, "visibility": field.visibility}
        if field.data_type == "single_select":
            shape["options"] = [
                {"id": each.id, "name": each.name, "description": None, "color": each.color, "priority": index}
                for index, each in enumerate(field.options, start=1)
            ]
        return shape

    def repository_url(self, repository: Repository) -> str:
        """Return the REST address of a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def repository(self, repository: Repository, *, can_push: bool, full: bool = False) -> Json:
        """Return a repository: in short as lists show it, or ``full`` as it shows itself."""
        url, page = self.repository_url(repository), f"{self.web}/{repository.full_name}"
        open_count = sum(issue.state == "open" for issue in repository.issues.values())
        shape: Json = {
            "id": repository.id,
            "node_id": repository.node_id,
            "name": repository.name,
            "full_name": repository.full_name,
            "private": not repository.is_public,
            "visibility": repository.visibility,
            "owner": self.user(repository.owner),
            "html_url": page,
            "description": repository.description,
            "fork": False,
            "url": url,
            **{name: url + rest for name, rest in _REPOSITORY_URLS.items()},
            **dict.fromkeys(_COUNTS, 0),
            "clone_url": f"{page}.git",
            "git_url": f"git:{page.partition(':')[2]}.git",
            "ssh_url": f"git@sandbox.example:{repository.full_name}.git",
            "svn_url": page,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "default_branch": "main",
            "has_issues": repository.has_issues,
            "has_projects": True,
            "has_wiki": False,
            "has_pages": False,
            "has_downloads": False,
            "has_discussions": False,
            "archived": repository.archived,
            "disabled": False,
            "open_issues": open_count,
            "open_issues_count": open_count,
            "created_at": repository.created_at,
            "updated_at": repository.created_at,
            "pushed_at": repository.created_at,
            "permissions": {"admin": False, "push": can_push, "pull": True, "maintain": False, "triage": can_push},
        }
        if full:
            shape |= {"network_count": 0, "subscribers_count": 0}
            if repository.owner.type == "Organization":
                shape["organization"] = self.user(repository.owner)
        return shape


def summary_of(issue: Issue) -> Json:
    """Return how many sub-issues there are and how many are done; recorded numbers where no child is here."""
    if not issue.children and issue.kept.get("sub_issues_summary"):
        return dict(issue.kept["sub_issues_summary"])
    total = len(issue.children)
    done = sum(child.state == "closed" for child in issue.children)
    return {"total": total, "completed": done, "percent_completed": 100 * done // total if total else 0}


def _reactions(recorded: Json | None) -> Json:
    given = recorded or {}
    return {name: given.get(name, 0) for name in ("total_count", *_REACTIONS)}


def _milestone_counts(repository: Repository) -> dict[int, tuple[int, int]]:
    counts: dict[int, tuple[int, int]] = {}
    for issue in repository.issues.values():
        if issue.milestone is not None:
            opened, closed = counts.get(issue.milestone.number, (0, 0))
            is_open = issue.state == "open"
            counts[issue.milestone.number] = (opened + is_open, closed + (not is_open))
    return counts
