"""Make a plan from what the store holds: no request, nothing written."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from journeysync.app.elsewhere import Elsewhere
from journeysync.app.found import Found, quiet_of, remembered
from journeysync.app.progress import Progress, silent
from journeysync.app.slots import SLOT_WORDS, SlotWords
from journeysync.app.words import refuse_unknown_words
from journeysync.connector import Connector
from journeysync.core.brakes import BrakeLimits, is_removal
from journeysync.core.labels import is_ignore_label, is_ours_by_name
from journeysync.core.plan import make_plan, plan_ticket
from journeysync.core.project import ProjectSettings, project
from journeysync.core.score import ticket_score
from journeysync.core.vocabulary import in_our_words
from journeysync.model.change import Change, LedgerRow
from journeysync.model.link import TicketLinks
from journeysync.model.plan import Note, Plan, PlannedTicket
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import Capabilities

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig, WriteScope

BATCH = 1_000


def plan(workspace: "Workspace", names: Sequence[str] = (), *, progress: Progress = silent) -> Plan:
    """Return what an apply would write now, for the named connections or all.

    A connection that was never read in full is left out with a note: what was not read is not known.
    Where the last read broke, tickets that would lose something are left alone until a read is complete.
    """
    return Planner(workspace).plan(names, progress)


class Planner:
    """Plans single tickets; the same for a plan and for the fresh look right before a write."""

    def __init__(self, workspace: "Workspace", *, refresh: bool = False, elsewhere: "Elsewhere | None" = None) -> None:
        self.workspace = workspace
        self.refresh = refresh
        self.elsewhere = elsewhere or Elsewhere(workspace)
        self.settings = ProjectSettings(
            workspace_id=workspace.settings.workspace_id,
            public_url=workspace.settings.public_url,
            placement=workspace.settings.placement,
            scoring=workspace.settings.scoring,
            time_zone=workspace.settings.time_zone,
            teams=tuple((team.id, team.name) for team in workspace.settings.vocabulary.teams),
        )
        self.words = SlotWords(workspace.store.decisions_of_kind(*SLOT_WORDS), workspace.now())
        self._found: dict[str, Found] = {}  # by doctor, per connection
        self._holds: dict[str, Capabilities] = {}
        self.releases: list[LedgerRow] = []  # rows that nothing holds any longer; released by the next apply

    def plan(self, names: Sequence[str], progress: Progress) -> Plan:
        """Return the plan of the named connections, all if none is named."""
        workspace, store = self.workspace, self.workspace.store
        planned: list[PlannedTicket] = []
        notes: list[Note] = []
        in_scope: dict[str, int] = {}
        refuse_unknown_words(workspace)
        configs = workspace.connections(tuple(names))
        for config in configs:
            if workspace.read_at(config.name) is None:
                notes.append(_never_read(config.name))
                continue
            if not workspace.connector(config).capabilities.hold_anything:
                continue  # a connection that is only read, as a file: no place to plan for
            in_scope[config.name] = store.count(config.name)
            waiting = self._waiting_for_another_try(config.name)
            read_failed = bool(store.meta(f"read_failed:{config.name}"))
            for number, (ticket, its_notes) in enumerate(self.tickets_of(config), start=1):
                notes.extend(its_notes)
                if read_failed and any(is_removal(change) for change in ticket.changes):
                    notes.append(_after_broken_read(ticket))
                elif ticket.changes and ticket.ticket.id in waiting:
                    notes.append(_waiting(ticket))
                elif ticket.changes:
                    planned.append(ticket)
                if number % BATCH == 0:
                    progress(f"plan {config.name}", number, in_scope[config.name])
        written_before = store.ledger_connections()
        return make_plan(
            planned,
            notes,
            in_scope=in_scope,
            first_runs=frozenset(name for name in in_scope if name not in written_before),
            limits={config.name: self._limits(config) for config in configs},
            ids_lost=workspace.ids_lost(),
            ids_before=workspace.ids_before(),
            made_at=workspace.now(),
            repository_version=workspace.repository.version,
            reads=tuple((name, workspace.read_at(name)) for name in in_scope),
            quiet={config.name: quiet_of(workspace, config) for config in configs if config.name in in_scope},
            costs={c.name: workspace.connector(c).capabilities.costs for c in configs if c.name in in_scope},
        )

    def _waiting_for_another_try(self, connection: str) -> set[str]:
        """Return the ids of tickets that failed not long ago: they are left out until their next try."""
        rows = self.workspace.store.inbox(connection=connection)
        now = self.workspace.now()
        return {row.ticket_id for row in rows if row.kind == "failed" and row.next_try and row.next_try > now}

    def _limits(self, config: "ConnectionConfig") -> BrakeLimits:
        limits = limits_of(config)
        # The rest of a first write that was cut off is no unusual change: a person allowed the whole of it.
        under_way = self.workspace.store.meta(first_write(config.name))
        return limits.model_copy(update={"changed": 1.0}) if under_way else limits

    def tickets_of(self, config: "ConnectionConfig") -> Iterator[tuple[PlannedTicket, tuple[Note, ...]]]:
        """Yield every ticket in the connection's write scope with its changes (maybe none) and notes."""
        connector = self.workspace.connector(config)
        for batch in self.workspace.store.iter_tickets(connection=config.name, batch_size=BATCH):
            yield from self.batch(config, connector, batch)

    def batch(
        self, config: "ConnectionConfig", connector: Connector, tickets: Sequence[Ticket]
    ) -> Iterator[tuple[PlannedTicket, tuple[Note, ...]]]:
        """Yield the tickets of one batch, planned from stored links and ledger."""
        store = self.workspace.store
        refs = [ticket.ref for ticket in tickets]
        links = store.links(refs)
        held = store.ledger(refs, released=True)
        in_pilot = self._in_write_scope(config.write_scope, tickets)
        for ticket in tickets:
            if ticket.ref in in_pilot:
                of_ticket = links.get(ticket.ref, TicketLinks(ticket=ticket.ref))
                if not of_ticket.ignored and self._is_to_be_ignored(ticket):
                    of_ticket = of_ticket.model_copy(update={"ignored": True})  # typed since the links were made
                yield self._one(ticket, of_ticket, held.get(ticket.ref, ()), connector)

    def _is_to_be_ignored(self, ticket: Ticket) -> bool:
        return any(is_ignore_label(label, self.workspace.namespace) for label in ticket.labels)

    def _one(
        self, ticket: Ticket, links: TicketLinks, held: Sequence[LedgerRow], connector: Connector
    ) -> tuple[PlannedTicket, tuple[Note, ...]]:
        workspace = self.workspace
        if _is_nobodys(ticket, links, held, workspace.namespace):
            return _planned(ticket, ()), ()
        ours = in_our_words(ticket, workspace.settings.vocabulary)
        if ours.visibility == "unknown" and ours.project in self._remembered(connector).public:
            ours = ours.model_copy(update={"visibility": "public"})
        score = ticket_score(links.links, workspace.scores, workspace.repository, workspace.settings.scoring)
        wanted = project(
            ours,
            links,
            score,
            repository=workspace.repository,
            settings=self.settings,
            capabilities=self._capabilities(connector),
            ledger=held,
            now=workspace.now(),
            teams_at=self.elsewhere.teams_at,
        )
        theirs, back = self.words.of(ticket.ref, held)
        changes, notes, released = plan_ticket(
            ours, wanted, held, left=theirs, taken_back=back, now=workspace.now(), refresh=self.refresh
        )
        self.releases.extend(released)
        return _planned(ticket, changes), (*wanted.notes, *notes)

    def _capabilities(self, connector: Connector) -> Capabilities:
        """Return what a connection can hold, without the places that its tracker lacks by nature or as doctor found."""
        if connector.name not in self._holds:
            blocked = connector.capabilities.blocked + self._remembered(connector).blocked
            self._holds[connector.name] = connector.capabilities.model_copy(update={"blocked": blocked})
        return self._holds[connector.name]

    def _remembered(self, connector: Connector) -> Found:
        if connector.name not in self._found:
            self._found[connector.name] = remembered(self.workspace, connector.name)
        return self._found[connector.name]

    def _in_write_scope(self, scope: "WriteScope | None", tickets: Sequence[Ticket]) -> set[TicketRef]:
        if scope is None:
            return {ticket.ref for ticket in tickets}
        below: set[TicketRef] = set()
        ancestors = self.workspace.store.ancestors([ticket.ref for ticket in tickets]) if scope.under else {}
        for ticket in tickets:
            names = {ticket.ref.id, ticket.key}
            names.update(name for lite in ancestors.get(ticket.ref, ()) for name in (lite.ref.id, *lite.keys))
            fits = (
                (not scope.under or names & set(scope.under))
                and (not scope.project or ticket.project in scope.project)
                and (not scope.label or set(scope.label) & set(ticket.labels))
            )
            if fits:
                below.add(ticket.ref)
        return below


