"""The position of a cursor: the highest change time that was stored. Pure."""

from datetime import datetime

import msgspec


class Mark(msgspec.Struct, omit_defaults=True):
    """How far a connection has been read; never later than the server's own time when the read began.

    Attributes:
        updated: Highest change time, ISO 8601 with an offset, milliseconds.
    """

    updated: str
    v: int = 1

    @property
    def moment(self) -> datetime:
        """Return the change time."""
        return datetime.fromisoformat(self.updated)

    def text(self) -> str:
        """Return the position as the store keeps it."""
        return msgspec.json.encode(self).decode()


def mark_of(position: str) -> Mark | None:
    """Return a stored position, None if it is not one of ours: then everything is read."""
    try:
        mark = msgspec.json.decode(position, type=Mark)
        return mark if mark.v == 1 and mark.moment.tzinfo else None
    except (msgspec.MsgspecError, ValueError):
        return None
