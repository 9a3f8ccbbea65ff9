"""All that is said for and against the links of one ticket, and which word counts.

Precedence decides two things only (product.md 2). Yes against no on the same target: the newest
word of a person beats reference, rule and what is inherited. Whose cause is shown: the strongest origin's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from journeysync.core.labels import target_of_id, target_of_label
from journeysync.model.decision import Decision
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import UNSURE, Link, Origin, Target
from journeysync.model.ticket import Ticket

_YES = {"link": Origin.HAND, "accept": Origin.ACCEPTED}
_NO = ("unlink", "refuse")
_NEITHER = ("take-ours",)  # a "no" is taken back: rules and labels count again
_LABEL_SLOT = "label:"
_RANK = {origin: origin.rank for origin in Origin}
_Key = tuple[str, str]  # (id, kind) of a target, the order in which links are shown; cheaper to look up than the target


class _Said(NamedTuple):
    target: Target
    origin: Origin
    cause: str
    confidence: float
    rule: str | None
    at: datetime | None


class Voices:
    """Collects what is said about one ticket; ``hear`` comes after all else."""

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self._yes: dict[_Key, list[_Said]] = {}
        self._suggested: dict[_Key, tuple[Target, str]] = {}
        self._no: dict[_Key, Target] = {}

    def say(
        self,
        target: Target,
        origin: Origin,
        cause: str,
        *,
        confidence: float = 1.0,
        rule: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Take up one "yes"; ``at`` is when a person said it, where known."""
        self._yes.setdefault(_key(target), []).append(_Said(target, origin, cause, confidence, rule, at))

    def suggest(self, target: Target, cause: str) -> None:
        """Take up what waits for a person; the first cause stays."""
        self._suggested.setdefault(_key(target), (target, cause))

    def hear(self, decisions: Sequence[Decision], repository: JourneyRepository, namespace: str) -> bool:
        """Take up what people decided about the ticket: the newest word on each target (same instant: greater id).

        A "no" also overrules a typed label, unless that is known to be newer: a decision has
        its time, while a label may have stood there long before it was seen.

        Returns:
            Whether the newest word about the ticket as a whole is to leave it alone.
        """
        if not decisions:
            return False
        newest: dict[_Key, tuple[Target, Decision]] = {}
        ignored = False
        for decision in sorted(decisions, key=lambda decision: (decision.at, decision.id)):
            if decision.ticket != self._ticket.ref:
                continue
            if decision.kind == "ignore" and not decision.target:
                ignored = True
            elif decision.kind in _YES or decision.kind in _NO or decision.kind in _NEITHER:
                for target in _targets_of(decision, repository, namespace):
                    newest[_key(target)] = target, decision
        for key, (target, decision) in newest.items():
            if decision.kind in _YES:
                self.say(target, _YES[decision.kind], _decided(decision), at=decision.at)
            elif decision.kind in _NO and not self._is_taken_back(key, decision, repository, namespace):
                self._no[key] = target
        return ignored

    def _is_taken_back(self, key: _Key, decision: Decision, repository: JourneyRepository, namespace: str) -> bool:
        """Return whether a label typed later says yes again: to the target itself, or to the label that was refused."""
        said = [*self._yes.get(key, ())]
        if decision.target.startswith(_LABEL_SLOT):
            labelled = target_of_label(decision.target.removeprefix(_LABEL_SLOT), namespace, repository)
            said += self._yes.get(_key(labelled), ()) if labelled is not None else ()
        return any(one.at is not None and one.at > decision.at for one in said)

    def links(self) -> tuple[Link, ...]:
        """Return one link a target, ordered by target."""
        return tuple(self._link(self._yes[key]) for key in sorted(self._yes) if key not in self._no)

    def refused(self) -> tuple[Target, ...]:
        """Return the targets whose newest word by a person is "no", ordered by target."""
        return tuple(self._no[key] for key in sorted(self._no))

    def suggestions(self) -> tuple[Link, ...]:
        """Return what waits for a person: suggested, not linked, not refused; ordered by target."""
        waiting = sorted(self._suggested.keys() - self._yes.keys() - self._no.keys())
        return tuple(self._suggestion(*self._suggested[key]) for key in waiting)

    def _link(self, said: list[_Said]) -> Link:
        shown = said[0] if len(said) == 1 else min(said, key=lambda one: (_RANK[one.origin], -one.confidence))
        return Link(
            ticket=self._ticket.ref,
            target=shown.target,
            origin=shown.origin,
            confidence=max(one.confidence for one in said),
            cause=shown.cause,
            rule=shown.rule,
        )

    def _suggestion(self, target: Target, cause: str) -> Link:
        return Link(ticket=self._ticket.ref, target=target, origin=Origin.REFERENCE, confidence=UNSURE, cause=cause)


def _key(target: Target) -> _Key:
    return target.id, target.kind


def _targets_of(decision: Decision, repository: JourneyRepository, namespace: str) -> tuple[Target, ...]:
    """Return what a decision is about: one target, or for a refused label all that would put that label there."""
    named = decision.target
    if not named.startswith(_LABEL_SLOT):
        target = target_of_id(named, repository)
        return (target,) if target is not None else ()
    target = target_of_label(named.removeprefix(_LABEL_SLOT), namespace, repository)
    if target is None:
        return ()
    if target.kind != "journey" or decision.kind in _YES:
        return (target,)
    steps = repository.journey_by_id[target.id].steps  # any of them would write the journey's label
    return (target, *(Target(kind="step", id=step.id) for step in steps))


def _decided(decision: Decision) -> str:
    said = "linked" if decision.kind == "link" else "accepted"
    who = f" by {decision.by}" if decision.by else " by hand"
    return f"{said}{who}{': ' + decision.why if decision.why else ''}"
