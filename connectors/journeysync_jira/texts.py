"""How our comment and our part of a description reach Jira, before all else of a ticket is written.

A comment is found by its mark and its author and changed in place. A description is
read right before it is written and, with its history, right after: what a person saved
in between is put back, and the outcome says so. Jira has no condition on a write.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from journeysync.errors import ConnectorError, Hidden, TicketRejected, Unavailable
from journeysync.http import Answer, Request
from journeysync.model.change import BLOCK, COMMENT, Outcome, Result, SetText
from journeysync.model.context import Context
from journeysync.richtext.found import FoundText, NoRoom, why_not
from journeysync.richtext.words import Words, words_of
from journeysync_jira.client import JiraClient
from journeysync_jira.markup import Markup
from journeysync_jira.payload import TicketWrite
from journeysync_jira.refusals import refusal_of
from journeysync_jira.translate import instant

MOST_PAGES = 50
MOST_OUTAGES = 3  # tickets in a row whose request got no answer: then it is the tracker, not the ticket
_AT_WORK = "somebody changed the ticket a moment ago"
_PUT_BACK = "a person saved the description at the same moment as we: their text was put back"
_REPLACED = "a person saved the description at the same moment as we: their text stands"
_LOOK = (
    "look whether the text is as its author wants it (History shows each version); the next run writes our part again"
)
_SETTLES = "the next run reads the ticket and settles it"


@dataclass(frozen=True)
class OurComment:
    """Our comment in a ticket; ``id`` empty if there is none."""

    id: str = ""
    body: Any = None
    found: FoundText = field(default_factory=FoundText)
    others: int = 0


class Comments:
    """Finds our comment among those of a ticket."""

    def __init__(self, client: JiraClient, markup: Markup) -> None:
        self._client = client
        self._markup = markup
        self._me: frozenset[str] | None = None

    def ours(self, identifier: str, page: Any) -> OurComment:
        """Return our comment; reads on where the field ``comment`` of an issue holds only some of them."""
        found: list[tuple[Mapping[str, Any], FoundText]] = []
        seen = 0
        for comments, total in self._pages(identifier, page):
            seen += len(comments)
            found += [(each, text) for each in comments if (text := self._ours(each)) is not None]
            if found or seen >= total:
                break
        if not found:
            return OurComment()
        comment, text = found[0]
        return OurComment(str(comment.get("id") or ""), comment.get("body"), text, len(found) - 1)

    def _pages(self, identifier: str, page: Any) -> Iterator[tuple[list[Mapping[str, Any]], int]]:
        comments, total = _page(page)
        yield comments, total
        start = len(comments)
        for _page_number in range(MOST_PAGES):
            if start >= total:
                return
            comments, total = _page(self._client.comments(identifier, start))
            if not comments:
                return
            start += len(comments)
            yield comments, total

    def _ours(self, comment: Mapping[str, Any]) -> FoundText | None:
        found = self._markup.comment(comment.get("body"))
        if found.state == "none":
            return None
        if self._me is None:
            self._me = self._client.myself()
        author = comment.get("author")
        names = (
            {str(author.get(name)) for name in ("accountId", "key", "name")} if isinstance(author, Mapping) else set()
        )
        return found if names & self._me else None


class TextWriter:
    """Writes comments and descriptions of one connection."""

    def __init__(self, client: JiraClient, markup: Markup, comments: Comments) -> None:
        self._client = client
        self._markup = markup
        self._comments = comments
        self.looked_at: dict[str, str] = {}  # when a ticket was changed, as the look before this write saw it

    def write(self, writes: Sequence[TicketWrite]) -> Iterator[Outcome]:
        """Write all comments, in a window, then all descriptions, one by one; yield an outcome for each."""
        comments = [(write, change) for write in writes for change in write.texts if change.place == COMMENT]
        yield from self._write_comments(comments)
        silent = 0
        for write, change in ((w, c) for w in writes for c in w.texts if c.place == BLOCK):
            try:
                yield self._write_block(write, change)
                silent = 0
            except (Hidden, TicketRejected) as error:
                yield self._failed(write, change, error.status or 0, error.what, error.next_step)
            except Unavailable as error:
                silent += 1
                if silent >= MOST_OUTAGES:
                    raise
                yield _outcome(write, change, Result.UNKNOWN, error.what, _SETTLES, retry=True)

    # comments

    def _write_comments(self, todo: Sequence[tuple[TicketWrite, SetText]]) -> Iterator[Outcome]:
        if not todo:
            return
        rows = self._client.fetch([write.id for write, _change in todo], ("comment",))
        pages = {str(row.get("id")): (row.get("fields") or {}).get("comment") for part in rows for row in part}
        requests: list[Request] = []
        for write, change in todo:
            if write.id not in pages:
                yield _outcome(write, change, Result.FAILED, "Jira shows no such ticket", "the next pull finds out")
                continue
            made = self._comment_request(write, change, self._comments.ours(write.id, pages[write.id]))
            if isinstance(made, Outcome):
                yield made
            else:
                requests.append(made)
        silent: list[tuple[Request, ConnectorError]] = []
        for request, answer in self._client.http.results(requests):
            write, change = request.tag
            if isinstance(answer, Unavailable):
                silent.append((request, answer))
                yield _outcome(write, change, Result.UNKNOWN, answer.what, _SETTLES, retry=True)
            elif isinstance(answer, ConnectorError):
                yield self._failed(write, change, 0, answer.what, answer.next_step)
            else:
                yield self._answered(write, change, answer)
        if silent and len(silent) == len(requests):
            raise silent[-1][1]

    def _comment_request(self, write: TicketWrite, change: SetText, ours: OurComment) -> Request | Outcome:
        if cause := why_not(ours.found, change.seen):
            return _outcome(write, change, Result.LATER, cause, retry=True)
        path = f"{self._client.api}/issue/{quote(write.id, safe='')}/comment"
        try:
            body = self._markup.with_comment(ours.body, _words(change))
        except NoRoom as error:
            return _outcome(write, change, Result.FAILED, str(error), "mend the comment in Jira, or delete it")
        tag = (write, change)
        if body == ours.body:
            return _outcome(write, change, Result.UNCHANGED)
        if not ours.id:
            return Request("POST", path, body={"body": body}, lane="comment", tag=tag)
        path = f"{path}/{quote(ours.id, safe='')}"
        if body is None:
            return Request("DELETE", path, lane="comment", tag=tag)
        return Request("PUT", path, {"notifyUsers": "false"}, {"body": body}, lane="comment", tag=tag)

    # descriptions

    def _write_block(self, write: TicketWrite, change: SetText) -> Outcome:
        """Read, write, look again."""
        before = self._client.issue(write.id, ("description", "updated"))
        if before is None:
            return _outcome(write, change, Result.FAILED, "Jira shows no such ticket", "the next pull finds out")
        fields = before.get("fields") or {}
        description, updated = fields.get("description"), str(fields.get("updated") or "")
        if self.looked_at.get(write.id, updated) != updated:
            return _outcome(write, change, Result.LATER, _AT_WORK, retry=True)
        if cause := why_not(self._markup.block(description), change.seen):
            return _outcome(write, change, Result.LATER, cause, retry=True)
        try:
            wanted = self._markup.with_block(description, _words(change))
        except NoRoom as error:
            step = "mend the description, or place a comment instead"
            return _outcome(write, change, Result.FAILED, str(error), step)
        if wanted == description or (not wanted and not description):
            return _outcome(write, change, Result.UNCHANGED)
        answer = self._put_description(write, wanted)
        self.looked_at.pop(write.id, None)  # what it says now is ours
        if not answer.ok:
            return self._answered(write, change, answer)
        return self._after(write, change, updated)

    def _put_description(self, write: TicketWrite, description: Any, *, api: str = "") -> Answer:
        path = f"{api or self._client.api}/issue/{quote(write.id, safe='')}"
        body = {"fields": {"description": description}}
        answer = self._client.http.send(Request("PUT", path, {"notifyUsers": "false"}, body, lane="edit"))
        if answer.status == 403 and self._markup.is_wiki:  # Data Center lets only administrators write without mails
            return self._client.http.send(Request("PUT", path, body=body, lane="edit"))
        return answer

    def _after(self, write: TicketWrite, change: SetText, updated: str) -> Outcome:
        """Look at what stands there now, and who saved the description since it was read."""
        now = self._client.issue(write.id, ("description",), expand=("changelog",))
        if now is None:
            return _outcome(write, change, Result.UNKNOWN, "the ticket was gone right after", _SETTLES, retry=True)
        theirs = overwritten(now.get("changelog"), since=updated)
        if theirs is not None:
            self._put_description(write, theirs, api="rest/api/2")
            return _outcome(write, change, Result.FAILED, _PUT_BACK, _LOOK, retry=True)
        found = self._markup.block((now.get("fields") or {}).get("description"))
        words = _words(change)
        stands = found.state == "none" if words is None else found.words is not None and found.words == words
        if not stands:
            return _outcome(write, change, Result.FAILED, _REPLACED, _LOOK, retry=True)
        return _outcome(write, change, Result.WRITTEN)

    # answers

    def _answered(self, write: TicketWrite, change: SetText, answer: Answer) -> Outcome:
        if answer.ok:
            return _outcome(write, change, Result.WRITTEN)
        if answer.status == 404 and change.after is None and change.place == COMMENT:
            return _outcome(write, change, Result.UNCHANGED)
        words = self._client.http.say(refusal_of(answer.value).words) or f"Jira answered {answer.status}"
        return self._failed(write, change, answer.status, words, "")

    def _failed(self, write: TicketWrite, change: SetText, status: int, cause: str, step: str) -> Outcome:
        right = "Add comments" if change.place == COMMENT else "Edit issues"
        project = write.changes.key.rpartition("-")[0] or "its project"
        steps = {
            400: "shorten the description, or place a comment instead",
            403: f"ask an administrator to give the account '{right}' in project {project}",
            404: "it is gone, moved or hidden: the next pull finds out",
        }
        step = step or steps.get(status, "run it again")
        return _outcome(write, change, Result.FAILED, cause, step, retry=status in (0, 409))


def overwritten(changelog: Any, *, since: str) -> str | None:
    """Return the text of a person who saved the description between our read and our write; None if nobody did.

    Args:
        changelog: As ``expand=changelog`` gives it, in any order; the newest description is ours.
        since: When the ticket was last changed, as we read it.
    """
    histories = changelog.get("histories") if isinstance(changelog, Mapping) else None
    items = [
        (history.get("created"), item)
        for history in histories or ()
        if isinstance(history, Mapping)
        for item in history.get("items") or ()
        if isinstance(item, Mapping) and (item.get("fieldId") or item.get("field")) == "description"
    ]
    found = [(instant(created), item.get("toString")) for created, item in items]
    read = instant(since)
    known = sorted((at, str(text or "")) for at, text in found if at is not None)
    if read is None or len(known) < 2 or known[-2][0] <= read:
        return None
    return known[-2][1]


def _page(value: Any) -> tuple[list[Mapping[str, Any]], int]:
    comments = value.get("comments") if isinstance(value, Mapping) else None
    rows = [each for each in comments if isinstance(each, Mapping)] if isinstance(comments, list) else []
    total = value.get("total") if isinstance(value, Mapping) else 0
    return rows, total if isinstance(total, int) else len(rows)


def _words(change: SetText) -> Words | None:
    return words_of(Context.model_validate(change.after)) if change.after is not None else None


def _outcome(
    write: TicketWrite, change: SetText, result: Result, cause: str = "", next_step: str = "", *, retry: bool = False
) -> Outcome:
    return Outcome(
        ticket=write.changes.ticket,
        slot=change.slot,
        result=result,
        cause=cause,
        next_step=next_step,
        retry=retry,
    )
