"""How long ago something was, in words."""

from datetime import datetime

_UNITS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def ago(at: datetime | None, now: datetime) -> str:
    """Return "3 hours ago", "just now" for less than a minute, or "never"."""
    if at is None:
        return "never"
    return said if (said := age(at, now)) == "just now" else f"{said} ago"


def age(at: datetime, now: datetime) -> str:
    """Return "3 hours", or "just now" for less than a minute."""
    seconds = (now - at).total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return counted(int(seconds // size), unit)
    return "just now"


def counted(number: int, word: str, plural: str = "") -> str:
    """Return "1 ticket" or "1,200 tickets"."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"
