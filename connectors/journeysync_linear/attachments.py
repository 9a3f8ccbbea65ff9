"""The one attachment of ours in an issue: a link that people see, and our receipt in metadata that they do not. Pure.

Linear keeps one attachment for each url in an issue, and metadata of strings and numbers only:
``{"journeysync": "k3f9", "receipt": "{...}", "score": 87, "link": 1}``. ``journeysync`` says whose it is; without
``link`` the attachment holds the receipt alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from pydantic import ValidationError

from journeysync.model.receipt import Receipt

_MARK = "journeysync"
_BARE_TITLE = "Linked to a customer journey"
_BARE_SUBTITLE = "By journeysync: the labels of this issue say which"
_RECEIPT_KEYS = frozenset(Receipt.model_fields)


@dataclass(frozen=True)
class OurAttachment:
    """What our attachment in an issue says.

    Attributes:
        id: Of the attachment.
        url: As it stands there.
        link: {"url", "title", "summary"}, None if it holds the receipt alone.
        receipt: As written, None if there is none.
        metadata: All of it.
        others: Ids of more attachments with our mark, to be taken away with the next write.
    """

    id: str
    url: str
    link: Mapping[str, Any] | None = None
    receipt: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def our_attachment(attachments: Iterable[Mapping[str, Any]], workspace: str) -> OurAttachment | None:
    """Return our attachment among those of an issue; of several the newest counts."""
    ours = [each for each in attachments if _metadata(each).get(_MARK) == workspace]
    if not ours:
        return None
    ours.sort(key=lambda each: (str(each.get("createdAt") or ""), str(each.get("id"))), reverse=True)
    found, metadata = ours[0], _metadata(ours[0])
    link = None
    if metadata.get("link"):
        link = {
            "url": str(found.get("url") or ""),
            "title": str(found.get("title") or ""),
            "summary": str(found.get("subtitle") or ""),
        }
    others = tuple(str(each.get("id")) for each in ours[1:])
    receipt = _decoded(metadata.get("receipt"))
    return OurAttachment(str(found.get("id")), str(found.get("url") or ""), link, receipt, metadata, others)


def foreign_workspaces(attachments: Iterable[Mapping[str, Any]], workspace: str) -> tuple[str, ...]:
    """Return the ids of other workspaces that left an attachment of the same form."""
    found = {str(_metadata(each)[_MARK]) for each in attachments if _metadata(each).get(_MARK)}
    return tuple(sorted(found - {workspace}))


def attached_by_people(attachments: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return where the attachments lead that are not ours or another workspace's, sorted: links that members added."""
    urls = {str(each.get("url") or "") for each in attachments if _MARK not in _metadata(each)}
    return tuple(sorted(urls - {""}))


def attachment_input(
    issue: str, workspace: str, *, home: str, link: Mapping[str, Any] | None, receipt: Any
) -> dict[str, Any]:
    """Return the input that makes our attachment say this; sent twice it is the same one.

    Args:
        issue: Id of the issue.
        workspace: Ours.
        home: Where the attachment leads if there is no link: the issue's own page.
        link: {"url", "title", "summary"}.
        receipt: As it is to be read back.
    """
    metadata: dict[str, Any] = {_MARK: workspace}
    if receipt is not None:
        metadata["receipt"] = msgspec.json.encode(receipt, order="sorted").decode()
        if isinstance(receipt, Mapping) and isinstance(receipt.get("score"), int | float):
            metadata["score"] = receipt["score"]
    shown = link or {"url": bare_url(home, workspace), "title": _BARE_TITLE, "summary": _BARE_SUBTITLE}
    if link is not None:
        metadata["link"] = 1
    return {
        "issueId": issue,
        "url": str(shown.get("url") or bare_url(home, workspace)),
        "title": str(shown.get("title") or _BARE_TITLE),
        "subtitle": str(shown.get("summary") or ""),
        "metadata": metadata,
    }


def bare_url(home: str, workspace: str) -> str:
    """Return the address of an attachment that has nowhere else to lead: the issue's own page."""
    return f"{home}#journeysync-{workspace}"


def receipt_of(value: Any) -> Receipt | None:
    """Return the receipt in metadata; None if it is malformed, as if it were not there."""
    if not isinstance(value, dict):
        return None
    try:
        return Receipt.model_validate({key: value[key] for key in _RECEIPT_KEYS if key in value})
    except ValidationError:
        return None


def _metadata(attachment: Mapping[str, Any]) -> Mapping[str, Any]:
    found = attachment.get("metadata")
    return found if isinstance(found, dict) else {}


def _decoded(text: Any) -> Any:
    if not isinstance(text, str):
        return None
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
