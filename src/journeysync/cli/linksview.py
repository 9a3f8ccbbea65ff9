"""What matching found, as people read it: the sum first, then the rules, then what nobody understands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from journeysync.cli.output import one_line, write
from journeysync.core.age import counted

if TYPE_CHECKING:
    from journeysync.app.results import LinksResult

_MANY = 20
_ORIGINS = {"inherited": "inherited", "accepted": "by an accepted suggestion"}


def show_links(result: "LinksResult") -> None:
    """Print the counts of a workspace's links on stdout."""
    origins = ", ".join(f"{count:,} {_ORIGINS.get(origin, f'by {origin}')}" for origin, count in result.by_origin)
    write(f"{counted(result.tickets, 'ticket')} in scope, {result.matched:,} matched just now")
    lines = [
        (result.linked, f"linked{f' ({origins})' if origins else ''}"),
        (result.enabling, "enabling work"),
        (result.orphans, "orphans: no link, not enabling work (journeysync orphans)"),
        (result.suggestions, "suggestions waiting"),
        (result.ignored, "left alone (ignore label)"),
        (result.without_team, "of no team (mappings/vocabulary.yaml)"),
    ]
    width = max(len(f"{count:,}") for count, _ in lines)
    for count, says in lines:
        if count or says.startswith(("linked", "orphans")):
            write(f"  {count:>{width},}  {says}")
    hits = sorted(((rule, count) for rule, count in result.by_rule if count), key=lambda pair: -pair[1])
    _part("Rules, by tickets", hits, everything=True)
    idle = [rule for rule, count in result.by_rule if not count]
    if idle:
        write(f"\nRules without a hit: {', '.join(idle)}")
    _part("Unknown labels in our namespace", result.unknown_labels)
    _part("Labels of unknown origin (neither a link nor ours)", result.unowned_labels)
    _part("Words that no vocabulary knows", result.unknown_words)


def _part(title: str, counts: Sequence[tuple[str, int]], *, everything: bool = False) -> None:
    if not counts:
        return
    write(f"\n{title}")
    shown = counts if everything else counts[:_MANY]
    width = max(len(f"{count:,}") for _, count in shown)
    for name, count in shown:
        write(f"  {count:>{width},}  {one_line(name)}")
    if len(shown) < len(counts):
        write(f"  ... and {len(counts) - len(shown):,} more (--output json has them all)")
