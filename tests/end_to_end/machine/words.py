"""Foreign text made from our own output: what people copy, cut, quote and paste somewhere else."""

import json
import re
from collections.abc import Sequence

from .site import MARK, WORKSPACE, Site

WAYS = ("whole", "half", "doubled", "nested", "quoted", "another workspace", "older version")
_MOST_LABEL, _MOST_TITLE = 50, 200


def output_of(site: Site, ticket: str) -> Sequence[str]:
    """Return the texts that runs of ours left in a ticket, and some that look so, in stable order."""
    link = site.links(ticket).get(MARK + WORKSPACE) or {}
    receipt = site.receipts(ticket).get(WORKSPACE)
    texts = [label for label in site.labels(ticket) if label.casefold().startswith("journey.")]
    texts += [str(value) for value in _leaves(link)]  # on GitHub the comment, whole
    texts += [json.dumps(receipt)] if receipt else []
    return [*texts, f"<!-- journeysync:begin v1 {WORKSPACE} 7f3a19c2 -->\ntext\n<!-- journeysync:end {WORKSPACE} -->"]


def twisted(text: str, way: str) -> str:
    """Return a text as it stands somewhere else."""
    half = len(text) // 2
    match way:
        case "half":
            return text[:half]
        case "doubled":
            return text + text
        case "nested":
            return text[:half] + text + text[half:]
        case "quoted":
            return "> " + text.replace("\n", "\n> ")
        case "another workspace":
            return text.replace(WORKSPACE, "yy11").replace("journey.", "other.")
        case "older version":
            return text.replace(" v1 ", " v0 ").replace('"v": 1', '"v": 0')
    return text


def as_label(text: str) -> str:
    """Return what of a text can be typed as a label; empty if nothing can."""
    return re.sub(r"[\s,\"<>]", "", text)[:_MOST_LABEL]


def as_title(text: str) -> str:
    """Return a text as a title: one line, not too long."""
    return " ".join(text.split())[:_MOST_TITLE].strip() or "A ticket"


def says(text: str, word: str) -> bool:
    """Return whether a word stands in a text as a whole word, in any case."""
    return re.search(rf"(?<!\w){word}(?!\w)", text.casefold()) is not None


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for _, part in sorted(value.items()) for leaf in _leaves(part)]
    return [value] if isinstance(value, str) and value else []
