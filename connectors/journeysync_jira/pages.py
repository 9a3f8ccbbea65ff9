"""Pages of issues as they come over the wire: kept as bytes while they wait, cut-short lists told from whole ones."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from journeysync.http.message import decode_json


class _IssuePage(msgspec.Struct):
    """A page of issues, each still JSON: a window of pages that wait their turn costs no more than its bytes."""

    issues: list[msgspec.Raw]
    issueErrors: Any = None  # noqa: N815  # as Jira spells it
    startAt: int = 0  # noqa: N815
    maxResults: int = 0  # noqa: N815
    total: int = -1


_PAGE = msgspec.json.Decoder(_IssuePage)


def decode_page(body: bytes) -> Any:
    """Return a page with its issues as raw bytes, or whatever else the body says."""
    try:
        page = _PAGE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decode_json(body)  # a refusal, or something that only the patient way can read
    place = {"startAt": page.startAt, "maxResults": page.maxResults, "total": page.total}
    return {"issues": page.issues, "issueErrors": page.issueErrors, **place}


def cut_short(warnings: Any) -> str:
    """Return what Jira says where a search has fewer results than it should, empty if it is whole.

    The warnings are experimental and change shape; a short list must not pass for a whole one.
    """
    said = "; ".join(
        str(each.get("message") or each) if isinstance(each, dict) else str(each) for each in warnings or ()
    )
    return said if any(word in said.lower() for word in ("truncat", "exceed", "limit")) else ""


def chunks(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield the items in lists of at most ``size``."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
