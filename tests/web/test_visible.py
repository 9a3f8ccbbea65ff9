"""``visible_to``: the words of a connection's tickets are for its groups, on every page and in every file."""

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest
from starlette.testclient import TestClient

from journeysync.config.serve import Roles, SignIn
from journeysync.web import make_app
from journeysync.web.pages import PAGES
from journeysync.web.signin import ByProxy

from .conftest import ADDRESS, PEER, Site

OUTSIDER = {"x-user": "eve"}
INSIDER = {"x-user": "bob", "x-groups": "billing-team"}
MOST_OF_A_KIND = 6


@pytest.fixture
def client(own_site: Site) -> Iterator[TestClient]:
    config = own_site.folder / "journeysync.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("write: apply", "write: apply\n    visible_to: [billing-team]", 1), encoding="utf-8")
    sign_in = SignIn(kind="proxy", user_header="X-User", groups_header="X-Groups")
    access = ByProxy(sign_in, lambda: Roles(admin=("*",)), names={"127.0.0.1"})
    app = make_app(own_site.open, access=lambda _held: access)
    with TestClient(app, base_url=ADDRESS, client=PEER) as found:
        yield found


def pages_of(client: TestClient, who: dict[str, str]) -> dict[str, str]:
    """Return the pages that can be reached by links, by address: some of each kind."""
    found: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    todo = [page.path for page in PAGES]
    while todo:
        path = todo.pop(0)
        kind = path.partition("?")[0].split("/")[1]
        kinds[kind] += 1
        if kinds[kind] > MOST_OF_A_KIND or path.partition("?")[0].endswith((".xlsx", ".md", ".json")):
            continue  # what a CSV hides, the other forms of the same rows hide
        answer = client.get(path, headers=who)
        found[path] = unescape(answer.text)
        links = re.findall(r'href="(/[^"]*)"', answer.text)
        todo += [link.replace("&amp;", "&") for link in dict.fromkeys(links) if not link.startswith("/static")]
        todo = [link for link in dict.fromkeys(todo) if link not in found]
    return found


HOSTILE = """"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}} javascript:alert(3)"""


def test_a_hostile_title_is_text_on_every_page_and_odd_addresses_are_answered(own_site: Site) -> None:
    with own_site.open() as workspace:
        batch = next(iter(workspace.store.iter_tickets(connection="billing")))
        changed = [t.model_copy(update={"title": f"{t.key} {HOSTILE}", "body": HOSTILE}) for t in batch]
        workspace.store.save_tickets("billing", changed, read_at=workspace.now())
        workspace.links()
    with TestClient(own_site.app(), base_url=ADDRESS, client=PEER) as client:
        raw = {path: client.get(path).text for path in ("/plan?connection=billing", "/backlog?show=orphans", "/inbox")}
        raw |= {path: client.get(path).text for path in (f"/tickets/{changed[0].ref}", "/coverage.svg", "/report.html")}
        odd = (
            "/runs/..%2f..%2fetc",
            "/runs/%00",
            "/tickets/billing/..%2f..",
            "/tickets/%2e%2e/x",
            "/jobs/..",
            "/plan?page=-1",
        )
        answered = [client.get(path).status_code for path in (*odd, "/plan?page=99999999999999999999", "/runs/x/y/z")]
    assert "&lt;script&gt;" in raw["/plan?connection=billing"]
    for path, text in raw.items():
        assert "<img src=x" not in text, path
        assert "<script>alert" not in text, path
        assert "49 javascript" not in text, path
    assert all(status < 500 for status in answered), answered


def test_no_page_shows_words_of_tickets_to_whom_they_are_not_for(client: TestClient, solvane: Site) -> None:
    with solvane.open() as workspace:
        titles = {t.title for batch in workspace.store.iter_tickets(connection="billing") for t in batch}
        others = {t.title for batch in workspace.store.iter_tickets() for t in batch if t.ref.connection != "billing"}
    hidden = sorted(title for title in titles - others if len(title) > 15)

    shown_to_insiders = "\n".join(pages_of(client, INSIDER).values())
    pages = pages_of(client, OUTSIDER)

    assert [title for title in hidden if title in shown_to_insiders], "else this test looks at nothing"
    assert len(pages) > 30
    leaks = [(path, title) for path, text in pages.items() for title in hidden if title in text]
    assert leaks == []
    assert "not for your groups" in "\n".join(pages.values())
