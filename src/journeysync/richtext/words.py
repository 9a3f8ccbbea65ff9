"""What a context says, line by line, in neutral spans that every kind of markup can show."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple
from urllib.parse import quote

from journeysync.model.context import Context, ContextNeed, ContextOpportunity

TEMPLATE = 1
"""Grows when the wording below changes; no ticket is written anew for that alone."""

_FOR = {"employee": "employees", "client": "clients", "patient": "patients", "user": "users"}
_EVIDENCE = ("an opinion", "one voice", "several sources", "measured")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_NAME = 160
_MOST_SAYS = 280
_MOST_TEAMS = 4
_MOST_PERSONAS = 2
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
_JOINERS = "\u200c\u200d"  # parts of words and emoji
# A link to an issue of a tracker would refer to it, and tell its people so.
_ISSUE_ADDRESS = re.compile(r"/(?:issues|pull|pulls|discussions|commit)/[0-9a-f]+", re.IGNORECASE)

Style = Literal["plain", "strong", "em", "code", "link"]


class Span(NamedTuple):
    """A run of text in one style; ``href`` of a link."""

    text: str
    style: Style = "plain"
    href: str = ""


Line = tuple[Span, ...]


class Words(NamedTuple):
    """A heading and lines, as they are rendered and as they are found again."""

    heading: str
    lines: tuple[Line, ...]

    def plain(self) -> str:
        """Return the visible words on one line, white space made one space."""
        told = [self.heading, *("".join(span.text for span in line) for line in self.lines)]
        return " ".join(" ".join(told).split())

    def digest(self) -> str:
        """Return 8 hex digits of the visible words."""
        return sha256(self.plain().encode(errors="replace")).hexdigest()[:8]


def words_of(context: Context) -> Words:
    """Return what a ticket shows of a context: at most seven short lines."""
    lines = (_path(context), _need(context.need), _opportunity(context), _priority(context), _around(context))
    said = [merged(line) for line in (*lines, _last(context)) if line]
    return Words(f"Why this matters to {_FOR.get(context.kind, 'customers')}", tuple(said))


def merged(spans: Iterable[Span]) -> Line:
    """Return spans without empty ones, plain neighbours joined: the form in which they are found again."""
    line: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if line and span.style == line[-1].style == "plain":
            line[-1] = Span(line[-1].text + span.text)
        else:
            line.append(span)
    return tuple(line)


def read_line(text: str, inline: re.Pattern[str], plain: Callable[[str], str]) -> Line:
    """Return the spans of a rendered line.

    Args:
        text: As it stands in the ticket.
        inline: Matches one span of a markup: a group for each style of ``Style``, and ``href`` beside ``link``.
        plain: Takes that markup's escapes out of visible text.
    """
    return merged(_span_of(found, plain) for found in inline.finditer(text.strip()))


def _span_of(found: re.Match[str], plain: Callable[[str], str]) -> Span:
    if found["code"] is not None:
        return Span(found["code"], "code")
    if found["link"] is not None:
        return Span(plain(found["link"]), "link", found["href"])
    if found["strong"] is not None:
        return Span(plain(found["strong"]), "strong")
    return Span(plain(found["em"]), "em") if found["em"] is not None else Span(plain(found["plain"]))


def clean(text: str, limit: int = _MOST_NAME) -> str:
    """Return text of people on one line, without control characters and marks that turn its direction or hide."""
    seen = "".join(
        c if c.isascii() and c.isprintable() else " " if c not in _JOINERS and unicodedata.category(c) in _UNSEEN else c
        for c in text
    )
    line = " ".join(seen.split()).strip(_JOINERS)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip(_JOINERS + ' ')}…"


def safe_address(url: str) -> str:
    """Return an address that can stand in any markup; empty if it is none, or would refer to an issue."""
    if not re.match(r"https?://[^\s/]", url) or _ISSUE_ADDRESS.search(url):
        return ""
    return quote(url, safe="%/:?#=&+,;.~-_$@")


def _code(text: str) -> Span:
    return Span(re.sub(r"[`{}|\[\]\\\s]+", "-", clean(text, 60)), "code")


def _path(context: Context) -> list[Span]:
    names = [name for name in map(clean, context.path) if name]
    if not names:
        return []
    before = "".join(f"{name} › " for name in names[:-1])
    personas = [name for name in map(clean, context.personas) if name]
    more = f" and {context.more} more" if context.more else ""
    return [Span(before), Span(names[-1], "strong"), Span(more), Span(_bracketed(_listed(personas, _MOST_PERSONAS)))]


def _need(need: ContextNeed | None) -> list[Span]:
    if need is None or not clean(need.says):
        return []
    known = f"evidence {need.evidence} of 3, {_EVIDENCE[min(max(need.evidence, 0), 3)]}"
    checked = f"checked {_MONTHS[need.checked.month - 1]} {need.checked.year}" if need.checked else ""
    about = ", ".join(part for part in (clean(need.source), known, checked) if part)
    return [Span(f"“{clean(need.says, _MOST_SAYS)}”: {about}")]


def _opportunity(context: Context) -> list[Span]:
    named: ContextOpportunity | None = context.opportunity
    if named is None:
        return []
    values = [
        f"{what} value {value:g}"
        for what, value in (("customer", named.customer_value), ("business", named.business_value))
        if value is not None
    ]
    count = context.more_opportunities
    more = f", and {count} more" if count else ""
    return [
        Span(f"Opportunity {clean(named.id, 40)}, "),
        Span(clean(named.name) or "unnamed", "em"),
        Span(_bracketed(", ".join(values)) + more),
    ]


def _priority(context: Context) -> list[Span]:
    said = clean(context.priority, _MOST_SAYS)
    return [Span(f"Priority {said}")] if said else []


def _around(context: Context) -> list[Span]:
    teams = [name for name in map(clean, context.teams) if name]
    parts: list[Span] = []
    if teams:
        parts.append(Span(f"Also working here: {_listed(teams, _MOST_TEAMS)}. "))
    if ask := clean(context.ask):
        parts.append(Span(f"Ask: {ask.rstrip('.')}. "))
    if address := safe_address(context.url):
        parts.append(Span("How this was worked out", "link", address))
    if parts and parts[-1].style == "plain":
        parts[-1] = Span(parts[-1].text.rstrip())
    return parts


def _last(context: Context) -> list[Span]:
    day = context.written_on
    when = f", text of {day.day} {_MONTHS[day.month - 1]} {day.year}" if day else ""
    spans = [Span(f"By journeysync{when}.", "em")]
    no = [_code(label) for label in context.labels[:2] if clean(label)]
    if no:
        spans += [Span(f" Not right? Remove the label{'s' if len(no) > 1 else ''} "), no[0]]
        spans += [Span(" and "), no[1]] if len(no) > 1 else []
        spans += [Span(", or add "), _code(context.ignore), Span(".")] if clean(context.ignore) else [Span(".")]
    elif clean(context.ignore):
        spans += [Span(" Not right? Add the label "), _code(context.ignore), Span(".")]
    return spans


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


def _listed(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
