"""What goes over the wire and what comes back, as values."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec

_DECODER = msgspec.json.Decoder()
READ_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
IDEMPOTENT_METHODS = READ_METHODS | {"PUT", "DELETE"}


def decode_json(body: bytes) -> Any:
    """Return the JSON value of a body.

    A lone surrogate (half an emoji, cut by some importer) is legal in JSON text
    and illegal in UTF-8: it becomes a question mark, the rest stays readable.

    Raises:
        ValueError: The body is no JSON.
    """
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if b"\\ud" not in body and b"\\uD" not in body:
            raise
        return _DECODER.decode(json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Request:
    """One request, relative to the client's base address.

    Attributes:
        path: ``rest/api/3/field``; an absolute address only of the same origin.
        body: A JSON value, or None for no body.
        kind: Whether it counts as a read or a write; POST searches are reads. None: by the method.
        idempotent: Whether sending it twice does no harm. None: reads, PUT and DELETE are.
        accept: Statuses outside 2xx that are an answer, not a redirect or an error, such as 303 for a task.
        decode: Turns the body into a value; the standard one reads JSON.
        lane: Requests of one lane share a pause that was asked for one endpoint only.
        headers: More headers for this request only, such as ``If-None-Match``.
        tag: The caller's own, handed back with the answer.
    """

    method: str
    path: str
    params: Mapping[str, str | Sequence[str]] | None = None
    body: Any = None
    kind: Literal["read", "write"] | None = None
    idempotent: bool | None = None
    accept: frozenset[int] = frozenset()
    decode: Callable[[bytes], Any] = decode_json
    lane: str = ""
    tag: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        """Return whether nothing changes at the other end."""
        return self.kind == "read" if self.kind else self.method in READ_METHODS

    @property
    def may_repeat(self) -> bool:
        """Return whether it may be sent again when its answer was lost."""
        return self.idempotent if self.idempotent is not None else self.is_read or self.method in IDEMPOTENT_METHODS


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case; ``value`` is the decoded body, None if there was none."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    value: Any = field(repr=False)
    request: Request
    server_time: datetime | None = None  # its Date header

    @property
    def ok(self) -> bool:
        """Return whether the status is 2xx."""
        return 200 <= self.status < 300
