"""A crowd around Solvane's own tickets, for figures and times of a bigger backlog: the same tickets each time."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from journeysync.sandbox.generate import generate_issues
from journeysync.sandbox.jira.catalog import Json
from journeysync.sandbox.solvane.records import Project

FIRST_NUMBER = 1_000  # their keys begin above those of the outlines


def crowd_of(projects: Sequence[Project], count: int, now: datetime) -> Iterator[Json]:
    """Yield made-up issues in the form of REST v3, spread over the projects, the newest as old as ``now``.

    Epics and their children are spread alike, so a parent may be in another project, as in grown backlogs.
    """
    issues = list(generate_issues(count))
    newest = max((_read(issue["fields"]["updated"]) for issue in issues), default=now)
    keys: dict[str, str] = {}
    for index, issue in enumerate(issues):
        home, fields = projects[index % len(projects)], issue["fields"]
        key = f"{home.key}-{FIRST_NUMBER + index // len(projects)}"
        keys[issue["key"]] = key
        parent = fields["parent"]
        shown = {
            "project": {"id": home.id, "key": home.key, "name": home.name, "projectTypeKey": "software"},
            "parent": parent | {"key": keys[parent["key"]]} if parent else None,
            **{name: _time(now - (newest - _read(fields[name]))) for name in ("created", "updated")},
        }
        yield issue | {"key": key, "fields": fields | shown}


def _read(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"
