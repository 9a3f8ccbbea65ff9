"""One connection to Jira: settings, capabilities and the methods of the Protocol, wired together. No JSON here."""

import hashlib
import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from journeysync.connector import ConnectionSettings, Secret, Traffic
from journeysync.errors import AuthFailed, ConfigError
from journeysync.http import Clock
from journeysync.model.change import (
    COMMENT,
    LINK,
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
from journeysync.model.tracker import (
    Cursor,
    Finding,
    Found,
    Gone,
    Hidden,
    IdPage,
    Moved,
    Needs,
    Page,
)
from journeysync_jira import capabilities
from journeysync_jira.auth import flavour_of
from journeysync_jira.bulk import BulkForms
from journeysync_jira.client import JiraClient
from journeysync_jira.fieldtypes import FieldTypes
from journeysync_jira.markup import Markup
from journeysync_jira.options import JiraOptions, Scope, options_of, scope_of
from journeysync_jira.reading import Reader, mark_of
from journeysync_jira.server import ServerClient
from journeysync_jira.server_reading import ServerReader
from journeysync_jira.server_writing import ServerWriter
from journeysync_jira.texts import Comments, TextWriter
from journeysync_jira.translate import Lens, link_of, updated_of
from journeysync_jira.writing import Writer


class JiraConnector:
    """One connection to Jira, Cloud or Data Center: the kind of log-in says which.

    Args:
        settings: All that the connection is told.
        clock: Time and sleep, for tests.
    """

    def __init__(self, settings: ConnectionSettings, *, clock: Clock | None = None) -> None:
        options = options_of(settings)
        scope = scope_of(settings)
        self.name = settings.name
        self.traffic = Traffic()
        self._settings = settings
        is_server = flavour_of(settings, options.flavour) == "data-center"
        self._client = (ServerClient if is_server else JiraClient)(settings, options, scope, self.traffic, clock)
        self._lens = Lens(
            connection=settings.name,
            site=self._client.site,
            workspace=settings.workspace,
            fields=tuple(settings.fields),
            estimate_field=options.estimate_field,
        )
        self._global_id = f"journeysync:{settings.workspace}"
        self.capabilities = capabilities.DATA_CENTER if is_server else capabilities.CLOUD
        self._reader = self._reader_for(scope, options)
        self._bulk = BulkForms(self._client, self._lens.property_key, allowed=options.bulk and not is_server)
        markup = Markup(settings.workspace, is_wiki=is_server)
        self._comments = Comments(self._client, markup)
        self._writer = (ServerWriter if is_server else Writer)(
            self._client,
            TextWriter(self._client, markup, self._comments),
            FieldTypes(self._client),
            self._bulk,
            property_key=self._lens.property_key,
            global_id=self._global_id,
        )

    def _reader_for(self, scope: Scope, options: JiraOptions) -> Reader:
        if not isinstance(self._client, ServerClient):
            return Reader(self._client, self._lens, scope, self.traffic, overlap_minutes=options.overlap_minutes)
        return ServerReader(
            self._client,
            self._lens,
            scope,
            self.traffic,
            overlap_minutes=options.overlap_minutes,
            label_namespace=self._settings.label_namespace,
            all_receipts=options.receipts == "all",
        )

    def check(self) -> Iterator[Finding]:
        """Yield what ``doctor`` wants to know."""
        from journeysync_jira.checking import Checkup
        from journeysync_jira.server_checking import ServerCheckup

        site = self._client.metadata()
        kind = ServerCheckup if isinstance(self._client, ServerClient) else Checkup
        checkup = kind(self._client, site, self._settings, self._lens)
        try:
            yield from checkup.findings()
        finally:
            site.close()
        if checkup.quiet is not None:
            self.capabilities = self.capabilities.model_copy(update={"quiet": "yes" if checkup.quiet else "no"})

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """Yield all tickets in scope that changed since the cursor (all, if None), parents included."""
        mark = mark_of(since.position) if since else None
        try:
            if since is None or mark is None:
                yield from self._reader.everything()
            else:
                yield from self._reader.changed(since, mark)
        except AuthFailed as error:
            # A wrong log-in may be one for the other Jira; asked once, as a stranger.
            if error.status == 401 and (other := self._client.other_flavour()):
                raise other from error
            raise

    def sweep(self) -> Iterator[IdPage]:
        """Yield the ids of all tickets in scope."""
        return self._reader.sweep()

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Read these tickets themselves, one answer for each id."""
        return self._reader.fetch(ids)

    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        """Read these tickets and slots fresh."""
        seen = list(self._reader.observe(ids, ("comment",) if COMMENT in slots else ()))
        links: dict[str, Any] = {}
        if LINK in slots:
            found = self._client.remote_links((ticket.ref.id for ticket, _raw in seen), self._global_id)
            links = {identifier: link_of(remote) for identifier, remote in found}
        self._writer.texts.looked_at = {ticket.ref.id: updated_of(raw) for ticket, raw in seen}
        for ticket, raw in seen:
            if COMMENT in slots:
                ours = self._comments.ours(ticket.ref.id, (raw.get("fields") or {}).get("comment"))
                comment = replace(ours.found, others=ours.others).shown(COMMENT)
                ticket = ticket.model_copy(update={"shown": (comment, *ticket.shown)})
            stored = (raw.get("properties") or {}).get(self._lens.property_key)
            values = {slot: self._value(ticket, slot, stored, links) for slot in slots}
            yield Observed(ticket=ticket, values=tuple(sorted((s, v) for s, v in values.items() if v is not None)))

    def _value(self, ticket: Ticket, slot: Slot, stored: Any, links: Mapping[str, Any]) -> Any:
        if slot == LINK:
            return links.get(ticket.ref.id)
        if slot == PROPERTY:
            return stored
        if slot in TEXTS:
            shown = ticket.text(slot)
            return shown.value() if shown else None
        if slot_kind(slot) == "label":
            return True if slot_name(slot) in ticket.labels else None
        return ticket.field(slot_name(slot)) if slot_kind(slot) == "field" else None

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write, in as few requests as Jira allows."""
        return self._writer.write(changes)

    def still_running(self, tasks: Collection[str]) -> frozenset[str]:
        """Return which bulk tasks of an earlier process go on after some patience."""
        return self._bulk.still_running(tasks)

    def prepare(self, needs: Needs) -> Iterator[Change]:  # noqa: ARG002 - Jira makes labels at first use
        """Yield nothing: Jira makes a label when it is first used, and fields are made by its administrators."""
        return iter(())

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """Return the id of the ticket that a signed webhook is about; none if it is about something else.

        Raises:
            ConfigError: No `hook_secret` is configured under auth.
            AuthFailed: The signature is missing or wrong.
        """
        secret = self._settings.auth.get("hook_secret")
        if not secret:
            raise ConfigError(
                f"Jira connection '{self.name}' has no hook_secret, so no webhook can be trusted",
                where=self._settings.where,
                next_step="add `hook_secret: {env: ...}` under auth, the same as in Jira's webhook",
            )
        key = secret.reveal() if isinstance(secret, Secret) else str(secret)
        given = {name.lower(): value for name, value in headers.items()}.get("x-hub-signature", "")
        wanted = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.encode(), wanted.encode()):
            raise AuthFailed(
                "a webhook came with a wrong signature or none",
                where=self._settings.where,
                next_step="compare the secret of the webhook in Jira with `hook_secret` of this connection",
            )
        try:
            value = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return ()
        issue = value.get("issue") if isinstance(value, dict) else None
        identifier = issue.get("id") if isinstance(issue, dict) else None
        return (str(identifier),) if identifier else ()

    def close(self) -> None:
        """Let go of sockets and threads."""
        self._client.close()
