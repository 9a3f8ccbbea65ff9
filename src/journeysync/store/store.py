"""The store: everything that outlives a run. Each word has a module of its own; this one puts them together.

Methods are short transactions and return values; see ``database`` for what holds for all of them.
"""

from sqlalchemy import Engine

from journeysync.store.audit import Audit
from journeysync.store.decisions import Decisions
from journeysync.store.facts import Facts
from journeysync.store.inbox import Inbox
from journeysync.store.intents import Intents
from journeysync.store.lease import Leases
from journeysync.store.links import StoredLinks
from journeysync.store.marks import LabelMarks
from journeysync.store.mentions import Mentions
from journeysync.store.progress import Progress
from journeysync.store.runs import Runs
from journeysync.store.tickets import SavedTickets


class Store(
    SavedTickets, StoredLinks, Facts, LabelMarks, Mentions, Intents, Leases, Runs, Decisions, Inbox, Progress, Audit
):
    """One store. Open it with ``Store.open(url)``; close it, or use it in ``with``."""

    def __init__(self, engine: Engine, where: str) -> None:
        super().__init__(engine, where)
        self._due_hashes = {}
