"""The bridge between requests and use cases: these run in a thread pool, so that no request waits for another."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from journeysync.app.approving import KeptPlans
from journeysync.app.covering import KeptCoverage
from journeysync.app.holding import Held
from journeysync.core.closest import Pool
from journeysync.core.table import one_line
from journeysync.errors import JourneySyncError
from journeysync.model.change import PROPERTY
from journeysync.model.coverage import Coverage, Selection
from journeysync.model.plan import Plan
from journeysync.model.ticket import Ticket
from journeysync.web.access import Access, Refused, Role, Visitor, check_origin
from journeysync.web.jobs import Jobs

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

MAX_FORM_BYTES = 256_000
HIDDEN = "not for your groups"
"""What stands in the place of a ticket's title, where ``visible_to`` keeps it from somebody."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What all requests share."""

    held: Held
    access: Access
    secure: bool = False  # served by https: cookies say so
    kept: KeptCoverage = field(default_factory=KeptCoverage)
    plans: KeptPlans = field(default_factory=KeptPlans)
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        """Give the work that takes long its workspace."""
        object.__setattr__(self, "jobs", Jobs(self.held))  # frozen, and made from another field


@dataclass(frozen=True)
class Ask:
    """One request, ready for a handler: who asks, of which workspace, with which form."""

    request: Request
    desk: Desk
    workspace: "Workspace"
    visitor: Visitor
    form: Mapping[str, Sequence[str]]

    def query(self, name: str) -> str:
        """Return a parameter of the address, empty if it is not there."""
        return self.request.query_params.get(name, "").strip()

    def entry(self, name: str) -> str:
        """Return the first value of a form's entry, empty if it is not there."""
        return (self.form.get(name) or [""])[0].strip()

    @property
    def coverage(self) -> Coverage:
        """Return the figures of the whole workspace, kept until something changes."""
        return self.desk.kept.of(self.workspace)

    @property
    def plan(self) -> Plan:
        """Return what an apply would write now, kept until something changes."""
        return self.desk.plans.of(self.workspace)

    @property
    def pending(self) -> int:
        """Return how many changes of the plan a person would see; 0 while it is not made: no figure is worth that."""
        plan = self.desk.plans.known(self.workspace)
        return sum(change.slot != PROPERTY for one in plan.tickets for change in one.changes) if plan else 0

    @property
    def jobs(self) -> Jobs:
        """Return the work that takes longer than an answer may."""
        return self.desk.jobs

    @property
    def candidates(self) -> Pool:
        """Return the open tickets without a step, kept until something changes."""
        return self.desk.kept.candidates(self.workspace)

    def figures_of(self, selection: Selection) -> Coverage:
        """Return the figures of a part of the workspace."""
        return self.desk.kept.of(self.workspace, selection)

    def shown(self, ticket: Ticket) -> Ticket:
        """Return a ticket as this visitor may read it, on one line; without its words if they are not for them."""
        if not self.sees(ticket.ref.connection):
            return without_words(ticket)
        return ticket.model_copy(update={"title": one_line(ticket.title) or "no title", "key": one_line(ticket.key)})

    def sees(self, connection: str) -> bool:
        """Return whether this visitor may read the tickets of a connection."""
        config = self.workspace.settings.connection(connection)
        return config is None or self.visitor.sees(config.visible_to)

    @property
    def wants_panel(self) -> bool:
        """Return whether only the panel is asked for, to be put into a page that is there already."""
        return self.request.headers.get("hx-request") == "true"


def without_words(ticket: Ticket) -> Ticket:
    """Return what somebody may know of a ticket whose text is not for them: that it is there, and how it stands."""
    hidden = {"title": HIDDEN, "body": "", "labels": (), "components": (), "milestone": None, "fields": ()}
    return ticket.model_copy(update=hidden)


Handler = Callable[[Ask], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def look(handler: Handler) -> Endpoint:
    """Return an endpoint that shows something and changes nothing."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_looking, request, handler)

    return endpoint


def act(role: Role, handler: Handler) -> Endpoint:
    """Return an endpoint for a form: it changes something, one at a time, for whoever has the role."""

    async def endpoint(request: Request) -> Response:
        form = await read_form(request)
        return await run_in_threadpool(_acting, request, handler, role, form)

    return endpoint


async def read_form(request: Request) -> dict[str, list[str]]:
    """Return the fields of an urlencoded form.

    Raises:
        Refused: It is too big.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise Refused("this form is too big", next_step="choose fewer tickets at once", status=413)
    return parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=10_000)


def _looking(request: Request, handler: Handler) -> Response:
    desk: Desk = request.app.state.desk
    visitor = desk.access.visitor(request)
    with desk.held.looking() as workspace:
        ask = Ask(request, desk, workspace, visitor, {})
        return _answer(ask, handler)


def _acting(request: Request, handler: Handler, role: Role, form: Mapping[str, Sequence[str]]) -> Response:
    desk: Desk = request.app.state.desk
    visitor = desk.access.visitor(request)
    check_origin(request)
    if why := visitor.why_not(role):
        raise Refused(why, next_step="ask an admin of this page for the role")
    with desk.held.changing() as workspace:
        ask = Ask(request, desk, workspace, visitor, form)
        return _answer(ask, handler)


def _answer(ask: Ask, handler: Handler) -> Response:
    """Let a handler answer; an error becomes a page in words, inside the frame."""
    from journeysync.web.frame import error_page

    try:
        return handler(ask)
    except Refused as error:
        return error_page(ask, error.what, next_step=error.next_step, status=error.status)
    except JourneySyncError as error:
        return error_page(ask, error.what, where=error.where, next_step=error.next_step, status=400)
    except Exception:  # noqa: BLE001  # one bad page never takes the server down; the log has it all
        _log.exception("%s %s", ask.request.method, ask.request.url.path)
        what = "something unexpected happened"
        return error_page(ask, what, next_step="the log of this server says more; please report it", status=500)
