"""Tickets named in the text of a ticket: by the key that people say, or by an address.

What is named may be in another tracker, and need not be known yet: whether a word such as ``ONB-12`` is a
ticket is not told here but by the store, when it looks for who has that key. ``UTF-8`` is simply nobody's.
An address counts with its site, so that a tracker of somebody else that has the same key is not ours.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from journeysync.core.references import is_token
from journeysync.core.text import plain
from journeysync.model.ticket import Ticket

How = Literal["key", "address", "attached"]

_KEY = r"[A-Z][A-Z0-9_]{0,29}-[1-9][0-9]{0,8}"
_WORDS = re.compile(_KEY)
_NUMBERED = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9_.-]+)#([1-9][0-9]{0,8})")
_ADDRESSES = re.compile(r"https?://[^\s<>\[\]()|\"'`{}]{1,2000}", re.IGNORECASE)
_ANY_KEY = r"(?P<key>[A-Za-z][A-Za-z0-9_]{0,29}-[1-9][0-9]{0,8})"
# Where the trackers put a key in the address of a ticket; what stands before is the site.
# Jira's: https://support.atlassian.com/jira-software-cloud/docs/what-are-the-url-patterns-in-jira/
_PRODUCT = "/jira/(?!browse|secure|projects|issues)[a-z-]+"  # Cloud: /jira/software; Data Center may live below /jira
_PATHS = (
    re.compile(
        rf"(?P<site>.*?)(?:{_PRODUCT}(?:/c)?)?(?:/projects/[^/]+)?"
        rf"/(?:browse|issues|issue|queues/[^?]*)/{_ANY_KEY}(?:/.*)?"
    ),
    re.compile(r"(?P<site>.*?)/(?P<project>[^/]+/[^/]+)/issues/(?P<number>[1-9][0-9]{0,8})(?:/.*)?"),
)
_BOARDS = re.compile(rf"(?P<site>.*?)(?:(?:{_PRODUCT}|/secure|/projects|/browse|/issues)(?:/.*)?)?")
_CHOSEN = re.compile(rf"(?:^|&)(?:selectedIssue|issueKey)={_ANY_KEY}(?:&|$)")
_USUAL_PORTS = (":80", ":443")
_LONGEST = 2_000
_ENDS = ".,;:!?*_~"  # what follows an address in a sentence, or closes bold type


class Mention(NamedTuple):
    """A ticket that is named: ``name`` is its key without case; ``site`` is empty for a bare word."""

    name: str
    site: str
    how: How
    firm: bool
    """Whether a member of the project named it. If not, what follows from it is a suggestion."""


def mentions_in(ticket: Ticket) -> tuple[Mention, ...]:
    """Return the tickets that title, body and attached addresses name, each once, in the order of their first mention.

    A key as a bare word counts as spelled (``ONB-12``, ``acme/app#7``) and as a whole token; in an address, without
    case. What a ticket says of itself is left out.
    """
    by_member = ticket.author_kind == "member"
    found: dict[tuple[str, str], Mention] = {}
    for text in (ticket.title, ticket.body):
        for name, site in _in_text(text) if text else ():
            found.setdefault((name, site), Mention(name, site, "address" if site else "key", by_member))
    for address in ticket.attached:  # by members, whoever wrote the text
        if named := named_by(address):
            old = found.get(named)
            if old is None or not old.firm:
                found[named] = Mention(*named, "attached", firm=True)
    if found:
        found.pop((ticket.key.casefold(), ""), None)
        found.pop((ticket.key.casefold(), site_of(ticket.url)), None)
    return tuple(found.values())


def named_by(address: str) -> tuple[str, str] | None:
    """Return (key without case, site) of the ticket that an address leads to, None if it leads to none."""
    place = _split(address)
    if place is None:
        return None
    path, query = place
    if query and (chosen := _CHOSEN.search(query)) and (board := _BOARDS.fullmatch(path)):
        return chosen["key"].casefold(), board["site"]
    for form in _PATHS:
        if found := form.fullmatch(path):
            parts = found.groupdict()
            key = parts.get("key") or f"{parts['project']}#{parts['number']}"
            return key.casefold(), found["site"]
    return None


def site_of(address: str) -> str:
    """Return which tracker a ticket's own address is in: host and whatever comes before the ticket; empty if none."""
    named = named_by(address)
    if named is not None:
        return named[1]
    place = _split(address)
    return place[0].partition("/")[0] if place else ""


def _split(address: str) -> tuple[str, str] | None:
    """Return (host and path, query), the host without case, log-in and usual port."""
    try:
        parts = urlsplit(address[:_LONGEST].strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        return None
    host = parts.netloc.rpartition("@")[2].lower()
    for port in _USUAL_PORTS:
        host = host.removesuffix(port)
    return f"{host}{parts.path.rstrip('/')}", parts.query


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    """Yield (key without case, site) in the order of the text; the site of a bare word is empty."""
    text = plain(text)
    named = [*_addresses(text), *_words(text)]
    named.sort()
    return ((name, site) for _, name, site in named)


def _addresses(text: str) -> Iterator[tuple[int, str, str]]:
    if "://" not in text:
        return
    for found in _ADDRESSES.finditer(text):
        if named := named_by(found[0].rstrip(_ENDS)):
            yield found.start(), *named


def _words(text: str) -> Iterator[tuple[int, str, str]]:
    for form in (_WORDS, _NUMBERED) if "#" in text else (_WORDS,):
        for found in form.finditer(text):
            if is_token(text, found.start(), found.end()):
                yield found.start(), found[0].casefold(), ""
