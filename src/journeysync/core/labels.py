"""Labels in our namespace: their names, what they mean, and whose they are (formats.md 8).

A label is the namespace and an id: ``journey.pay-bill``, ``journey.opp-3``. It is
legal in all trackers: ``[a-z0-9.-]``, at most 50 characters. Names compare without case.
"""

from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256

from journeysync.core.text import fold
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Target

LABEL_LIMIT = 50
_HASH_DIGITS = 4
IGNORE = "ignore"
_BAND = "band-"


def label_for(target: Target | str, namespace: str) -> str:
    """Return the label of a target or id; one that is too long ends in ``-`` and 4 hex of the full id.

    With the namespace ``journey.`` the first 37 characters of a long id stay.
    """
    name = str(target).lower()
    room = LABEL_LIMIT - len(namespace)
    if len(name) <= room:
        return namespace + name
    digits = sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
    return f"{namespace}{name[: room - _HASH_DIGITS - 1]}-{digits}"


def name_in_namespace(label: str, namespace: str) -> str | None:
    """Return what follows the namespace, folded; None if the label is not in it."""
    folded, start = fold(label), fold(namespace)
    return folded[len(start) :] if folded.startswith(start) and len(folded) > len(start) else None


def is_ours_by_name(label: str, namespace: str) -> bool:
    """Return whether the label is in our namespace, whoever put it there."""
    return name_in_namespace(label, namespace) is not None


def target_of_label(label: str, namespace: str, repository: JourneyRepository) -> Target | None:
    """Return what the label stands for, by any id that the target has or had; None if it names nothing we know."""
    name = name_in_namespace(label, namespace)
    if name is None:
        return None
    found = target_of_id(name, repository) or target_of_id(name.upper(), repository)
    if found is None and len(namespace) + len(name) == LABEL_LIMIT:
        cut = namespace + name
        found = next((target for id_, target in _ids(repository) if label_for(id_, namespace) == cut), None)
    return found


def target_of_id(target_id: str, repository: JourneyRepository) -> Target | None:
    """Return the target that has or had this id, under its current id."""
    if step := repository.step_by_id.get(target_id):
        return Target(kind="step", id=step.id)
    if journey := repository.journey_by_id.get(target_id):
        return Target(kind="journey", id=journey.id)
    if opportunity := repository.opportunity_by_id.get(target_id):
        return Target(kind="opportunity", id=opportunity.id)
    return None


def _ids(repository: JourneyRepository) -> Iterator[tuple[str, Target]]:
    for id_, step in repository.step_by_id.items():
        yield id_, Target(kind="step", id=step.id)
    for id_, journey in repository.journey_by_id.items():
        yield id_, Target(kind="journey", id=journey.id)
    for id_, opportunity in repository.opportunity_by_id.items():
        yield id_, Target(kind="opportunity", id=opportunity.id)


RESERVED = "(reserved)"
"""Among the ids of a clash: the label has a meaning of its own."""


def label_clashes(repository: JourneyRepository, namespace: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return labels that would stand for several things, each with their ids, sorted by label.

    "journey.ignore" and the band labels have a meaning of their own and clash with ids that spell the same.
    """
    ids_by_label: dict[str, list[str]] = {}
    for id_, _ in _ids(repository):
        ids_by_label.setdefault(label_for(id_, namespace), []).append(id_)
    for label, ids in ids_by_label.items():
        if is_ignore_label(label, namespace) or band_of_label(label, namespace) is not None:
            ids.append(RESERVED)
    return tuple((label, tuple(ids)) for label, ids in sorted(ids_by_label.items()) if len(ids) > 1)


def ignore_label(namespace: str) -> str:
    """Return the label by which people say "leave this ticket alone"."""
    return namespace + IGNORE


def is_ignore_label(label: str, namespace: str) -> bool:
    """Return whether it says "leave this ticket alone", in any case."""
    return name_in_namespace(label, namespace) == IGNORE


def band_label(band: int, namespace: str) -> str:
    """Return the label of a score band."""
    return f"{namespace}{_BAND}{band}"


def band_of_label(label: str, namespace: str) -> int | None:
    """Return the band that the label shows, None if it shows none."""
    name = name_in_namespace(label, namespace)
    if name is None or not name.startswith(_BAND):
        return None
    digits = name[len(_BAND) :]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 2 else None


def did_you_mean_label(label: str, namespace: str, repository: JourneyRepository) -> str:
    """Return the label that an unknown one in our namespace was probably meant to be; empty if none is near."""
    name = name_in_namespace(label, namespace)
    if name is None:
        return ""
    names = {label_for(target, namespace)[len(namespace) :] for _, target in _ids(repository)} | {IGNORE}
    near = get_close_matches(name, sorted(names), n=1, cutoff=0.7)
    return namespace + near[0] if near else ""


class Mark(StrEnum):
    """Whose a label in our namespace is, where no ledger row says it is ours."""

    TYPED = "typed"  # by a person: a link by hand
    UNKNOWN = "unknown"  # first run, lost store, clone: neither a link nor ours


def origin_of_label(
    *,
    seen_without_it: bool,
    first_seen_now: bool,
    created_at: datetime | None,
    first_run_at: datetime | None,
    has_receipt: bool,
    is_copy: bool = False,
) -> Mark:
    """Return whether a person typed a label that the ledger does not know (architecture.md, decision 2).

    Args:
        seen_without_it: An earlier read of ours showed the ticket without the label.
        first_seen_now: This is our first read of the ticket, so no earlier one can tell.
        created_at: When the ticket was made.
        first_run_at: When this workspace ran first; None = this is the first run.
        has_receipt: The ticket carries a receipt, so our marks may have come with it.
        is_copy: It is a clone or transfer of a ticket where we hold that label.
    """
    if seen_without_it and not first_seen_now:
        return Mark.TYPED
    if created_at is None or first_run_at is None or has_receipt or is_copy:
        return Mark.UNKNOWN
    return Mark.TYPED if created_at > first_run_at else Mark.UNKNOWN
