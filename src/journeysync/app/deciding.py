"""What people decide: kept in the store and in decisions.jsonl, and heard at once.

The file is written first and with fsync, so that no decision is only in a store
that can be lost; its ids make reading it back harmless, however often.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeysync.app.explaining import find_ticket, full_name
from journeysync.app.links import relink
from journeysync.app.standing import close_refused
from journeysync.core.labels import target_of_id
from journeysync.errors import ConfigError
from journeysync.model.base import Model, value_hash
from journeysync.model.decision import Decision, DecisionKind
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Link, Target, TicketLinks
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.sources.decisions import NAME, append_decisions, fingerprint, read_decisions
from journeysync.sources.problem import Problem, nearest

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

_READ = "decisions_read"


class Decided(Model):
    """A decision about a ticket, and what the ticket is linked to now that it is heard."""

    decision: Decision
    ticket: Ticket
    target: str  # its name in full
    was_linked: bool
    links: tuple[Link, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return {decision, connection, ticket, key, target, was_linked, links}."""
        return {
            "decision": self.decision.model_dump(mode="json"),
            "connection": self.ticket.ref.connection,
            "ticket": self.ticket.ref.id,
            "key": self.ticket.key,
            "target": self.decision.target,
            "was_linked": self.was_linked,
            "links": [link.model_dump(mode="json") for link in self.links],
        }


def link(
    workspace: "Workspace", ticket: str, target: str, *, why: str = "", by: str = "", until: datetime | None = None
) -> Decided:
    """Link a ticket by hand to a step, journey or opportunity: the newest word of a person counts.

    Args:
        workspace: Whose decisions.
        ticket: A key, any key it ever had, an id, or "connection/id".
        target: Any id that the target has or had; case does not matter.
        why: In the person's own words, shown by ``explain``.
        by: Who decides; the user of the process when left out.
        until: When the decision ends by itself; None = it stays.

    Raises:
        ConfigError: No such ticket or target, or decisions.jsonl cannot be written.
    """
    return _decide(workspace, "link", ticket, target, why=why, by=by, until=until)


def unlink(
    workspace: "Workspace", ticket: str, target: str, *, why: str = "", by: str = "", until: datetime | None = None
) -> Decided:
    """Say that a ticket does not serve a target, whatever rules, text or parents say. Arguments as in ``link``."""
    return _decide(workspace, "unlink", ticket, target, why=why, by=by, until=until)


def decide_all(
    workspace: "Workspace",
    kind: DecisionKind,
    tickets: Sequence[TicketRef],
    target: str,
    *,
    why: str = "",
    by: str = "",
) -> tuple[Decision, ...]:
    """Say the same word about many tickets at once: ``link`` or ``unlink``; they are matched again once.

    Returns:
        The decisions, all of one moment.

    Raises:
        ConfigError: No such ticket or target, or decisions.jsonl cannot be written; then nothing is kept.
    """
    meant = find_target(workspace.repository, target)
    known = workspace.store.tickets(tickets)
    missing = [ref for ref in tickets if ref not in known]
    if missing:
        raise ConfigError(f"no ticket is called '{missing[0]}'", next_step="load the list again")
    at = workspace.now()
    made = tuple(
        make_decision(workspace, kind, meant.id, ticket=ref, by=by, why=why, at=at) for ref in dict.fromkeys(tickets)
    )
    remember(workspace, made)
    relink(workspace)
    close_refused(workspace)
    return made


def remember(workspace: "Workspace", decisions: Sequence[Decision]) -> int:
    """Keep decisions in file and store; their tickets are due for matching. Return how many are new.

    Raises:
        ConfigError: The file cannot be written; then nothing is kept.
    """
    if not decisions:
        return 0
    path = workspace.settings.root / NAME
    try:
        append_decisions(path, decisions)
    except OSError as error:
        raise ConfigError(
            f"what was decided cannot be kept: {error.strerror}",
            where=str(path),
            next_step="make this file writable for the user who runs journeysync",
        ) from error
    return workspace.store.add_decisions(decisions)


def read_back(workspace: "Workspace") -> tuple[Problem, ...]:
    """Take up what decisions.jsonl says and this store does not know yet; return the warnings.

    Costs one look at the file's date and size when nothing changed.

    Raises:
        ConfigError: A line cannot be read: what people decided must not be passed over.
    """
    path = workspace.settings.root / NAME
    print_now = fingerprint(path)
    if not print_now or workspace.store.meta(_READ) == print_now:
        return ()
    decisions, problems = read_decisions(path)
    errors = [problem for problem in problems if problem.is_error]
    if errors:
        raise ConfigError(
            f"{len(errors)} problem{'s' if len(errors) != 1 else ''} in {NAME}",
            where=str(path),
            next_step="correct the lines, then run: journeysync validate",
            problems=[str(problem) for problem in errors],
        )
    workspace.store.add_decisions(decisions)
    if not problems:
        workspace.store.set_meta(_READ, print_now)
    return problems


def make_decision(
    workspace: "Workspace",
    kind: DecisionKind,
    target: str,
    *,
    ticket: TicketRef | None = None,
    by: str = "",
    why: str = "",
    at: datetime | None = None,
    until: datetime | None = None,
) -> Decision:
    """Return a decision with its id, which is the same for the same word at the same time."""
    when = at or workspace.now()
    digits = value_hash([kind, str(ticket or ""), target, when.isoformat()])[:10]
    return Decision(
        id=f"d-{when:%Y%m%d-%H%M%S}-{digits}",
        kind=kind,
        ticket=ticket,
        target=target,
        by=by or workspace.who,
        at=when,
        why=why,
        until=until,
        repository_version=workspace.repository.version,
    )


def find_target(repository: JourneyRepository, text: str) -> Target:
    """Return the target that a person means.

    Raises:
        ConfigError: There is none; with "did you mean".
    """
    for spelled in (text, text.lower(), text.upper()):
        if found := target_of_id(spelled, repository):
            return found
    near = nearest(text, [*repository.step_by_id, *repository.journey_by_id, *repository.opportunity_by_id])
    raise ConfigError(
        f"no step, journey or opportunity is called '{text}'",
        where="TARGET",
        next_step=f"did you mean {near}?" if near else "look it up: journeysync coverage, journeysync opportunities",
    )


def _decide(
    workspace: "Workspace",
    kind: DecisionKind,
    ticket: str,
    target: str,
    *,
    why: str,
    by: str,
    until: datetime | None,
) -> Decided:
    found = find_ticket(workspace, ticket)
    meant = find_target(workspace.repository, target)
    if until is not None and until <= workspace.now():
        raise ConfigError("this decision would have ended already", where="--until", next_step="name a later date")
    relink(workspace)
    before = _links(workspace, found.ref)
    decision = make_decision(workspace, kind, meant.id, ticket=found.ref, by=by, why=why, until=until)
    remember(workspace, [decision])
    relink(workspace)
    close_refused(workspace)
    return Decided(
        decision=decision,
        ticket=found,
        target=full_name(workspace, meant.id),
        was_linked=any(one.target == meant for one in before.links),
        links=_links(workspace, found.ref).links,
    )


def _links(workspace: "Workspace", ref: TicketRef) -> TicketLinks:
    return workspace.store.links([ref]).get(ref, TicketLinks(ticket=ref))
