"""What counts as the same text, and where a word begins and ends.

Two spellings of one word are brought to one form (``fold``), a word is told from
a part of a word by its neighbours (``stands_alone``), and many pieces of text are
found in one pass (``Pieces``). Conditions and references rest on this page.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

_CHUNK = 1 << 16  # characters searched at once: a huge body costs time, never memory
_DFA_LIMIT = 20_000  # characters of all pieces: the fastest automaton takes up to 1 kB for each
_JOINERS = "_\u200c\u200d"  # underscore; zero-width joiners stand inside words of Persian and Indic scripts
# Scripts written without spaces (first, last): a word in them is looked for as a piece of text.
_SPACELESS = (
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x19E0, 0x19FF),  # Khmer symbols
    (0x3005, 0x3007),  # ideographic iteration mark and zero
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAA7F),  # Myanmar extended A
    (0xF900, 0xFAFF),  # Han, compatibility
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x1AFF0, 0x1B16F),  # Kana supplements
    (0x20000, 0x3FFFF),  # Han, extensions B and on
)
_STARTS = tuple(first for first, _ in _SPACELESS)


def plain(text: str) -> str:
    """Return the text in Unicode form NFC, case kept; half surrogates, which no encoding can carry, become U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return the one form of all spellings that differ in case or composition only: "Straße" and "STRASSE" agree.

    Full Unicode case folding, the same in every language: a Turkish dotless i stays a letter of its own.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", plain(text).casefold())


def fold_spaces(text: str) -> str:
    """Return ``fold(text)`` with each run of white space, line ends included, as one space, none at the ends."""
    return " ".join(fold(text).split())


def is_spaceless(character: str) -> bool:
    """Return whether its script puts no spaces between words: Han, Kana, Thai, Lao, Khmer or Myanmar."""
    point = ord(character)
    if point < _STARTS[0]:
        return False
    first, last = _SPACELESS[bisect_right(_STARTS, point) - 1]
    return first <= point <= last


def is_word_character(character: str) -> bool:
    """Return whether it continues a word: a letter, digit, combining mark or underscore of any script."""
    if character.isalnum() or character in _JOINERS:
        return True
    return not character.isascii() and unicodedata.category(character).startswith("M")


def stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether ``text[start:end]`` is no part of a longer word.

    A side needs a boundary only where the piece itself begins or ends with a word
    character, and a script without spaces on either side of the edge is a boundary:
    "iOS" stands alone in "iOSアプリ", "アプリ" too, and "c++" in "c++20".
    """
    return (start == 0 or _is_edge(text[start], text[start - 1])) and (
        end == len(text) or _is_edge(text[end - 1], text[end])
    )


@lru_cache(maxsize=8_192)  # few pairs make up most text, and this is asked at both ends of every hit
def _is_edge(inner: str, outer: str) -> bool:
    if not is_word_character(outer) or not is_word_character(inner):
        return True
    return is_spaceless(inner) or is_spaceless(outer)


class Pieces:
    """Finds all of many pieces of text in one pass over a text, in time linear in the text and the hits.

    Args:
        pieces: Non-empty texts in the form that ``find`` will get (folded, or plain).
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind  # only who searches pays for it

        way = Implementation.DFA if sum(map(len, pieces)) <= _DFA_LIMIT else None
        self._automaton = AhoCorasick(
            list(pieces), matchkind=MatchKind.Standard, store_patterns=False, implementation=way
        )
        self._longest = max(map(len, pieces))

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield (index of the piece, start, end) of every hit, overlapping ones too; no half surrogates in ``text``."""
        if len(text) <= _CHUNK:
            yield from self._automaton.find_matches_as_indexes(text, overlapping=True)
            return
        for offset in range(0, len(text), _CHUNK):  # chunks overlap, so that no hit is cut in two
            chunk = text[offset : offset + _CHUNK + self._longest - 1]
            for piece, start, end in self._automaton.find_matches_as_indexes(chunk, overlapping=True):
                if start < _CHUNK:  # later ones are found again in the next chunk
                    yield piece, offset + start, offset + end
