"""Connections of GraphQL: rows in an order, cut by cursors that name a place in the order, not an offset."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

Key = Callable[[Any], Any]


@dataclass(frozen=True)
class PageInfo:
    """Where a page begins and ends."""

    startCursor: str | None  # noqa: N815 - GraphQL's own names
    endCursor: str | None  # noqa: N815
    hasNextPage: bool  # noqa: N815
    hasPreviousPage: bool  # noqa: N815


@dataclass(frozen=True)
class Connection:
    """One page of a list."""

    nodes: Sequence[Any]
    totalCount: int  # noqa: N815 - GraphQL's own name
    pageInfo: PageInfo  # noqa: N815


def connection(
    rows: Sequence[Any], arguments: Mapping[str, Any], key: Key | None = None, *, down: bool = False
) -> Connection:
    """Return the page that `first`, `last`, `after` and `before` ask for.

    With ``key`` the rows stand in its order (``down`` = descending) and a cursor holds the key of its row, so that rows
    that move meanwhile are neither lost nor shown twice by an unmoved neighbour; without it a cursor counts.
    """
    if key is None:
        places = {id(row): index for index, row in enumerate(rows)}
        key = lambda row: [places[id(row)]]  # noqa: E731 - the place itself is the key
    kept = list(rows)
    if arguments.get("after"):
        edge = _read(arguments["after"])
        kept = [row for row in kept if (list(key(row)) < edge if down else list(key(row)) > edge)]
    if arguments.get("before"):
        edge = _read(arguments["before"])
        kept = [row for row in kept if (list(key(row)) > edge if down else list(key(row)) < edge)]
    first, last = arguments.get("first"), arguments.get("last")
    page = kept[:first] if first is not None else kept[-last:] if last else kept
    is_first = not page or page[0] is rows[0]
    is_last = not page or page[-1] is rows[-1]
    cursors = [_write(list(key(row))) for row in (page[:1] + page[-1:])]
    info = PageInfo(cursors[0] if page else None, cursors[-1] if page else None, not is_last, not is_first)
    return Connection(page, len(rows), info)


def _write(key: list[Any]) -> str:
    return base64.b64encode(f"cursor:v2:{json.dumps(key)}".encode()).decode("ascii")


def _read(cursor: str) -> list[Any]:
    try:
        text = base64.b64decode(cursor, validate=True).decode("utf-8")
        found = json.loads(text.removeprefix("cursor:v2:"))
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise GraphQLError(
            f"`{cursor}` does not appear to be a valid cursor.", extensions={"type": "INVALID_CURSOR_ARGUMENTS"}
        )
    return found
