"""Which process did it, and whether it can still be at work: for runs and leases that a kill left behind."""

import os
import socket
from pathlib import Path

from journeysync.store.columns import plain


def this_process() -> str:
    """Return a name for this process that no other one ever has: host, pid, and when it began."""
    return f"{plain(socket.gethostname())}:{os.getpid()}:{_started(os.getpid())}"


def may_live(process: str) -> bool:
    """Return whether a process can still be at work; of other machines, and of other names, we cannot tell: it can."""
    host, _, rest = process.partition(":")
    pid, _, started = rest.partition(":")
    if host != plain(socket.gethostname()) or not pid.isdecimal():
        return True
    if int(pid) == os.getpid():
        return started == _started(os.getpid())
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is another user's
    return started == _started(int(pid))


def _started(pid: int) -> str:
    """Return when a process began, in ticks since boot, so that a reused pid is not taken for it; empty if unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux, or no such process
        return ""
    return stat.rpartition(")")[2].split()[19]
