"""The position of a cursor: for each repository how far it was read, and what its quiet list looked like. Pure."""

from datetime import datetime

import msgspec


class RepositoryMark(msgspec.Struct, omit_defaults=True):
    """How far one repository has been read.

    Attributes:
        updated: Highest change time listed, ISO 8601 in UTC; never later than the server's time.
        since: What the last read asked for; only for the very same list its ETag counts.
        etag: Of that list's first page.
        visibility: As last seen.
        fresh: Hash of each row that changed in the last seconds before the read: their times are whole seconds, so
            the same time may stand for two versions.
    """

    updated: str
    since: str = ""
    etag: str = ""
    visibility: str = "unknown"
    fresh: dict[str, int] = {}

    @property
    def moment(self) -> datetime:
        """Return the change time."""
        return datetime.fromisoformat(self.updated)


class Mark(msgspec.Struct, omit_defaults=True):
    """The position of a connection's cursor, as it is stored."""

    repositories: dict[str, RepositoryMark] = {}
    projects: dict[str, str] = {}  # when each project last changed, by its node id, as GitHub writes it
    v: int = 1

    def text(self) -> str:
        """Return the position as the store keeps it."""
        return msgspec.json.encode(self).decode()


def mark_of(position: str) -> Mark | None:
    """Return a stored position, None if it is not one of ours: then everything is read."""
    try:
        mark = msgspec.json.decode(position, type=Mark)
        return mark if mark.v == 1 and all(one.moment.tzinfo for one in mark.repositories.values()) else None
    except (msgspec.MsgspecError, ValueError):
        return None
