"""How far a piece of work is: the part of a page that loads itself again until it has ended."""

from starlette.responses import Response
from starlette.routing import Route

from journeysync.web.access import Refused
from journeysync.web.desk import Ask, look
from journeysync.web.frame import go_to, render

WHERE = {"apply": "/plan", "read": "/settings", "doctor": "/settings"}
"""The page that shows each kind of work."""


def show(ask: Ask) -> Response:
    """Return the part for scripts; others are led to the page that has it."""
    job = ask.jobs.job(ask.request.path_params["job"])
    if job is None:
        raise Refused("this piece of work is not known any longer", next_step="look at Runs", status=404)
    if not ask.wants_panel:
        return go_to(WHERE[job.kind])
    answer = render(ask, None, "job.html", panel="job.html", job=job)
    if not job.is_under_way:
        answer.headers["hx-refresh"] = "true"  # all else on the page is of before it
    return answer


ROUTES = (Route("/jobs/{job}", look(show)),)
