"""The pages, in the order of the bar. A page is a module of its own; it joins the frame by its line here."""

from journeysync.web.page import Page
from journeysync.web.pages import coverage, inbox, plan, runs, settings

PAGES: tuple[Page, ...] = (coverage.PAGE, plan.PAGE, runs.PAGE, inbox.PAGE, settings.PAGE)
