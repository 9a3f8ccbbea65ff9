"""What people said about single slots: this one is mine, or write yours again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from journeysync.model.change import LedgerRow, Slot
from journeysync.model.decision import Decision
from journeysync.model.ticket import TicketRef

SLOT_WORDS = ("take-theirs", "take-ours")


class SlotWords:
    """The newest word of a person on each slot of each ticket.

    Args:
        decisions: Of the kinds in ``SLOT_WORDS``, oldest first; what has ended says nothing.
        now: The time of this run.
    """

    def __init__(self, decisions: Iterable[Decision], now: datetime) -> None:
        self._newest: dict[TicketRef, dict[Slot, Decision]] = {}
        for decision in decisions:
            if decision.ticket is not None and decision.holds(now):
                self._newest.setdefault(decision.ticket, {})[decision.target] = decision

    def of(self, ref: TicketRef, ledger: Sequence[LedgerRow]) -> tuple[frozenset[Slot], frozenset[Slot]]:
        """Return the slots that a person took over, and those where ours is wanted again.

        The second wish is granted once: by a write of ours that is later than it. A label is never taken over
        in this way: a "no" to its target says that.
        """
        words = self._newest.get(ref)
        if not words:
            return frozenset(), frozenset()
        written = {row.slot: row.at for row in ledger if row.state != "released"}
        theirs = [slot for slot, word in words.items() if word.kind == "take-theirs"]
        back = [
            slot
            for slot, word in words.items()
            if word.kind == "take-ours" and slot in written and written[slot] <= word.at
        ]
        return frozenset(theirs), frozenset(back)
