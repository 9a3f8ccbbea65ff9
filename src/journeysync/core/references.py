"""Ids named in the text of a ticket: steps in full (``pay-bill.see-why``) and opportunities (``OPP-3``).

An id counts as a whole token only, spelled exactly, and never inside an address:
``XOPP-3``, ``OPP-3-draft`` and ``https://wiki.example/OPP-3`` name nothing.
"""

from collections.abc import Iterator
from itertools import chain

from journeysync.core.labels import target_of_id
from journeysync.core.text import Pieces, is_spaceless, is_word_character, plain
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Target

_JOINED_BEFORE = frozenset("-./\\@=&%")
_JOINED_AFTER = frozenset("-.@=")  # only where a word goes on behind them: "OPP-3." ends a sentence
_ADDRESS_SIGNS = ("://", "www.", "mailto:")


class References:
    """Finds the targets that a text names, by any id that they have or had."""

    def __init__(self, repository: JourneyRepository) -> None:
        ids = sorted(chain(repository.step_by_id, repository.opportunity_by_id))
        self._targets = tuple(target_of_id(id_, repository) for id_ in ids)
        self._pieces = Pieces(ids) if ids else None

    def in_text(self, text: str) -> tuple[Target, ...]:
        """Return the targets named in the text, each once, in the order of their first mention."""
        if self._pieces is None or not text:
            return ()
        return tuple(dict.fromkeys(self._mentions(self._pieces, plain(text))))

    def _mentions(self, pieces: Pieces, text: str) -> Iterator[Target]:
        for index, start, end in pieces.find(text):
            target = self._targets[index]
            if target is not None and is_token(text, start, end):
                yield target


def is_token(text: str, start: int, end: int) -> bool:
    """Return whether ``text[start:end]`` stands as a whole token, and not inside an address."""
    before = text[start - 1] if start else " "
    after, behind = text[end : end + 1] or " ", text[end + 1 : end + 2] or " "
    if before in _JOINED_BEFORE or _continues(before) or _continues(after):
        return False
    if after in _JOINED_AFTER and is_word_character(behind):
        return False
    return not _is_in_address(text, start)


def _continues(character: str) -> bool:
    return is_word_character(character) and not is_spaceless(character)


def _is_in_address(text: str, start: int) -> bool:
    """Return whether the run of non-space characters before the id begins an address, brackets and bars being ends."""
    begin = start
    while begin and start - begin < 2_000 and not text[begin - 1].isspace() and text[begin - 1] not in "[]()<>|\"'":
        begin -= 1
    return any(sign in text[begin:start] for sign in _ADDRESS_SIGNS)
