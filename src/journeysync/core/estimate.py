"""How many requests a plan will cost, roughly, before it is carried out."""

from collections import Counter
from collections.abc import Iterable

from journeysync.model.base import value_hash
from journeysync.model.change import COMMENT, TEXTS, slot_kind
from journeysync.model.plan import PlannedTicket
from journeysync.model.tracker import WriteCosts

REQUESTS_OF_A_BLOCK = 3  # it is read right before and right after its write


def requests_estimate(tickets: Iterable[PlannedTicket], costs: WriteCosts = WriteCosts()) -> int:  # noqa: B008  # frozen
    """Return the number of requests for these tickets, the fresh look before writing included."""
    count = links = receipts = texts = 0
    edits: Counter[str] = Counter()
    for planned in tickets:
        count += 1
        edit = []
        for change in planned.changes:
            kind = slot_kind(change.slot)
            if kind == "link":
                links += 1
            elif kind == "property":
                receipts += 1
            elif change.slot in TEXTS:
                texts += 1 if change.slot == COMMENT else REQUESTS_OF_A_BLOCK
            else:
                edit.append([change.slot, change.after])
        if edit:
            edits[value_hash(edit) if costs.same_edit else ""] += 1
    return (
        _requests(count, costs.read)
        + sum(_edit_requests(same, costs) for same in edits.values())
        + _requests(links, costs.link)
        + _requests(receipts, costs.receipt)
        + _requests(texts, costs.text)
    )


def _edit_requests(same: int, costs: WriteCosts) -> int:
    one_by_one = _requests(same, costs.edit)
    if not costs.same_edit:
        return one_by_one
    return min(one_by_one, _requests(same, costs.same_edit) * costs.same_edit_requests)


def _requests(tickets: int, at_once: int) -> int:
    return -(-tickets // max(at_once, 1))
