"""The routes that no tracker has: journal and counters of a sandbox, for a test in another process."""

from dataclasses import asdict

from journeysync.sandbox.journal import Journal, RequestCounters
from journeysync.sandbox.wire import Call, Reply, Route, as_json


def inside_routes(journal: Journal, counters: RequestCounters) -> list[Route]:
    """Return the routes below `/_sandbox/`."""

    def writes(_call: Call) -> Reply:
        return as_json([asdict(write) for write in journal])

    def requests(_call: Call) -> Reply:
        return as_json(counters.by_endpoint())

    return [Route("GET", "/_sandbox/journal", writes), Route("GET", "/_sandbox/requests", requests)]
