"""Reading comments: those of many issues in one document, the rest of a long thread only until our mark is found."""

from collections.abc import Mapping, Sequence
from typing import Any

from journeysync_github.client import GitHubClient
from journeysync_github.documents import COMMENTS, MORE_COMMENTS
from journeysync_github.marks import our_comment
from journeysync_github.translate import nodes_of

MOST_PAGES = 50


class Comments:
    """The comments of one connection's issues."""

    def __init__(self, client: GitHubClient, workspace: str) -> None:
        self._client = client
        self._workspace = workspace

    def of(self, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the comments of each issue; one that GitHub does not show is left out."""
        found: dict[str, list[dict[str, Any]]] = {}
        for _identifier, node in self._client.nodes(ids, lambda _absent: COMMENTS):
            if node is not None and node.get("id"):
                found[str(node["id"])] = self.all_of(node)
        return found

    def all_of(self, node: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the comments of an issue whose first page came with it, read on until ours is found."""
        connection = node.get("comments")
        comments = nodes_of(connection)
        for _page in range(MOST_PAGES):
            info = connection.get("pageInfo") if isinstance(connection, dict) else None
            if not info or not info.get("hasNextPage") or our_comment(comments, self._workspace):
                break
            variables = {"id": node.get("id"), "after": info.get("endCursor")}
            data, _errors, _answer = self._client.graphql(MORE_COMMENTS, variables)
            connection = (data.get("node") or {}).get("comments")
            comments += nodes_of(connection)
        return comments
