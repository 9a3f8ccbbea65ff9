"""The pages, in the order of the bar. A page is a module of its own; it joins the frame by its line here."""

from journeysync.web.page import Page
from journeysync.web.pages import backlog, coverage, inbox, journeys, opportunities, plan, runs, settings

PAGES: tuple[Page, ...] = (
    *(coverage.PAGE, journeys.PAGE, opportunities.PAGE, backlog.PAGE),
    *(plan.PAGE, runs.PAGE, inbox.PAGE, settings.PAGE),
)
