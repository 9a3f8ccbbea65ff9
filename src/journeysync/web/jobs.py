"""Work that takes longer than an answer may: it runs in a thread of its own, with a workspace of its own.

The page shows how far it is; a reader without scripts loads it again. What a job does is safe against being killed:
it is the same use case that the command line runs.
"""

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from journeysync.app.holding import Held
from journeysync.app.progress import Progress
from journeysync.errors import JourneySyncError

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

MOST_JOBS = 50
_log = logging.getLogger(__name__)
Work = Callable[["Workspace", Progress], Any]
Kind = Literal["apply", "read", "doctor"]


@dataclass
class Job:
    """One piece of work, under way or ended."""

    id: str
    kind: Kind
    title: str  # as a heading
    by: str
    began: datetime
    stage: str = ""
    done: int = 0
    total: int | None = None
    ended: datetime | None = None
    result: Any = None
    error: JourneySyncError | None = None
    is_broken: bool = False  # it ended in a way that nobody foresaw
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def is_under_way(self) -> bool:
        """Return whether it has not ended."""
        return self.ended is None

    @property
    def percent(self) -> int | None:
        """Return how much is done, where that is known."""
        return min(100, 100 * self.done // self.total) if self.total else None

    @property
    def is_trouble(self) -> bool:
        """Return whether somebody should look at what came of it."""
        return self.error is not None or self.is_broken or bool(getattr(self.result, "exit_code", 0))

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """Take note of progress."""
        with self._lock:
            self.stage, self.done, self.total = stage, done, total


class Busy(JourneySyncError):
    """Another piece of work of this kind is under way."""


class Jobs:
    """The newest jobs. Of each kind one is under way at a time."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def begin(self, kind: Kind, title: str, work: Work, *, by: str, at: datetime) -> Job:
        """Start a job.

        Raises:
            Busy: One of this kind is under way.
        """
        job = Job(secrets.token_hex(8), kind, title, by, at)
        with self._lock:
            other = next((each for each in self._jobs.values() if each.kind == kind and each.is_under_way), None)
            if other is not None:
                raise Busy(f"{other.by} began this already: {other.title}", next_step="wait until it has ended")
            self._jobs[job.id] = job
            while len(self._jobs) > MOST_JOBS:
                self._jobs.popitem(last=False)
        threading.Thread(target=self._run, args=(job, work), name=f"journeysync-{kind}", daemon=True).start()
        return job

    def job(self, job_id: str) -> Job | None:
        """Return a job, None if it is not known (any longer)."""
        with self._lock:
            return self._jobs.get(job_id)

    def newest(self, kind: Kind) -> Job | None:
        """Return the newest job of a kind."""
        with self._lock:
            return next((each for each in reversed(self._jobs.values()) if each.kind == kind), None)

    def _run(self, job: Job, work: Work) -> None:
        try:
            with self._held.another() as workspace:
                job.result = work(workspace, job.tell)
        except JourneySyncError as error:
            job.error = error
        except Exception:  # noqa: BLE001  # one broken job never takes the server down; the log has it all
            _log.exception("%s", job.title)
            job.is_broken = True
        finally:
            job.ended = self._held.now()
