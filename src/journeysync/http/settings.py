"""How one connection talks: address, authorization, patience."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from journeysync.http.retry import RetryLimits


@dataclass(frozen=True)
class HttpSettings:
    """How one connection talks.

    Attributes:
        base_url: Where the tracker is; a path in it is kept (``https://host/jira``).
        authorization: Called for each request, so that a renewed token counts at once; None sends no header.
        renew: Called after a 401, once a request; returns whether a renewed token makes another try worth it.
        secrets: What must never be shown.
        where: The connection, for errors.
        in_flight: The most requests at one time.
        timeout_seconds: For connecting and for each pause between two pieces of a body.
        answer_seconds: For one whole answer.
        ca_file: Certificates to trust besides the usual ones.
    """

    base_url: str
    authorization: Callable[[], str | None] = lambda: None
    renew: Callable[[], bool] | None = None
    secrets: Callable[[], Sequence[str]] = tuple
    where: str = ""
    in_flight: int = 16
    timeout_seconds: float = 30.0
    answer_seconds: float = 120.0
    ca_file: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry: RetryLimits = field(default_factory=RetryLimits)
