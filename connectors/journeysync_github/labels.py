"""Label definitions: their node ids by repository, made once where they are missing, in our grey."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from journeysync.errors import ConnectorError, Forbidden, TicketRejected
from journeysync.http import Request
from journeysync.model.tracker import UnmadeLabel
from journeysync_github.client import GitHubClient
from journeysync_github.documents import label_document
from journeysync_github.refusals import error_of, refusal_of

COLOUR = "6b7280"
LONGEST_NAME = 50
LONGEST_DESCRIPTION = 100
_BY_US = "(by journeysync)"
DESCRIPTION = f"Customer journey {_BY_US}"


class LabelBook:
    """The label definitions of one connection's repositories, as far as they were needed."""

    def __init__(self, client: GitHubClient) -> None:
        self._client = client
        self._ids: dict[tuple[str, str], str] = {}  # (repository id, name folded) -> label id
        self.descriptions: dict[str, str] = {}

    def learn(self, repository: str, labels: Iterable[Mapping[str, object]]) -> None:
        """Note the definitions that came along with an issue."""
        for label in labels:
            if label.get("id"):
                self._ids[repository, str(label.get("name")).casefold()] = str(label["id"])

    def find(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Look up the ids of (repository id, label name) pairs that are not known yet."""
        unknown = sorted({(repository, name) for repository, name in wanted if not self.id_of(repository, name)})
        for start in range(0, len(unknown), self._client.batch_size):
            part = unknown[start : start + self._client.batch_size]
            document, variables = label_document(part)
            data, _errors, _answer = self._client.graphql(document, variables)
            for n, (repository, name) in enumerate(part):
                label = (data.get(f"r{n}") or {}).get("label") or {}
                if label.get("id"):
                    self._ids[repository, name.casefold()] = str(label["id"])

    def id_of(self, repository: str, name: str) -> str:
        """Return the id of a label, empty if it is not known."""
        return self._ids.get((repository, name.casefold()), "")

    def make(self, repository: str, full_name: str, name: str) -> ConnectorError | None:
        """Make a label in a repository; return why it cannot be made. One that is there already is fine.

        Args:
            repository: Its node id.
            full_name: "owner/name".
            name: Of the label.
        """
        if len(name) > LONGEST_NAME:
            return TicketRejected(
                f"GitHub takes labels of {LONGEST_NAME} characters at most: {name}",
                next_step="choose a shorter id or label namespace",
            )
        text = self.descriptions.get(name, DESCRIPTION)
        body = {"name": name, "color": COLOUR, "description": shortened(text)}
        # Made twice it is refused as already there, so a lost answer does no harm.
        answer = self._client.http.send(Request("POST", f"repos/{full_name}/labels", body=body, idempotent=True))
        if answer.ok and isinstance(answer.value, dict) and answer.value.get("node_id"):
            self._ids[repository, name.casefold()] = str(answer.value["node_id"])
            return None
        refusal = refusal_of(answer.value)
        if answer.status == 422 and "already_exists" in refusal.words:
            self.find([(repository, name)])
            if self.id_of(repository, name):
                return None
        error = error_of(
            answer.status, refusal, doing=f"make the label {name} in {full_name}", where=self._client.where
        )
        if isinstance(error, Forbidden) or answer.status == 404:
            error.next_step = f"give the account write access to {full_name}, or make the label {name} there by hand"
        return error

    def unmake(self, full_name: str, names: Collection[str]) -> Iterator[UnmadeLabel]:
        """Delete the labels of a repository that we made, by colour and description, and that no issue carries."""
        wanted = {name.casefold() for name in names}
        listed = f"repos/{full_name}/labels"
        pages = self._client.pages(listed, {}, doing=f"list the labels of {full_name}")
        for row in [row for _answer, rows in pages for row in rows]:
            name = str(row.get("name") or "")
            if name.casefold() not in wanted or not _is_our_make(row):
                continue
            params = {"labels": name, "state": "all", "per_page": "1"}  # pull requests too
            doing = f"look who carries {name} in {full_name}"
            if self._client.rows(self._client.get(f"repos/{full_name}/issues", params), doing=doing):
                continue
            path = f"{listed}/{quote(name, safe='')}"
            answer = self._client.http.send(Request("DELETE", path, idempotent=True))
            is_gone = answer.ok or answer.status == 404
            words = "" if is_gone else refusal_of(answer.value).words or f"HTTP {answer.status}"
            yield UnmadeLabel(project=full_name, name=name, cause=words)

    def forget(self, repository: str, names: Sequence[str]) -> None:
        """Let go of ids that GitHub no longer knows: somebody deleted the definition."""
        for name in names:
            self._ids.pop((repository, name.casefold()), None)


def _is_our_make(row: Mapping[str, object]) -> bool:
    """Return whether a definition is as we make them; one that a person gave another look or text is theirs."""
    is_grey = str(row.get("color") or "").casefold() == COLOUR
    return is_grey and str(row.get("description") or "").endswith(_BY_US)


def shortened(text: str) -> str:
    """Return a description as GitHub takes it."""
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - 1] + "…"
