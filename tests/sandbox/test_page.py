"""The little pages: a ticket as its users would see it; whatever a text holds, it stays text."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraDcSandbox, JiraSandbox, start_github, start_jira_cloud, start_jira_dc
from journeysync.sandbox.jira.page_text import rich_text
from journeysync.sandbox.page_markdown import markdown_html

ALLOWED = {"a", "b", "blockquote", "br", "code", "details", "div", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p"}
ALLOWED |= {"pre", "s", "span", "summary", "table", "td", "th", "tr", "u", "ul"}
VOID = {"br", "hr"}


class Outline(HTMLParser):
    """Reads HTML as a browser would: which tags, which addresses, what text; whether all is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name not in ("href", "rel", "class", "open")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def safe(html: str) -> Outline:
    outline = Outline(html)
    assert outline.open == []
    assert outline.tags <= ALLOWED
    assert all(address.lower().startswith(("http://", "https://")) for address in outline.addresses)
    return outline


@pytest.fixture
def dc(clock: Clock) -> Iterator[JiraDcSandbox]:
    with start_jira_dc(clock=clock, projects=["DEMO", "OPS"], context_path="/jira") as server:
        yield server


def shown(site: JiraSandbox, path: str) -> str:
    page = httpx.get(site.url + path)
    assert page.status_code == 200
    return page.text


def test_a_ticket_shows_labels_fields_and_links_with_everything_escaped(site: JiraSandbox) -> None:
    score = site.state.add_field("Journey priority")
    site.state.create_issue("DEMO", "<b>Bill</b>", labels=["journey.pay-bill"], description="<script>", **{score: 92})
    site.state.link("DEMO-1", "https://example.com/?a=1&b=2", "Step")
    site.state.link("DEMO-1", "javascript://x", "Bad")
    page = shown(site, "/browse/demo-1")
    for part in ("&lt;b&gt;Bill", ">journey.pay-bill</a>", "&lt;script&gt;", "?a=1&amp;b=2"):
        assert part in page
    assert "<dt>Journey priority</dt><dd>92</dd>" in page
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert httpx.get(site.url + "/browse/DEMO-9").status_code == 404