def _is_nobodys(ticket: Ticket, links: TicketLinks, held: Sequence[LedgerRow], namespace: str) -> bool:
    """Return whether nothing is wanted in a ticket, nothing in it is ours, and nothing in it looks like ours."""
    return not (
        links.links
        or links.ignored
        or held
        or ticket.receipt is not None
        or any(is_ours_by_name(label, namespace) for label in ticket.labels)
    )


def _planned(ticket: Ticket, changes: tuple[Change, ...]) -> PlannedTicket:
    return PlannedTicket.model_construct(
        ticket=ticket.ref,
        key=ticket.key,
        url=ticket.url,
        title=ticket.title,
        project=ticket.project,
        changes=changes,
    )


def first_write(connection: str) -> str:
    """Return the store's key that is set while the first write to a connection is under way."""
    return f"first_write:{connection}"


def limits_of(config: "ConnectionConfig") -> BrakeLimits:
    """Return the brakes of a connection, as the core takes them."""
    return BrakeLimits(changed=config.brakes.changed, removed=config.brakes.removed, writes=config.brakes.writes)


def _never_read(connection: str) -> Note:
    says = f"{connection} was never read in full: nothing is planned for it (journeysync pull {connection})"
    return Note(kind="skipped", says=says)


def _waiting(ticket: PlannedTicket) -> Note:
    says = f"{ticket.ticket.connection}: failed before and left out until its next try (journeysync inbox)"
    return Note(kind="blocked", ticket=ticket.ticket, says=says)


def _after_broken_read(ticket: PlannedTicket) -> Note:
    says = f"{ticket.ticket.connection}: nothing is removed while the last read of this connection was cut short"
    return Note(kind="blocked", ticket=ticket.ticket, says=says)
