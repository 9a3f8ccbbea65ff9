"""The trend of the headline: the share of needs with work, run by run."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from journeysync.model.base import Model

DAYS = 30


class Trend(Model):
    """Shares in percent, oldest first, and how the newest differs from the one of ``days`` ago."""

    percents: tuple[float, ...] = ()
    change: int | None = None  # needs with work, more or fewer than then; None without an older point
    days: int = DAYS

    def points(self, *, width: float, height: float, most: int = 24) -> str:
        """Return the points of a line that fits into a box, as SVG has them; empty with fewer than two."""
        shown = self.percents[-most:]
        if len(shown) < 2:
            return ""
        low, high = min(shown), max(shown)
        span = (high - low) or 1.0
        step = width / (len(shown) - 1)
        return " ".join(
            f"{number * step:.1f},{height - (value - low) / span * height:.1f}" for number, value in enumerate(shown)
        )


def trend(rows: Sequence[tuple[datetime, Mapping[str, Any]]], *, now: datetime) -> Trend:
    """Return the trend of snapshots (time, totals), oldest first; those without a known need are passed over."""
    known = [(at, totals) for at, totals in rows if totals.get("needs")]
    if not known:
        return Trend()
    percents = tuple(100 * totals["needs_with_work"] / totals["needs"] for _, totals in known)
    limit = now - timedelta(days=DAYS)
    before = [totals for at, totals in known if at <= limit] or ([known[0][1]] if len(known) > 1 else [])
    change = known[-1][1]["needs_with_work"] - before[-1]["needs_with_work"] if before else None
    days = DAYS if known[0][0] <= limit else max(1, (now - known[0][0]).days)
    return Trend(percents=percents, change=change, days=days)
