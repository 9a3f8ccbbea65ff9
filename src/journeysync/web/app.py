"""The ASGI application: pages, files, and answers to what is not there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from journeysync.app.holding import Held
from journeysync.web import assets, exports, working
from journeysync.web.access import Access, Loopback, NotSignedIn, Refused, Role
from journeysync.web.desk import Ask, Desk, act, look
from journeysync.web.frame import choose_theme, error_page
from journeysync.web.headers import SafeHeaders
from journeysync.web.pages import PAGES, links, tickets

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

HOME = "/coverage"


def make_app(
    open_workspace: "Callable[[], Workspace]",
    *,
    access: Callable[[Held], Access] | None = None,
    secure: bool = False,
) -> Starlette:
    """Return the application; the workspace is opened at once, so that what is wrong with it is told here.

    Args:
        open_workspace: Opens it; called again when its files change.
        access: Decides who may do what; left out, whoever sits at this machine may do everything.
        secure: It is served by https.

    Raises:
        JourneySyncError: The workspace cannot be opened.
    """
    held = Held(open_workspace)
    try:
        with held.looking() as workspace:
            who = workspace.who
        desk = Desk(held, access(held) if access else Loopback(who), secure)
    except BaseException:
        held.close()
        raise

    @asynccontextmanager
    async def until_the_end(_app: Starlette) -> AsyncIterator[None]:
        yield
        held.close()

    app = Starlette(
        routes=[
            Route("/", _home),
            Route("/static/{name}", assets.serve),
            Route("/theme", act(Role.VIEWER, choose_theme), methods=["POST"]),
            *desk.access.routes,
            *(route for page in PAGES for route in page.routes),
            *exports.ROUTES,
            *working.ROUTES,
            *links.ROUTES,
            *tickets.ROUTES,
        ],
        middleware=[Middleware(SafeHeaders), Middleware(GZipMiddleware, minimum_size=600)],
        exception_handlers={Refused: _refused, HTTPException: _not_there},
        lifespan=until_the_end,
    )
    app.state.desk = desk
    return app


async def _home(_request: Request) -> Response:
    return RedirectResponse(HOME, status_code=303)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer without the frame: it would show figures to somebody whom we do not know."""
    if isinstance(error, NotSignedIn):
        desk: Desk = request.app.state.desk
        if (sign_in := desk.access.challenge(request, error)) is not None:
            return sign_in
    refused = error if isinstance(error, Refused) else Refused("refused")
    text = f"{refused.what}\n" + (f"  next:  {refused.next_step}\n" if refused.next_step else "")
    return PlainTextResponse(text, status_code=refused.status)


async def _not_there(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status != 404:
        return PlainTextResponse(str(getattr(error, "detail", "refused")), status_code=status)

    def nothing(ask: Ask) -> Response:
        what = f"there is no page {ask.request.url.path}"
        return error_page(ask, what, next_step="choose one from the bar", status=404)

    try:
        return await look(nothing)(request)
    except Refused as refused:
        return await _refused(request, refused)
