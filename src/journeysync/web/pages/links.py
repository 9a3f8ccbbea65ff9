"""Linking and unlinking by hand: one form for one ticket or many, from any page."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.covering import ref_of
from journeysync.app.deciding import decide_all
from journeysync.web.access import Refused, Role
from journeysync.web.desk import Ask, act
from journeysync.web.frame import go_to, local_path

MOST = 500


def decide(ask: Ask) -> Response:
    """Keep a person's word about tickets, and go back to where they were."""
    kind = ask.entry("word")
    if kind not in ("link", "unlink"):
        raise Refused("this form says neither link nor unlink", status=400)
    names = [name for name in ask.form.get("ticket", ()) if name]
    if not names:
        raise Refused("no ticket was chosen", next_step="go back and tick at least one", status=400)
    if len(names) > MOST:
        raise Refused(f"{len(names)} tickets at once", next_step=f"choose at most {MOST}", status=413)
    refs = [ref_of(name) for name in names]
    if hidden := next((ref for ref in refs if not ask.sees(ref.connection)), None):
        raise Refused(f"the tickets of {hidden.connection} are not for your groups")
    target = ask.entry("target").partition(" ")[0]
    made = decide_all(
        ask.workspace, "link" if kind == "link" else "unlink", refs, target, why=ask.entry("why"), by=ask.visitor.name
    )
    return go_to(_with_said(ask.entry("back"), made[0].id))


def _with_said(path: str, decision: str) -> str:
    parts = urlsplit(local_path(path))
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "said"]
    return f"{parts.path}?{urlencode([*query, ('said', decision)])}"


ROUTES = (Route("/links", act(Role.REVIEWER, decide), methods=["POST"]),)
