"""One connection to Linear: settings, capabilities and the methods of the Protocol, wired together. No JSON here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journeysync.connector import ConnectionSettings, Secret, Traffic
from journeysync.errors import AuthFailed, ConfigError
from journeysync.http import Clock
from journeysync.model.change import (
    LINK,
    PRIORITY,
    PROPERTY,
    Change,
    Observed,
    Outcome,
    Slot,
    TicketChanges,
    slot_kind,
    slot_name,
)
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Finding, Found, Gone, Hidden, IdPage, Moved, Needs, Page
from journeysync_linear.attachments import OurAttachment, our_attachment
from journeysync_linear.auth import credentials_of
from journeysync_linear.capabilities import linear_capabilities
from journeysync_linear.client import LinearClient
from journeysync_linear.hooks import is_fresh, is_signed, tickets_of
from journeysync_linear.mark import mark_of
from journeysync_linear.options import options_of, scope_of
from journeysync_linear.reading import Reader
from journeysync_linear.translate import Lens, issue_ticket, label_ids, nodes_of
from journeysync_linear.writing import Writer


class LinearConnector:
    """One connection to a Linear workspace.

    Args:
        settings: All that the connection is told.
        clock: Time and sleep, for tests.
    """

    def __init__(self, settings: ConnectionSettings, *, clock: Clock | None = None) -> None:
        options = options_of(settings)
        scope = scope_of(settings)
        self._clock = clock or Clock()
        self.name = settings.name
        self.traffic = Traffic()
        self._settings = settings
        self._client = LinearClient(settings, options, credentials_of(settings), self.traffic, self._clock)
        self.capabilities = linear_capabilities()
        lens = Lens(settings.name, settings.workspace, are_parents_epics=options.epics == "parents")
        self._reader = Reader(self._client, lens, scope, overlap_seconds=options.overlap_seconds)
        self._writer = Writer(self._client, self._reader, settings.workspace)

    def check(self) -> Iterator[Finding]:
        """Yield what ``doctor`` wants to know."""
        from journeysync_linear.checking import Checkup

        return Checkup(self._client, self._reader, self._settings).findings()

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """Yield all tickets in scope that changed since the cursor (all, if None), parents included."""
        mark = mark_of(since.position) if since else None
        if since is None or mark is None:
            return self._reader.everything()
        return self._reader.changed(since, mark)

    def sweep(self) -> Iterator[IdPage]:
        """Yield the ids of all tickets in scope."""
        return self._reader.sweep()

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Read these tickets themselves, one answer for each id."""
        return self._reader.fetch(ids)

    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        """Read these issues and slots fresh, many in a request."""
        nodes = self._reader.issues(list(dict.fromkeys(ids)))
        self._reader.labels.know(each for node in nodes for each in label_ids(node))
        for node in nodes:
            ticket = issue_ticket(node, self._reader.lens)
            ours = our_attachment(nodes_of(node.get("attachments")), self._settings.workspace)
            values = {slot: _value(ticket, slot, ours) for slot in slots}
            yield Observed(ticket=ticket, values=tuple(sorted((s, v) for s, v in values.items() if v is not None)))

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write, many issues in a document."""
        return self._writer.write(changes)

    def prepare(self, needs: Needs) -> Iterator[Change]:
        """Yield nothing: a label is made when it is first written; note the words that it is to be described with."""
        self._reader.labels.descriptions.update(dict(needs.labels))
        return iter(())

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """Return the ids of the tickets that a signed and recent webhook is about; none if it is about something else.

        Raises:
            ConfigError: No `hook_secret` is configured under auth.
            AuthFailed: The signature is missing or wrong, or the time in the signed body is more than a minute off.
        """
        secret = self._settings.auth.get("hook_secret")
        if not secret:
            raise ConfigError(
                f"Linear connection '{self.name}' has no hook_secret, so no webhook can be trusted",
                where=self._settings.where,
                next_step="add `hook_secret: {env: ...}` under auth: the signing secret of Linear's webhook",
            )
        given = {name.lower(): value for name, value in headers.items()}
        key = secret.reveal() if isinstance(secret, Secret) else str(secret)
        if not is_signed(key, body, given.get("linear-signature", "")):
            raise AuthFailed(
                "a webhook came with a wrong signature or none",
                where=self._settings.where,
                next_step="compare the signing secret of the webhook in Linear with `hook_secret` of this connection",
            )
        if not is_fresh(body, self._clock.now()):
            raise AuthFailed(
                "a webhook came whose time is more than a minute off: sent again by somebody, or a clock is wrong",
                where=self._settings.where,
                next_step="if it goes on, let the clock of this machine be set by a time server",
            )
        return tickets_of(body)

    def close(self) -> None:
        """Let go of sockets and threads."""
        self._client.close()


def _value(ticket: Ticket, slot: Slot, ours: OurAttachment | None) -> Any:
    if slot == LINK:
        return ours.link if ours else None
    if slot == PROPERTY:
        return ours.receipt if ours else None
    if slot == PRIORITY:
        return ticket.priority
    if slot_kind(slot) == "label":
        name = slot_name(slot).casefold()
        return True if any(label.casefold() == name for label in ticket.labels) else None
    return None
