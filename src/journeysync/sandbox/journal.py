"""The write journal and the request counters, shared by all sandbox flavours.

A test reads them to prove that only our slots were written, once each, and how many requests it took. What a tracker
refused is not in the journal: it holds what was changed, in the order in which it was changed.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Slot = Literal[
    "label+",
    "label-",
    "field",
    "property",
    "property-",
    "remotelink",
    "remotelink-",
    "create",
    "delete",
    "move",
    "comment+",
    "comment",
    "comment-",
    "project-item+",
    "project-item-",
    "repository-label+",
    "repository-label",
    "repository-label-",
]


@dataclass(frozen=True, slots=True)
class Write:
    """One value that was changed.

    `request` numbers the HTTP request that caused it (0: a person or the test, through `server.state`); `name` is the
    label, field id, property key or global id; `value` the new value as JSON; `task` the bulk task; `notified` whether
    the tracker would have sent e-mail; `changed` is False where the value stood there already.
    """

    at: float
    request: int
    method: str
    path: str
    author: str
    issue_id: str
    issue_key: str
    what: Slot
    name: str
    value: Any = None
    task: str = ""
    notified: bool = False
    changed: bool = True


class Journal:
    """All writes, oldest first, readable from any thread; with `path`, each is also appended there as a JSON line."""

    def __init__(self, path: Path | None = None) -> None:
        self._writes: list[Write] = []
        self._path = path
        self._lock = threading.Lock()

    def add(self, write: Write) -> None:
        """Record one write."""
        with self._lock:
            self._writes.append(write)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(write), ensure_ascii=False) + "\n")

    def __iter__(self) -> Iterator[Write]:
        with self._lock:
            return iter(tuple(self._writes))

    def __len__(self) -> int:
        return len(self._writes)

    def __getitem__(self, index: int) -> Write:
        return self._writes[index]

    def over_http(self) -> tuple[Write, ...]:
        """Return the writes that came over the wire, without those made by `server.state`."""
        return tuple(write for write in self if write.request)

    def of(self, issue: str) -> tuple[Write, ...]:
        """Return the writes to one issue, by id or key."""
        return tuple(write for write in self if issue in (write.issue_id, write.issue_key))

    def clear(self) -> None:
        """Forget all writes."""
        with self._lock:
            self._writes.clear()


class RequestCounters:
    """How many requests came, by method and path template, such as `GET /rest/api/3/issue/{key}`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._number = 0

    def count(self, method: str, template: str) -> int:
        """Count one request and return its number, from 1, over the life of the server."""
        with self._lock:
            self._counts[f"{method} {template}"] += 1
            self._number += 1
            return self._number

    def __getitem__(self, name: str) -> int:
        return self._counts[name]

    @property
    def total(self) -> int:
        """All requests since the last reset."""
        return self._counts.total()

    def of(self, part: str) -> int:
        """Return the requests whose `METHOD /template` contains a text, such as `search/jql` or `PUT `."""
        return sum(count for name, count in self.by_endpoint().items() if part in name)

    def by_endpoint(self) -> dict[str, int]:
        """Return all counts by `METHOD /template`."""
        with self._lock:
            return dict(self._counts)

    def reset(self) -> None:
        """Start counting anew (request numbers go on)."""
        with self._lock:
            self._counts.clear()
