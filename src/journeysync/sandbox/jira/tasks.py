"""Work that Jira does after it has answered: bulk edits and bulk properties, polled by task id."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

KEEP_SECONDS = 14 * 24 * 3_600.0
MAX_CONCURRENT_BULK_EDITS = 5


@dataclass
class Task:
    """One task. `run` does the work and returns its result; failures by issue are in `failed`."""

    id: str
    kind: Literal["bulk-edit", "properties"]
    account_id: str
    submitted: float
    due: float
    total: int
    run: Callable[["Task"], Any]
    status: Literal["ENQUEUED", "RUNNING", "COMPLETE", "FAILED"] = "ENQUEUED"
    finished: float = 0.0
    result: Any = None
    processed: list[int] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)
    unknown: int = 0

    @property
    def is_open(self) -> bool:
        """Whether there is still work to do."""
        return self.status in ("ENQUEUED", "RUNNING")


class TaskQueue:
    """The tasks of a site; `seconds` is how long each takes, `fail_next` lets the next one fail (for tests)."""

    def __init__(self, clock: Callable[[], float], seconds: float = 0.02) -> None:
        self.seconds = seconds
        self.fail_next = False
        self._clock = clock
        self._tasks: dict[str, Task] = {}

    def submit(
        self, kind: Literal["bulk-edit", "properties"], account_id: str, total: int, run: Callable[[Task], Any]
    ) -> Task:
        """Take a task on; it runs when it is due and somebody asks the site anything."""
        now = self._clock()
        task = Task(str(10_700 + len(self._tasks)), kind, account_id, now, now + self.seconds, total, run)
        self._tasks[task.id] = task
        return task

    def open_edits(self) -> int:
        """Return how many bulk edits are under way, over all users."""
        return sum(task.is_open and task.kind == "bulk-edit" for task in self._tasks.values())

    def find(self, task_id: str) -> Task | None:
        """Return a task, for 14 days."""
        task = self._tasks.get(task_id)
        return task if task and self._clock() - task.submitted < KEEP_SECONDS else None

    def advance(self) -> None:
        """Do what is due."""
        now = self._clock()
        for task in [task for task in self._tasks.values() if task.is_open]:
            if task.due <= now:
                self._finish(task, now)
            elif now > task.submitted:
                task.status = "RUNNING"

    def finish_all(self) -> None:
        """Do all work now, due or not."""
        for task in [task for task in self._tasks.values() if task.is_open]:
            self._finish(task, self._clock())

    def _finish(self, task: Task, now: float) -> None:
        task.finished = now
        if self.fail_next:
            self.fail_next = False
            task.status = "FAILED"
            task.result = {"errorMessages": ["The task failed."], "errors": {}}
            return
        task.result = task.run(task)
        task.status = "FAILED" if task.kind == "properties" and task.failed else "COMPLETE"
