"""One connection to GitHub: settings, capabilities and the methods of the Protocol, wired together. No JSON here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from journeysync.connector import ConnectionSettings, Secret, Traffic
from journeysync.errors import AuthFailed, ConfigError
from journeysync.errors import Gone as GoneError
from journeysync.errors import Hidden as HiddenError
from journeysync.http import Clock
from journeysync.model.change import (
    COMMENT,
    PROPERTY,
    TEXTS,
    Change,
    Observed,
    Outcome,
    Slot,
    TicketChanges,
    slot_kind,
    slot_name,
)
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Finding, Found, Gone, Hidden, IdPage, Moved, Needs, Page, UnmadeLabel
from journeysync_github.address import address_of
from journeysync_github.auth import credentials_of
from journeysync_github.capabilities import capabilities_of
from journeysync_github.client import GitHubClient
from journeysync_github.hooks import is_signed, tickets_of
from journeysync_github.mark import mark_of
from journeysync_github.marks import Ours, ours_of
from journeysync_github.options import options_of, scope_of
from journeysync_github.reading import Reader
from journeysync_github.translate import Lens
from journeysync_github.writing import Writer


class GitHubConnector:
    """One connection to github.com or to an Enterprise Server.

    Args:
        settings: All that the connection is told.
        clock: Time and sleep, for tests.
    """

    def __init__(self, settings: ConnectionSettings, *, clock: Clock | None = None) -> None:
        options = options_of(settings)
        scope = scope_of(settings)
        clock = clock or Clock()
        self.name = settings.name
        self.traffic = Traffic()
        self._settings = settings
        self._comments = options.comments
        address = address_of(settings, options.api_url)
        credentials = credentials_of(settings, clock.now)
        self._client = GitHubClient(settings, options, address, credentials, self.traffic, clock)
        self.capabilities = capabilities_of(comments=options.comments)
        self._reader = Reader(
            self._client,
            Lens(settings.name, settings.workspace),
            scope,
            self.traffic,
            overlap_seconds=options.overlap_seconds,
            label_namespace=settings.label_namespace,
            comments=options.comments,
            fields=settings.fields,
            remembered_fields=settings.state_folder and settings.state_folder / f"github-fields-{settings.name}.json",
            known_keys=settings.known_keys,
        )
        self._writer = Writer(
            self._client,
            self._reader.comments,
            self._reader.fields,
            self._reader.asked_fields,
            workspace=settings.workspace,
            may_comment=options.comments,
        )

    def check(self) -> Iterator[Finding]:
        """Yield what ``doctor`` wants to know."""
        from journeysync_github.checking import Checkup

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
        """Read these tickets and slots fresh, many in a document."""
        self._writer.looked_at.clear()
        for _identifier, node in self._reader.issues(ids):
            if node is None:
                continue
            comments = self._reader.comments.all_of(node) if self._comments else []
            ticket = self._reader.ticket({**node, "comments": {"nodes": comments}})
            ours = ours_of(str(node.get("body") or ""), comments, self._settings.workspace)
            if self._comments and COMMENT in slots:
                ticket = ticket.model_copy(update={"shown": ours.shown()})
            self._writer.looked_at[ticket.ref.id] = str(node.get("updatedAt") or "")
            if not self._reader.in_scope(ticket):
                ticket = ticket.model_copy(update={"context": True})  # it moved away since it was listed
            values = {slot: _value(ticket, slot, ours) for slot in slots}
            yield Observed(ticket=ticket, values=tuple(sorted((s, v) for s, v in values.items() if v is not None)))

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write, many tickets in a document."""
        return self._writer.write(changes)

    def unmake_labels(self, names: Collection[str], projects: Collection[str]) -> Iterator[UnmadeLabel]:
        """Delete the labels that we made in these repositories and that no issue carries any longer."""
        for full_name in sorted(projects):
            with suppress(HiddenError, GoneError):  # a repository that is no longer there holds nothing of ours
                yield from self._writer.labels.unmake(full_name, names)

    def prepare(self, needs: Needs) -> Iterator[Change]:
        """Yield nothing: a label is made when it is first written; note the words that it is to be described with."""
        self._writer.labels.descriptions.update(dict(needs.labels))
        return iter(())

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """Return the ids of the tickets that a signed webhook is about; none if it is about something else.

        Raises:
            ConfigError: No `hook_secret` is configured under auth.
            AuthFailed: The signature is missing or wrong.
        """
        secret = self._settings.auth.get("hook_secret")
        if not secret:
            raise ConfigError(
                f"GitHub connection '{self.name}' has no hook_secret, so no webhook can be trusted",
                where=self._settings.where,
                next_step="add `hook_secret: {env: ...}` under auth, the same as in GitHub's webhook",
            )
        given = {name.lower(): value for name, value in headers.items()}
        key = secret.reveal() if isinstance(secret, Secret) else str(secret)
        if not is_signed(key, body, given.get("x-hub-signature-256", "")):
            raise AuthFailed(
                "a webhook came with a wrong signature or none",
                where=self._settings.where,
                next_step="compare the secret of the webhook in GitHub with `hook_secret` of this connection",
            )
        return tickets_of(given.get("x-github-event", ""), body)

    def close(self) -> None:
        """Let go of sockets and threads."""
        self._client.close()


def _value(ticket: Ticket, slot: Slot, ours: Ours) -> Any:
    if slot in TEXTS:
        return ours.value(slot)
    if slot == PROPERTY:
        return ours.receipt
    if slot_kind(slot) == "label":
        name = slot_name(slot).casefold()
        return True if any(label.casefold() == name for label in ticket.labels) else None
    return ticket.field(slot_name(slot)) if slot_kind(slot) == "field" else None
