"""Imports everything when it is imported: what the process does that ``journeysync.testing.forked`` forks."""

from journeysync.testing.forked import import_all

import_all()