def test_nothing_but_the_pages_own_style_may_load(site: JiraSandbox) -> None:
    policy = httpx.get(site.url + "/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    page = shown(site, "/")
    assert not re.search(r"<(script|img|link|iframe|form)|style=|\son\w+=", page)


def test_web_links_stand_under_their_relationship(site: JiraSandbox) -> None:
    site.state.create_issue("DEMO")
    assert "Web links</h2>" in shown(site, "/browse/DEMO-1")
    body = {
        "globalId": "journeysync:x",
        "relationship": "serves the journey",
        "object": {"url": "https://example.com", "title": "Pay > See why it changed", "summary": "priority 87"},
    }
    written = httpx.post(f"{site.url}/rest/api/3/issue/DEMO-1/remotelink", json=body, auth=(site.user, site.token))
    assert written.status_code == 201
    page = shown(site, "/browse/DEMO-1")
    assert page.index("serves the journey") < page.index("Pay &gt; See why it changed") < page.index("priority 87")


def test_what_was_written_is_in_the_history_with_its_author(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO", labels=["old"])
    client.put("/issue/DEMO-1", json={"update": {"labels": [{"add": "journey.x"}]}})
    page = shown(site, "/browse/DEMO-1")
    assert "journeysync bot" in page
    assert "<b>Labels</b>: old → old journey.x" in page


def test_the_hidden_receipt_is_told_as_hidden(site: JiraSandbox) -> None:
    site.state.create_issue("DEMO")
    assert "Not shown to users" not in shown(site, "/browse/DEMO-1")
    site.state.set_property("DEMO-1", "journeysync.demo", {"v": "<1>"})
    page = shown(site, "/browse/DEMO-1")
    assert page.index("Not shown to users") < page.index("journeysync.demo") < page.index("&lt;1&gt;")


def test_an_epic_shows_its_issues_on_both_flavours(site: JiraSandbox, dc: JiraDcSandbox) -> None:
    for each, home in ((site, ""), (dc, "/jira")):
        epic = each.state.create_issue("DEMO", "An epic", type="Epic")
        child = each.state.create_issue("DEMO", "A story", parent=epic.key)
        assert f'href="{home}/browse/{child.key}"' in shown(each, f"/browse/{epic.key}")
        assert f'href="{home}/browse/{epic.key}"' in shown(each, f"/browse/{child.key}")


def test_the_list_goes_by_project_by_label_and_by_page(site: JiraSandbox) -> None:
    for number in range(120):
        site.state.create_issue("DEMO", f"Ticket {number:03}", labels=["journey.pay-bill"] if number == 7 else [])
    site.state.create_issue("OPS", "Elsewhere")
    assert "121 tickets" in shown(site, "/")
    assert "Elsewhere" not in shown(site, "/?project=DEMO")
    labelled = shown(site, "/?label=journey.pay-bill")
    assert ("1 ticket " in labelled, "Ticket 007" in labelled, "Ticket 008" in labelled) == (True, True, False)
    pages = [re.findall(r"Ticket \d+", shown(site, f"/?project=DEMO&page={page}")) for page in (1, 2)]
    assert [len(page) for page in pages] == [100, 20]
    assert len({*pages[0], *pages[1]}) == 120
    for odd in ("page=0", "page=99", "page=x", "project=NOPE", "label=%3Cscript%3E"):
        assert "<script>" not in shown(site, f"/?{odd}")


def test_a_score_has_its_own_column_once_somebody_has_one(site: JiraSandbox) -> None:
    score = site.state.add_field("Journey score")
    site.state.create_issue("DEMO")
    assert "Journey score" not in shown(site, "/")
    site.state.edit("DEMO-1", **{score: 87.0})
    assert re.search(r'Journey score</th>.*<td class="number">87</td>', shown(site, "/"))


@pytest.mark.parametrize(
    ("wiki", "html"),
    [
        ("h2. Title\r\nText *bold* and _soft_", "<h4>Title</h4><p>Text <b>bold</b> and <i>soft</i></p>"),
        ("* one\n** two\n* three", "<ul><li>one<ul><li>two</li></ul></li><li>three</li></ul>"),
        ("# one\n# two", "<ol><li>one</li><li>two</li></ol>"),
        ("||a||b||\n|1|2|", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"),
        ("{code:java}\nif (a < b) *x*\n{code}\nafter", "<pre>if (a &lt; b) *x*</pre><p>after</p>"),
        ("[our page|https://example.com/a_b_c]", "<p>{a}our page</a></p>"),
        ("see https://example.com/a_b_c", "<p>see {a}https://example.com/a_b_c</a></p>"),
        ("[bad|javascript:alert(1)]", "<p>bad (javascript:alert(1))</p>"),
        ("snake_case_name and 2*3*4", "<p>snake_case_name and 2*3*4</p>"),
        ("{html}<b>x</b>{html}", "<p>{html}&lt;b&gt;x&lt;/b&gt;{html}</p>"),
        ("bq. said\n----\n{{x*y*z}}", "<blockquote>said</blockquote><hr><p><code>x*y*z</code></p>"),
        ("", '<p class="none">None</p>'),
    ],
)
def test_wiki_text_reads_as_its_authors_meant_it(wiki: str, html: str) -> None:
    link = '<a rel="noreferrer noopener" href="https://example.com/a_b_c">'
    assert rich_text(wiki) == html.replace("{a}", link)
    safe(rich_text(wiki))


def text(words: str, **mark: object) -> dict[str, object]:
    return {"type": "text", "text": words} | ({"marks": [mark]} if mark else {})


@pytest.mark.parametrize(
    ("node", "html"),
    [
        ({"type": "paragraph", "content": [text("a<b", type="strong")]}, "<p><b>a&lt;b</b></p>"),
        ({"type": "heading", "attrs": {"level": 1}, "content": [text("T")]}, "<h3>T</h3>"),
        ({"type": "codeBlock", "content": [text("x\r\ny")]}, "<pre>x\r\ny</pre>"),
        ({"type": "mention", "attrs": {"text": "@Ana"}}, '<span class="mention">@Ana</span>'),
        (
            {"type": "expand", "attrs": {"title": "Journey"}, "content": [text("in")]},
            "<details open><summary>Journey</summary>in</details>",
        ),
        (text("go", type="link", attrs={"href": "javascript:alert(1)"}), "go"),
        ({"type": "inlineCard", "attrs": {"url": "data:text/html,x"}}, "data:text/html,x"),
        ({"type": "unheardOf", "content": [text("kept")]}, "kept"),
    ],
)
def test_a_document_reads_as_its_authors_meant_it(node: dict[str, object], html: str) -> None:
    assert rich_text({"type": "doc", "version": 1, "content": [node]}) == html


def test_a_document_of_any_depth_is_shown() -> None:
    node: dict[str, object] = text("deep")
    for _ in range(5_000):
        node = {"type": "blockquote", "content": [node]}
    safe(rich_text({"type": "doc", "content": [node]}))


PIECES = [
    "*",
    "_",
    "+",
    "{{",
    "}}",
    "{code}",
    "{noformat}",
    "[",
    "]",
    "|",
    "||",
    "http://x",
    "javascript:",
    "!",
    "#",
    "-",
]
PIECES += ["h1. ", "bq. ", "----", "\n", "\r\n", " ", "<script>", '"', "'", "&", "a", "\x00", "\u202e", "[~", "{quote}"]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60))
def test_whatever_stands_in_wiki_text_stays_text_and_all_tags_are_closed(wiki: str) -> None:
    safe(rich_text(wiki))


def test_every_recorded_text_is_shown_fast_and_safe(recorded: Callable[..., Path]) -> None:
    paths = [recorded("data", "jira", f"{name}.jsonl.gz") for name in ("tidev_TIMOB_issues", "merico_cloud_issues")]
    with start_jira_dc(load=paths) as dc:
        texts = [str(issue.value("description") or "") for issue in dc.state.issues.values()]
    biggest = sorted(texts, key=len)[-20:]
    for each in [*texts[::15], *biggest]:
        safe(rich_text(each))


def test_every_ticket_of_a_recording_has_a_page(recorded: Callable[..., Path]) -> None:
    path = recorded("data", "jira", "merico_cloud_issues.jsonl.gz")
    with start_jira_cloud(load=[path]) as cloud, start_jira_dc(load=[path]) as server:
        for site in (cloud, server):
            for issue in site.state.issues.values():
                assert issue.key in shown(site, f"/browse/{issue.key}")


def test_an_issue_of_github_shows_labels_fields_comments_and_what_is_hidden_in_them() -> None:
    with start_github(repositories=["acme/shop", ("acme/app", "public")]) as site:
        epic = site.state.create("acme/shop", "An epic")
        issue = site.state.create(
            "acme/shop", "<b>Bill</b>", body="**bold**\n\n<script>x</script>", labels=["journey.x"]
        )
        site.state.set_parent(issue, epic)
        site.state.comment(issue, "<!-- journeysync:data {} -->\n[Pay](https://example.com)")
        project = site.state.add_project("acme", "Roadmap", {"Score": "number"})
        score = next(field for field in project.fields.values() if field.name == "Score")
        site.state.set_project_value(site.state.add_to_project(project, issue), score, 87.0)
        page = httpx.get(f"{site.web_url}/acme/shop/issues/{issue.number}").text
        above = httpx.get(f"{site.web_url}/acme/shop/issues/{epic.number}").text
        every = httpx.get(site.web_url, headers={"Accept": "text/html"}).text
        assert httpx.get(f"{site.web_url}/acme/shop/issues/99").status_code == 404
        assert "repository_url" in httpx.get(site.url, headers={"Accept": "application/json"}).text
    for part in ("&lt;b&gt;Bill", "<strong>bold</strong>", ">journey.x</a>"):
        assert part in page
    for part in ("&lt;script&gt;", "<dt>Roadmap: Score</dt><dd>87</dd>", 'href="https://example.com"'):
        assert part in page
    assert page.index("Not shown to users") < page.index("journeysync:data")
    assert f'href="/acme/shop/issues/{issue.number}"' in above
    assert "acme/app (public) 0" in every
    for shown_page in (page, above, every):
        assert not re.search(r"<(script|img|link|iframe|form)|style=|\son\w+=", shown_page)


@given(
    st.lists(st.sampled_from([*PIECES, "# ", "```", "![a](http://x)", "[a](javascript:x)", "<!--", "-->"]), max_size=30)
)
def test_whatever_stands_in_markdown_stays_text_and_all_tags_are_closed(pieces: list[str]) -> None:
    outline = Outline(markdown_html("".join(pieces)))
    assert outline.open == []
    assert not outline.tags & {"script", "img", "iframe", "form", "style"}
    assert all(address.startswith("http") for address in outline.addresses)
