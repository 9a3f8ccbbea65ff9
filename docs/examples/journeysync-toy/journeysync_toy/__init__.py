"""The connector for Toy, a tracker with items and labels: all that a connector needs, in one file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from journeysync.connector import ConnectionSettings, Connector, Traffic, option, read_options
from journeysync.errors import ConfigError, ConnectorError, Forbidden, JourneySyncError, Unavailable
from journeysync.http import Clock, HttpClient, HttpSettings, Request, standard_verdict
from journeysync.model.change import Change, Observed, Outcome, Result, Slot, TicketChanges, slot_kind, slot_name
from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.model.tracker import (
    Capabilities,
    Cursor,
    Finding,
    Found,
    Gone,
    Hidden,
    IdPage,
    Moved,
    Needs,
    Page,
    SlotCapability,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OVERLAP_MS = 15 * 60 * 1000  # Toy's lists may show an older change after a newer one
STATES = {"open": State.TODO, "started": State.DOING, "done": State.DONE, "rejected": State.DROPPED}


@dataclass(frozen=True)
class ToyOptions:
    """What a team may set under ``options``."""

    page_size: int = option(100, at_least=1, at_most=500)
    timeout_seconds: float = 30.0


def connector(settings: ConnectionSettings) -> Connector:
    """Open one connection; the entry point names this function."""
    return ToyConnector(settings)


class ToyConnector:
    """One connection to Toy."""

    capabilities = Capabilities(slots=(("label", SlotCapability(can=True, readback="list", limit=50)),), quiet="yes")

    def __init__(self, settings: ConnectionSettings, *, clock: Clock | None = None) -> None:
        self.name, self.traffic, self._where = settings.name, Traffic(), settings.where
        self._options = read_options(settings, ToyOptions, tracker="Toy")
        self._projects = tuple(settings.scope.get("projects") or ())
        if not self._projects:
            raise ConfigError(
                f"connection '{self.name}' has no scope", where=settings.where, next_step="scope: {projects: [A]}"
            )
        token = settings.auth["token"]  # a Secret: revealed where it is sent, and nowhere else
        http = HttpSettings(
            base_url=settings.url,
            authorization=lambda: f"Bearer {token.reveal()}",
            secrets=lambda: (token.reveal(),),
            where=settings.where,
            timeout_seconds=self._options.timeout_seconds,
        )
        self._client = HttpClient(http, self.traffic, verdict=_verdict, clock=clock)

    def check(self) -> Iterator[Finding]:
        try:
            next(self._lists(0))
            yield Finding(level="ok", topic="reach", says=f"{', '.join(self._projects)} can be read")
        except JourneySyncError as error:
            yield Finding(
                level="error", topic="reach", says=error.what, next_step=error.next_step, exit_code=int(error.exit_code)
            )

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        newest = int(since.position) if since else 0
        for items, above, is_last in self._lists(newest - OVERLAP_MS if since else 0):
            rows = [self._ticket(item) for item in items]
            rows += [self._ticket(item).model_copy(update={"context": True}) for item in above]
            known = since.known([row.ref.id for row in rows]) if since else {}
            newest = max([newest, *(item["changed"] for item in items)])
            fresh = tuple(row for row in rows if known.get(row.ref.id) != row.updated_at)
            yield Page(fresh, cursor=Cursor(str(newest)) if is_last else None, complete=is_last, seen=len(items))

    def sweep(self) -> Iterator[IdPage]:
        for items, _, is_last in self._lists(0):
            yield IdPage(tuple((item["id"], _moment(item["changed"])) for item in items), complete=is_last)

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        if not ids:
            return
        answer = self._look(ids)
        found = {item["id"]: self._ticket(item) for item in answer["items"]}
        for each in dict.fromkeys(ids):
            if each in found:
                ticket = found[each]
                yield Found(ticket=ticket) if ticket.project in self._projects else Moved(id=each, ticket=ticket)
            else:  # gone only where Toy says so: what it does not show may still be there
                yield Gone(id=each) if each in answer["gone"] else Hidden(id=each)

    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        for ticket in map(self._ticket, self._look(ids)["items"] if ids else ()):
            there = {f"label:{label}".casefold() for label in ticket.labels}
            yield Observed(
                ticket=ticket, values=tuple((slot, True) for slot in sorted(slots) if slot.casefold() in there)
            )

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        for start in range(0, len(changes), 50):
            batch = changes[start : start + 50]
            body = [{"id": each.ticket.id, **_labels(each.changes)} for each in batch]  # never the whole set of labels
            done = self._client.send(Request("POST", "items/labels", body=body, idempotent=True)).value
            refused = {row["id"]: row["why"] for row in done["refused"]}
            for each in batch:
                for change in each.changes:
                    why = refused.get(
                        each.ticket.id, "" if slot_kind(change.slot) == "label" else "Toy holds labels only"
                    )
                    result = Result.FAILED if why else Result.WRITTEN
                    yield Outcome(
                        ticket=each.ticket,
                        slot=change.slot,
                        result=result,
                        cause=why,
                        next_step="ask Toy's admin" if why else "",
                    )

    def prepare(self, needs: Needs) -> Iterator[Change]:
        return iter(())  # labels need no definition here

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        raise ConfigError("Toy sends no webhooks", where=self._where, next_step="read it on a schedule")

    def close(self) -> None:
        self._client.close()

    def _lists(self, changed_from: int) -> Iterator[tuple[list[Any], list[Any], bool]]:
        """Yield (items, ancestors out of scope, is last) by change and id, so that no page shifts under the reader."""
        params = {
            "projects": ",".join(self._projects),
            "from": str(max(changed_from, 0)),
            "limit": str(self._options.page_size),
        }
        is_last = False
        while not is_last:
            answer = self._client.send(Request("GET", "items", params=params)).value
            if not isinstance(answer, dict) or not {"items", "above", "more"} <= answer.keys():
                raise Unavailable(
                    "Toy answered with something else than a list", where=self._where, next_step="try later"
                )
            is_last = not answer["more"]
            yield answer["items"], answer["above"], is_last
            params["after"] = f"{answer['items'][-1]['changed']}:{answer['items'][-1]['id']}" if answer["items"] else ""

    def _look(self, ids: Sequence[str]) -> Any:
        return self._client.send(
            Request("POST", "items/look", body={"ids": list(dict.fromkeys(ids))}, kind="read")
        ).value

    def _ticket(self, item: Mapping[str, Any]) -> Ticket:
        return Ticket(
            ref=TicketRef(connection=self.name, id=item["id"]),
            key=item["key"],
            url=item["url"],
            project=item["project"],
            parent=item["parent"],
            title=item["title"],
            state=STATES.get(item["state"], State.TODO),
            state_word=item["state"],
            kind_word=item["kind"],
            labels=tuple(sorted(item["labels"])),
            visibility="private",
            updated_at=_moment(item["changed"]),
        )


def _labels(changes: Sequence[Change]) -> dict[str, list[str]]:
    mine = [change for change in changes if slot_kind(change.slot) == "label"]
    return {
        "add": [slot_name(change.slot) for change in mine if change.after is not None],
        "remove": [slot_name(change.slot) for change in mine if change.after is None],
    }


def _moment(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


def _verdict(request: Request, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError | None:
    """Say what a status means: HTTP's own rules first, then Toy's."""
    error = standard_verdict(request, status, headers, body)
    if error is None and status == 403:
        return Forbidden(
            "this account may not do that in Toy (403)", next_step="ask Toy's admin for the right", status=403
        )
    if error is None and status >= 300:
        return Unavailable(f"Toy answers with status {status}", next_step="check `url`, or try later", status=status)
    return error
