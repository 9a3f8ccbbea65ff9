"""The page: routes, templates and forms. Every figure and every change is a use case of ``app``; none is made here."""

from journeysync.web.app import make_app

__all__ = ["make_app"]
