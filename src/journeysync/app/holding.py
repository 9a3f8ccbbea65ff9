"""A workspace that stays open: for a page or a schedule, where opening it for each request would cost too much.

Opened once, and anew when its files change. Files with errors do not replace what works: the old workspace stays,
and ``problem`` says what is wrong. Looking may happen at once from many threads, changing is done one at a time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from journeysync.errors import JourneySyncError

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

LOOK_EVERY_SECONDS = 1.0
_READ = (".yaml", ".yml")


class Held:
    """One workspace that is held open.

    Args:
        open_workspace: Opens it; called again when a file of it changed.
        look_every_seconds: How often files are looked at, at most.
    """

    def __init__(
        self, open_workspace: Callable[[], "Workspace"], *, look_every_seconds: float = LOOK_EVERY_SECONDS
    ) -> None:
        self._open = open_workspace
        self._every = look_every_seconds
        self._lock = threading.Lock()
        self._changing = threading.RLock()
        self._users: dict[int, int] = {}  # how many use each workspace that is open, by its identity
        self._workspace = open_workspace()
        self._seen = _files_of(self._workspace)
        self._looked = time.monotonic()
        self.problem: JourneySyncError | None = None

    @contextmanager
    def looking(self) -> Iterator["Workspace"]:
        """Lend the workspace to look at; many may do so at once."""
        with self._lock:
            old = self._renew()
            workspace = self._workspace
            self._users[id(workspace)] = self._users.get(id(workspace), 0) + 1
        if old is not None:
            self._close_if_unused(old)
        try:
            workspace.read_decisions()  # those that another process made: one look at a file's date
            yield workspace
        finally:
            with self._lock:
                self._users[id(workspace)] -= 1
            if workspace is not self._workspace:
                self._close_if_unused(workspace)

    @contextmanager
    def changing(self) -> Iterator["Workspace"]:
        """Lend the workspace to change something in its store or decisions; one at a time."""
        with self._changing, self.looking() as workspace:
            yield workspace

    @contextmanager
    def another(self) -> Iterator["Workspace"]:
        """Open the workspace once more: for work that takes long, beside those who look and change."""
        workspace = self._open()
        try:
            yield workspace
        finally:
            workspace.close()

    def now(self) -> datetime:
        """Return the workspace's time."""
        return self._workspace.now()

    def close(self) -> None:
        """Let go of it."""
        self._workspace.close()

    def _renew(self) -> "Workspace | None":
        """Open the workspace anew if its files changed; return the old one then."""
        if time.monotonic() - self._looked < self._every:
            return None
        self._looked = time.monotonic()
        seen = _files_of(self._workspace)
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            fresh = self._open()
        except JourneySyncError as error:
            self.problem = error
            return None
        self.problem = None
        old, self._workspace = self._workspace, fresh
        self._seen = _files_of(fresh)
        return old

    def _close_if_unused(self, workspace: "Workspace") -> None:
        with self._lock:
            if self._users.get(id(workspace), 0) or workspace is self._workspace:
                return
            self._users.pop(id(workspace), None)
        workspace.close()


def _files_of(workspace: "Workspace") -> frozenset[tuple[str, int, int]]:
    """Return path, date and size of every file that a workspace is read from."""
    settings = workspace.settings
    folders = (*settings.journeys, settings.root / "mappings")
    files = [settings.path, *(file for folder in folders for file in _yaml_below(folder))]
    found = []
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue  # gone since it was listed
        found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)


def _yaml_below(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (file for file in folder.rglob("*") if file.suffix in _READ)
