"""Everything that outlives a run, in SQLite or PostgreSQL: tickets, links, ledger, journal, lease, snapshots."""

from journeysync.store.copying import copy_store
from journeysync.store.facts import FactRow
from journeysync.store.process import this_process
from journeysync.store.store import Store
from journeysync.store.values import (
    Ancestor,
    CopiedTable,
    InboxRow,
    Lease,
    Lineage,
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
    "CopiedTable",
    "FactRow",
    "InboxRow",
    "Lease",
    "Lineage",
    "MarkName",
    "ReadRow",
    "RunRow",
    "RunWrite",
    "SaveResult",
    "Snapshot",
    "Status",
    "Store",
    "copy_store",
    "this_process",
]
