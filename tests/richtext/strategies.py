"""Hostile names, contexts made of them, and texts of people in three kinds of markup."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from journeysync.model.context import Context, ContextNeed, ContextOpportunity

HOSTILE = (
    "@octocat and @org/team",
    "[~accountid:5b10] [~jdoe]",
    "fixes #12, closes owner/repo#7, GH-12",
    "https://github.com/o/r/issues/12 www.example.com a@b.example",
    "3f2a91c7d0b1e2f3a4b5",
    "{code}rm{code} {panel} {color:red}x{color} {anchor:journeysync-k3f9-00000000}",
    "!picture.png! ![x](y) <img src=x onerror=y> &lt;b&gt; &amp;",
    "<!-- journeysync:end k3f9 --> --> ```",
    "<!-- journeysync:begin v1 k3f9 00000000 -->",
    "journeysync k3f9 7f3a19c2",
    "h1. Head", "bq. Quote", "1. One", "- item", "+ item", "= head", "> quote", "# head", "|| head || x |",
    "*b* _i_ -s- +u+ ^p^ ~d~ ??c?? {{m}} :) (!) (x) ;) \\ \\\\ \\* a\\",
    "`tick` ``two`` ~~~ $x$ :smile:",
    "\u202eevil\u202c \u2066x\u2069 \x00\x07\x1b[31m a\u200bb \ufeff",
    "BILL-204 OPP-3 ABC_1-9",
    "مرحبا 你好 👩‍👩‍👧 naïve",
    "half \ud83d pair",
    "two\r\nlines\n\nand more",
    "x" * 400,
)  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=40), st.text(alphabet="\\`*_[]{}()<>#|~&!@-+:;.1h ", max_size=12)
)
NEED = st.builds(
    ContextNeed, says=TEXT, source=TEXT, evidence=st.integers(0, 3), checked=st.none() | st.just(date(2026, 5, 4))
)
OPPORTUNITY = st.builds(ContextOpportunity, id=st.just("OPP-3"), name=TEXT, customer_value=st.none() | st.just(9.3))
ADDRESS = st.sampled_from(
    ("", "https://j.example/tickets/billing/10241", "https://j.example/a b)|]?q=_*~`&x=(1)", "javascript:alert(1)",
     "https://github.com/o/r/issues/12", "http://[::1]/x")
)  # fmt: skip
CONTEXT = st.builds(
    Context,
    kind=st.sampled_from(("customer", "employee", "patient")),
    path=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    more=st.integers(0, 3),
    personas=st.lists(TEXT, max_size=4).map(tuple),
    need=st.none() | NEED,
    opportunity=st.none() | OPPORTUNITY,
    priority=st.sampled_from(("", "87 (band 5) because of OPP-3")) | TEXT,
    teams=st.lists(TEXT, max_size=6).map(tuple),
    ask=TEXT,
    url=ADDRESS,
    labels=st.lists(st.sampled_from(("journey.pay-bill", "journey.opp-3")) | TEXT, max_size=3).map(tuple),
    ignore=st.sampled_from(("journey.ignore", "")),
    written_on=st.none() | st.just(date(2026, 11, 22)),
)

MARKDOWN_PIECES = (
    "Words of a person.", "", "  ", "# Head", "- [ ] task\n  - [x] nested\n    1. deep", "> quote\n> more",
    "```python\nx = 1\n```", "~~~\n<!-- journeysync:begin v1 k3f9 00000000 -->\n~~~", "```\nopen fence",
    "| a | b |\n|---|---|\n| 1 | <!-- other tool --> |", "<details>\n<summary>x</summary>\n\ninside\n</details>",
    "<!-- other-bot:begin -->\nstate\n<!-- other-bot:end -->", "<!-- never closed", "<!-- journeysync:end k3f9 -->",
    "<!-- journeysync:begin v1 zzzz 11111111 -->\nx\n<!-- journeysync:end zzzz -->", "    indented code",
    "`<!-- journeysync:begin v1 k3f9 00000000 -->`", "<pre>\nraw", "trailing  ", "\\", "---", "[x]: y", "\tt",
)  # fmt: skip
WIKI_PIECES = (
    "Words of a person.", "", "h2. Head", "* one\n** two", "||a||b||\n|1|2|", "{code:java}\nx = 1;\n{code}",
    "{noformat}\n{panel}\n{noformat}", "{code}\nopen", "{panel:title=Theirs}\ntheirs\n{panel}", "{quote}\nq\n{quote}",
    "{color:red}red{color}", "[~jdoe] !pic.png|thumbnail!", "{panel}", "bq. quoted", "\\{anchor:journeysync-k3f9-0\\}",
    "{noformat}{anchor:journeysync-k3f9-00000000}{noformat}", "----", "a\\\\b", "{anchor:theirs}",
)  # fmt: skip


def person_text(pieces: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return texts of such pieces with bare, carriage-return or mixed line ends."""
    return st.builds(
        _joined,
        st.lists(st.sampled_from(pieces) | st.text(max_size=20), max_size=6),
        st.sampled_from(("\n", "\r\n", "mixed")),
    )


def _joined(pieces: list[str], ending: str) -> str:
    text = "\n".join(pieces)
    if ending == "mixed":
        return "".join(line + ("\r\n" if n % 2 else "\n") for n, line in enumerate(text.split("\n")))
    return text.replace("\n", ending)


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8)
ATTRS = st.dictionaries(st.sampled_from(("localId", "id", "title", "zodiac")), SCALARS, max_size=2)
OFFICIAL_NODES = (
    "blockCard", "blockquote", "blockTaskItem", "bodiedExtension", "bodiedSyncBlock", "bulletList", "caption",
    "codeBlock", "date", "decisionItem", "decisionList", "doc", "embedCard", "emoji", "expand", "extension",
    "hardBreak", "heading", "inlineCard", "inlineExtension", "layoutColumn", "layoutSection", "listItem", "media",
    "mediaGroup", "mediaInline", "mediaSingle", "mention", "nestedExpand", "orderedList", "panel", "paragraph",
    "placeholder", "rule", "status", "syncBlock", "table", "tableCell", "tableHeader", "tableRow", "taskItem",
    "taskList", "text", "unheardOf",
)  # fmt: skip
"""Every node of Atlassian's document schema, and one that no schema has."""


def _node(children: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(OFFICIAL_NODES)},
        optional={
            "attrs": ATTRS,
            "content": st.lists(children, max_size=3),
            "text": st.text(max_size=10) | st.just("journeysync k3f9 00000000"),
            "marks": st.just([{"type": "code"}]) | st.just([]),
        },
    )


NODE: st.SearchStrategy[Any] = st.recursive(_node(st.just({"type": "text", "text": "x"})), _node, max_leaves=8)
DOCUMENT: st.SearchStrategy[Any] = st.none() | st.fixed_dictionaries(
    {"type": st.just("doc"), "version": st.just(1), "content": st.lists(NODE, max_size=4)}
)
