"""Everything that outlives a run, in SQLite: tickets, links, ledger, journal, lease, snapshots."""

from journeysync.store.process import this_process
from journeysync.store.store import Store
from journeysync.store.values import (
    Ancestor,
    InboxRow,
    Lease,
    MarkName,
    ReadRow,
    RunRow,
    RunWrite,
    SaveResult,
    Snapshot,
    Status,
)

__all__ = [
    "Ancestor",
    "InboxRow",
    "Lease",
    "MarkName",
    "ReadRow",
    "RunRow",
    "RunWrite",
    "SaveResult",
    "Snapshot",
    "Status",
    "Store",
    "this_process",
]
