"""Bands 1 to 5 of a score, and when a written band moves (formats.md 6)."""

from collections.abc import Sequence

from journeysync.model.scoring import Scoring


def band_of(score: float, bands: Sequence[tuple[int, float]]) -> int | None:
    """Return the band of a score: the one with the highest lower edge that the score reaches.

    An edge belongs to the higher band. A score below all edges is in the lowest band; None without bands.
    """
    if not bands:
        return None
    reached = [(edge, band) for band, edge in bands if score >= edge]
    if reached:
        return max(reached)[1]
    return min((edge, band) for band, edge in bands)[1]


def settled_band(score: float, written_band: int | None, scoring: Scoring) -> int | None:
    """Return the band to show, given the one that is written already.

    The written band stays until the score lies ``settle`` points beyond one of its edges (or at the end
    of the scale, where there is no room for that), so that a score on an edge does not go to and fro.
    """
    today = band_of(score, scoring.bands)
    edges = dict(scoring.bands)
    if written_band not in edges or today == written_band:
        return today
    settle = scoring.write.settle
    lower = edges[written_band]
    higher_edges = [edge for edge in edges.values() if edge > lower]
    if score >= lower:  # it moved up
        return written_band if higher_edges and score < min(min(higher_edges) + settle, 100) else today
    return written_band if score > max(lower - settle, 0) else today
