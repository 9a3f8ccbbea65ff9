"""The frame around every page: bar, theme, health of connections; and the templates' words."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from journeysync.core.age import ago, counted
from journeysync.core.number import short
from journeysync.core.slot_words import slot_value
from journeysync.web.access import Role
from journeysync.web.assets import asset, icon
from journeysync.web.desk import Ask
from journeysync.web.page import Page

THEME_COOKIE = "journeysync-theme"
THEMES = {"auto": "as the system has it", "light": "light", "dark": "dark"}
_YEAR_SECONDS = 31_536_000
_PRODUCTS = {"jira": ("Ji", "Jira"), "github": ("GH", "GitHub"), "linear": ("Li", "Linear"), "file": ("Fi", "File")}


@cache
def templates() -> Environment:
    """Return the templates: everything is escaped, an unknown name is an error."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"icon": icon, "asset": asset, "ago": ago, "counted": counted, "dict": dict}
    found.filters |= {
        "short": short,
        "number": lambda value: f"{value:,}",
        "address": address,
        "slot_value": slot_value,
        "combine": lambda one, other: {**one, **other},
    }
    return found


def address(path: str, query: Mapping[str, object]) -> str:
    """Return a path with the parameters that are not empty."""
    given = [(name, str(value)) for name, value in query.items() if value not in ("", None, False)]
    return f"{path}?{urlencode(given)}" if given else path


def render(
    ask: Ask, page: Page | None, template: str, *, panel: str = "", status: int = 200, **context: Any
) -> Response:
    """Return a page in its frame, or the template ``panel`` alone where a script asks for that."""
    name = panel if panel and ask.wants_panel else template
    frame = _frame(ask, page)
    if taken := frame.keys() & context.keys():
        raise ValueError(f"these words are the frame's own: {', '.join(sorted(taken))}")
    text = templates().get_template(name).render(frame | context)
    return HTMLResponse(text, status_code=status, headers={"vary": "HX-Request, Cookie"})


def error_page(ask: Ask, what: str, *, where: str = "", next_step: str = "", status: int = 400) -> Response:
    """Return what went wrong, in the frame: what, where, what to do next."""
    ask_for_all = {"what": what[:1].upper() + what[1:], "where": where, "next_step": next_step}
    return render(ask, None, "error.html", panel="error_panel.html", status=status, **ask_for_all)


def go_to(path: str) -> Response:
    """Return a redirect after a form, so that loading again does not send it again; only within this site."""
    return RedirectResponse(local_path(path), status_code=303)


def local_path(text: str) -> str:
    """Return an address of this site as it was given; "/" for what would lead anywhere else."""
    parts = urlsplit(text.replace("\\", "/"))
    is_local = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text.isprintable() else "/"


def sign_in_page(text: str, *, title: str = "Sign in", status: int = 401, again: str = "") -> Response:
    """Return a page without the frame, for somebody whom we do not know: it shows nothing of the workspace.

    Args:
        text: One or two sentences.
        title: Its heading.
        status: HTTP status.
        again: Where to try once more; empty: nowhere.
    """
    page = templates().get_template("sign_in.html").render(title=title, text=text, again=again, onward="")
    return HTMLResponse(page, status_code=status)


def went_on_page(path: str) -> Response:
    """Return a page that goes on to an address of ours by itself, as a step of our own and not of another site."""
    page = (
        templates().get_template("sign_in.html").render(title="One moment", text="", again="", onward=local_path(path))
    )
    return HTMLResponse(page)


def theme_of(ask: Ask) -> str:
    """Return auto, light or dark."""
    chosen = ask.request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def choose_theme(ask: Ask) -> Response:
    """Keep the colours that somebody chose, and go back to where they were."""
    chosen = ask.entry("theme")
    answer = go_to(ask.entry("back"))
    answer.set_cookie(
        THEME_COOKIE,
        chosen if chosen in THEMES else "auto",
        max_age=_YEAR_SECONDS,
        samesite="strict",
        secure=ask.desk.secure,
    )
    return answer


def tool_of(workspace: Any, connection: str) -> tuple[str, str]:
    """Return the two letters and the product's name of a connection."""
    config = workspace.settings.connection(connection)
    word = config.connector if config else connection
    return _PRODUCTS.get(word, (word[:2].capitalize(), word))


def product_of(connector: str) -> str:
    """Return what people call a tracker."""
    return _PRODUCTS.get(connector, ("", connector))[1]


def _frame(ask: Ask, page: Page | None) -> dict[str, Any]:
    from journeysync.web.pages import PAGES

    workspace = ask.workspace
    theme = theme_of(ask)
    order = list(THEMES)
    return {
        "page": page,
        "bar": [(each, each.waiting(ask) if each.waiting else None) for each in PAGES],
        "pending": ask.pending,
        "company": workspace.settings.workspace_name,
        "connections": connection_health(ask),
        "visitor": ask.visitor,
        "Role": Role,
        "theme": theme,
        "next_theme": order[(order.index(theme) + 1) % len(order)],
        "theme_words": THEMES,
        "here": str(ask.request.url.path) + (f"?{ask.request.url.query}" if ask.request.url.query else ""),
        "now": workspace.now(),
        "today": workspace.today(),
        "local": lambda at, form="%-d %b %Y, %H:%M": at.astimezone(workspace.zone).strftime(form),
        "files_problem": ask.desk.held.problem,
        "tool": lambda connection: tool_of(workspace, connection),
        "Markup": Markup,
    }


def connection_health(ask: Ask) -> list[dict[str, Any]]:
    """Return for each connection whether it was read within its limit, and when."""
    workspace = ask.workspace
    limit = workspace.settings.coverage.data_older_than_hours
    reads = workspace.store.reads()
    found = []
    for config in workspace.settings.connections:
        last = reads.get(config.name)
        hours = (workspace.now() - last.read_at).total_seconds() / 3600 if last else None
        _, _, trouble = (workspace.store.meta(f"read_failed:{config.name}") or "").partition(" ")
        found.append(
            {
                "name": config.name,
                "product": tool_of(workspace, config.name)[1],
                "age": ago(last.read_at if last else None, workspace.now()),
                "trouble": trouble or ("never read" if hours is None else "too old" if hours > limit else ""),
            }
        )
    return found
