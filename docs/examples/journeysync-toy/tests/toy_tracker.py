"""Toy itself, and the world of its people: what the contract needs beside the connector. Yours may be a real server."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from journeysync.sandbox import start_own

Item = dict[str, Any]


class ToyWorld:
    """Two projects in scope and one outside; implements ``journeysync.testing.WireWorld``."""

    projects = ("A", "B")
    outside = "C"
    number_field = text_field = select_field = ""  # Toy has no fields
    choices = ("Small", "Large")

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.dead: set[str] = set()
        self.journal: list[str] = []
        self._listed: dict[str, Item | None] = {}  # what lists still show of items that changed meanwhile
        self._lags = self._stands = False
        self._now = 1_790_000_000_000
        routes = [
            Route("/items", self._get),
            Route("/items/look", self._look, methods=["POST"]),
            Route("/items/labels", self._put_labels, methods=["POST"]),
        ]
        self.server = start_own(Starlette(routes=routes))

    # what people do

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        item = f"toy-{len(self.items) + 1}"
        made = {"id": item, "project": project or "A", "parent": parent, "labels": list(labels), "state": "open"}
        self._change(item, made | {"title": title or "An item", "kind": "Task", "hidden": False, "refuses": False})
        return item

    def edit_title(self, ticket: str, title: str) -> None:
        self._change(ticket, {"title": title})

    def type_label(self, ticket: str, label: str) -> None:
        self._change(ticket, {"labels": [*self.items[ticket]["labels"], label]})

    def remove_label(self, ticket: str, label: str) -> None:
        self._change(ticket, {"labels": [each for each in self.items[ticket]["labels"] if each != label]})

    def make_strange(self, ticket: str) -> None:
        self._change(ticket, {"state": "simmering", "kind": "Gremlin", "mood": {"sign": 7}})

    def move(self, ticket: str, project: str) -> str:
        self._change(ticket, {"project": project})
        return ticket

    def delete(self, ticket: str) -> None:
        del self.items[ticket]
        self.dead.add(ticket)

    def hide(self, ticket: str) -> None:
        self.items[ticket]["hidden"] = True

    def refuse(self, ticket: str) -> None:
        self.items[ticket]["refuses"] = True

    def title(self, ticket: str) -> str:
        return str(self.items[ticket]["title"])

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(sorted(self.items[ticket]["labels"]))

    def body(self, ticket: str) -> str:
        return ""

    def links(self, ticket: str) -> Sequence[Any]:
        return ()

    def comments(self, ticket: str) -> Sequence[Any]:
        return ()

    def receipt(self, ticket: str) -> None:
        return None

    def field(self, ticket: str, field_id: str) -> None:
        return None

    def _has_none_such(self, *_: Any) -> None:
        raise NotImplementedError("Toy has no such thing, and the contract does not ask for it then")

    set_field = add_link = edit_body = type_comment = change_our_words = _has_none_such
    priority = set_priority = _has_none_such

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        self._now += 1
        self._stands = True
        yield
        self._stands = False

    @contextmanager
    def unseen_by_lists(self) -> Iterator[None]:
        self._lags = True
        yield
        self._lags = False

    def lists_catch_up(self) -> None:
        self._listed.clear()

    def pass_time(self, seconds: float) -> None:
        self._now += int(seconds * 1000)

    # the wire

    def fault(self, text: str) -> None:
        self.server.add_fault("401" if text.startswith("token-expired") else text)

    def heal(self) -> None:
        self.server.clear_faults()

    def requests(self) -> int:
        return self.server.requests.total

    # Toy's own side

    def _change(self, item: str, values: Item) -> None:
        self._now += 0 if self._stands else 1
        if self._lags:
            self._listed.setdefault(item, copy.deepcopy(self.items.get(item)))
        project = values.get("project") or self.items[item]["project"]
        key = f"{project}-{item.removeprefix('toy-')}"
        named = {"changed": self._now, "key": key, "url": f"https://toy.example/{key}"}
        self.items[item] = self.items.get(item, {}) | values | named

    async def _get(self, request: Request) -> JSONResponse:
        query = request.query_params
        shown = [self._listed.get(name, item) for name, item in self.items.items()]
        rows = [
            item for item in shown if item and item["project"] in query["projects"].split(",") and not item["hidden"]
        ]
        rows = sorted((row for row in rows if row["changed"] >= int(query["from"])), key=_place)
        if query.get("after"):
            changed, _, name = query["after"].partition(":")
            rows = [row for row in rows if _place(row) > (int(changed), name)]
        page = rows[: int(query["limit"])]
        parents = {row["parent"]: self.items[row["parent"]] for row in page if row["parent"] in self.items}
        above = [item for item in parents.values() if item["project"] not in query["projects"].split(",")]
        return JSONResponse({"items": page, "above": above, "more": len(rows) > len(page)})

    async def _look(self, request: Request) -> JSONResponse:
        ids = (await request.json())["ids"]
        shown = [self.items[each] for each in ids if each in self.items and not self.items[each]["hidden"]]
        return JSONResponse({"items": shown, "gone": [each for each in ids if each in self.dead]})

    async def _put_labels(self, request: Request) -> JSONResponse:
        refused = []
        for row in await request.json():
            item = self.items.get(row["id"])
            if item is None or item["refuses"]:
                refused.append({"id": row["id"], "why": "this item takes no changes"})
                continue
            removed = {label.casefold() for label in row["remove"]}
            kept = [label for label in item["labels"] if label.casefold() not in removed]
            there = {label.casefold() for label in kept}
            labels = kept + [label for label in row["add"] if label.casefold() not in there]
            if labels != item["labels"]:
                self.journal += [f"{row['id']} {label}" for label in set(labels) ^ set(item["labels"])]
                self._change(row["id"], {"labels": labels})
        return JSONResponse({"refused": refused})


def _place(item: Item) -> tuple[int, str]:
    return item["changed"], item["id"]
