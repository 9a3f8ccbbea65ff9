"""Made-up issues of realistic size and variety, the same for the same seed: Jira's of about 4 kB, Linear's of 2.4 kB.

For benchmarks and big demos. Epics come first, so that a parent always exists before its children; about one issue in
six shares its exact `updated` with its neighbour, as recorded backlogs do.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from journeysync.sandbox.jira import catalog

FIRST_ID = 100_000
PROJECTS = (("10000", "BILL", "Billing"), ("10001", "ONB", "Onboarding"))
EPIC_SHARE = 40
TIE_SHARE = 6
POOL = 2_000
_SPAN_SECONDS = 900 * 86_400
_NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_VERBS = ("Explain", "Speed up", "Fix", "Redesign", "Translate", "Measure", "Retire", "Test", "Simplify", "Document")
_THINGS = (
    "the bill",
    "meter readings",
    "the tariff comparison",
    "direct debit",
    "the identity check",
    "charging sessions",
    "the welcome mail",
    "payment plans",
    "the outage map",
    "the moving-house form",
)
_PLACES = ("in the app", "on the web", "for small firms", "for renters", "at night", "after a move", "on old phones")
_LABELS = ("iOS", "android", "web", "tech-debt", "a11y", "customer-call", "quick-win", "compliance", "2026-q3", "beta")
_COMPONENTS = ("App", "Web", "Billing core", "Identity", "Meter data", "Notifications")
_TEXT = (
    "customers tell us that they cannot see why an amount changed after the estimated reading was replaced and the "
    "next statement only shows a total so support explains it by phone which takes nine minutes on average we want a "
    "short sentence beside each line that says which reading was used and what it would have been without the change "
    "acceptance open the statement choose a line and read the cause in plain words also with a screen reader"
)
_WORDS = tuple(_TEXT.split(" "))


def generate_issues(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield issues as REST v3 records, ready for `start_jira_cloud(records=...)`, ids ascending."""
    luck = random.Random(seed)  # noqa: S311 - the same issues each time
    numbers = dict.fromkeys((key for _, key, _ in PROJECTS), 0)
    texts = _Texts(luck)
    epics: list[dict[str, Any]] = []
    updated = _NOW - timedelta(days=900)
    for index in range(count):
        project_id, key, name = PROJECTS[index % len(PROJECTS)]
        numbers[key] += 1
        if luck.randrange(TIE_SHARE):
            updated += timedelta(seconds=luck.randrange(1, max(2, 2 * _SPAN_SECONDS // max(count, 1))))
        is_epic = not epics or luck.randrange(EPIC_SHARE) == 0
        issue = _issue(luck, texts, f"{key}-{numbers[key]}", index=index, is_epic=is_epic, updated=min(updated, _NOW))
        issue["fields"]["project"] = {"id": project_id, "key": key, "name": name, "projectTypeKey": "software"}
        if not is_epic and luck.random() < 0.7:
            issue["fields"]["parent"] = _parent(luck.choice(epics))
        if is_epic:
            epics.append(issue)
        yield issue


LINEAR_TEAMS = (("ENI", "Energy insights"), ("GRD", "Grid"))
_LINEAR_STATES = (
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
)


def generate_linear(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield issues as Linear's objects, ready for `start_linear(records=...)`, oldest first, some with a parent."""
    luck = random.Random(seed)  # noqa: S311 - the same issues each time
    teams = [{"id": _uuid(luck), "key": key, "name": name} for key, name in LINEAR_TEAMS]
    states = {(team["key"], word): _uuid(luck) for team in teams for word, _ in _LINEAR_STATES}
    labels = [{"id": _uuid(luck), "name": name} for name in _LABELS]
    parents: list[str] = []
    created = _NOW - timedelta(days=900)
    for index in range(count):
        team, (word, kind) = teams[index % len(teams)], luck.choice(_LINEAR_STATES)
        if luck.randrange(TIE_SHARE):
            created += timedelta(milliseconds=luck.randrange(1, max(2, 2_000 * _SPAN_SECONDS // max(count, 1))))
        updated = min(created + timedelta(seconds=luck.randrange(1, 86_400 * 40)), _NOW)
        issue = {
            "id": _uuid(luck),
            "number": index // len(teams) + 1,
            "title": f"{luck.choice(_VERBS)} {luck.choice(_THINGS)} {luck.choice(_PLACES)}",
            "description": "\n\n".join(_sentence(luck, luck.randrange(35, 50)) for _ in range(luck.randrange(4, 9))),
            "priority": luck.choice((0, 0, 0, 2, 3, 3, 4)),
            "estimate": luck.choice((None, 1, 2, 3, 5, 8)),
            "createdAt": _milliseconds(min(created, _NOW)),
            "updatedAt": _milliseconds(updated),
            "team": team,
            "state": {"id": states[team["key"], word], "name": word, "type": kind},
            "labels": luck.sample(labels, luck.choice((0, 0, 1, 2, 3))),
        }
        if parents and luck.random() < 0.4:
            issue["parent"] = {"id": luck.choice(parents)}
        elif luck.randrange(EPIC_SHARE // 4) == 0:
            parents.append(str(issue["id"]))
        if kind == "completed":
            issue["completedAt"] = issue["updatedAt"]
        if kind == "canceled":
            issue["canceledAt"] = issue["updatedAt"]
        yield {"type": "Issue", "object": issue}


def _uuid(luck: random.Random) -> str:
    return str(uuid.UUID(int=luck.getrandbits(128), version=4))


def _milliseconds(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _issue(
    luck: random.Random, texts: "_Texts", key: str, *, index: int, is_epic: bool, updated: datetime
) -> dict[str, Any]:
    kind = catalog.DEFAULT_TYPES[0] if is_epic else luck.choice(catalog.DEFAULT_TYPES[1:3] + catalog.DEFAULT_TYPES[4:])
    status = luck.choice(catalog.DEFAULT_STATUSES)
    done = status["statusCategory"]["key"] == "done"
    person = luck.randrange(40)
    created = updated - timedelta(days=luck.randrange(1, 300), seconds=luck.randrange(86_400))
    summary = f"{luck.choice(_VERBS)} {luck.choice(_THINGS)} {luck.choice(_PLACES)}"
    return {
        "id": str(FIRST_ID + index),
        "key": key,
        "fields": {
            "summary": summary,
            "issuetype": kind,
            "project": None,
            "parent": None,
            "status": status,
            "resolution": luck.choice(catalog.DEFAULT_RESOLUTIONS) if done else None,
            "priority": luck.choice(catalog.DEFAULT_PRIORITIES),
            "labels": sorted(luck.sample(_LABELS, luck.choice((0, 0, 1, 2, 3)))),
            "components": [
                {"id": str(600 + n), "name": _COMPONENTS[n]} for n in luck.sample(range(6), luck.randrange(3))
            ],
            "assignee": {"accountId": f"sandbox:p{person}", "displayName": f"Person {person}", "active": True},
            "created": _time(created),
            "updated": _time(updated),
            "description": _document(luck, texts),
        },
    }


def _document(luck: random.Random, texts: "_Texts") -> dict[str, Any]:
    items = [{"type": "listItem", "content": [node]} for node in luck.choices(texts.short, k=luck.randrange(4, 8))]
    content: list[dict[str, Any]] = [
        _heading("Why"),
        *luck.choices(texts.long, k=luck.randrange(2, 5)),
        _heading("Accepted when"),
        {"type": "bulletList", "content": items},
        _heading("Notes"),
        *luck.choices(texts.long, k=luck.randrange(2, 5)),
    ]
    return {"version": 1, "type": "doc", "content": content}


class _Texts:
    """Paragraphs to draw from: writing each anew would be most of the work."""

    def __init__(self, luck: random.Random) -> None:
        self.long = [_paragraph(_sentence(luck, luck.randrange(35, 50))) for _ in range(POOL)]
        self.short = [_paragraph(_sentence(luck, luck.randrange(10, 18))) for _ in range(POOL)]


def _sentence(luck: random.Random, words: int) -> str:
    start = luck.randrange(len(_WORDS))
    chosen = [_WORDS[(start + step * luck.randrange(1, 3)) % len(_WORDS)] for step in range(words)]
    return " ".join(chosen).capitalize() + "."


def _heading(text: str) -> dict[str, Any]:
    return {"type": "heading", "attrs": {"level": 3}, "content": [{"type": "text", "text": text}]}


def _paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def _parent(epic: dict[str, Any]) -> dict[str, Any]:
    shown = {name: epic["fields"][name] for name in ("summary", "status", "priority", "issuetype")}
    return {"id": epic["id"], "key": epic["key"], "fields": shown}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
