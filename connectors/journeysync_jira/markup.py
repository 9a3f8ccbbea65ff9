"""How our words stand in a Jira: Atlassian Documents on Cloud, wiki markup on Data Center. Pure."""

from dataclasses import dataclass
from typing import Any

from journeysync.richtext import adf, wiki
from journeysync.richtext.found import FoundText
from journeysync.richtext.words import Words


@dataclass(frozen=True)
class Markup:
    """One way to write texts, for one workspace; a description or comment is a document or a string, None if empty."""

    workspace: str
    is_wiki: bool = False

    def block(self, description: Any) -> FoundText:
        """Return how our part stands in a description."""
        if self.is_wiki:
            return wiki.find(_string(description), self.workspace)
        return adf.find(description, self.workspace)

    def comment(self, body: Any) -> FoundText:
        """Return whether a comment is ours, and what it says."""
        if self.is_wiki:
            return wiki.find(_string(body), self.workspace)
        return adf.find_comment(body, self.workspace)

    def with_block(self, description: Any, words: Words | None) -> Any:
        """Return a description with our part in it, or without it; all else is as it was.

        Raises:
            NoRoom: Nothing of ours can stand there.
        """
        if self.is_wiki:
            part = wiki.render(words, self.workspace) if words else None
            return wiki.splice(_string(description), part, self.workspace) or None
        node = adf.block(words, self.workspace) if words else None
        document = adf.splice(description, node, self.workspace)
        return document if not adf.is_empty(document) else None

    def with_comment(self, body: Any, words: Words | None) -> Any:
        """Return a comment that says these words; None where nothing is left of it.

        Raises:
            NoRoom: Our part of it was taken apart.
        """
        if not self.is_wiki:
            return adf.comment(words, self.workspace) if words else None
        part = wiki.render(words, self.workspace) if words else None
        return wiki.splice(_string(body), part, self.workspace).strip() or None

    def own_words(self, description: Any) -> Any:
        """Return a person's own description: without our part."""
        if self.is_wiki:
            return wiki.without(description, self.workspace) if isinstance(description, str) else description
        return adf.without(description, self.workspace)


def _string(text: Any) -> str:
    return text if isinstance(text, str) else ""
