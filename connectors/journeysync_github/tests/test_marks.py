"""Our comment: what is written is read back to the letter, and nobody else's comment is ever taken for it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from journeysync_github.marks import comment_body, foreign_workspaces, our_comment

LINK = {"url": "https://journeys.example/tickets/app/I_1", "title": "Pay > See why", "summary": "Ask: #journey-billing"}
RECEIPT = {"v": 1, "links": ["OPP-3"], "score": 87, "slots": {"label:journey.opp-3": "7f3a19c2"}}
TEXT = st.text(max_size=60)


def comment(body: str, **more: Any) -> dict[str, Any]:
    return {"id": "IC_1", "body": body, "viewerDidAuthor": True} | more


@given(title=TEXT, summary=TEXT, score=st.integers(0, 100))
def test_what_is_written_is_read_back_to_the_letter(title: str, summary: str, score: int) -> None:
    link, receipt = {"url": "https://j.example/x", "title": title, "summary": summary}, RECEIPT | {"score": score}
    body = comment_body("k3f9", link, receipt)
    ours = our_comment([comment(body)], "k3f9")
    assert ours is not None
    assert (ours.link, ours.receipt) == (link, receipt)


def test_a_title_calls_nobody_and_cannot_leave_its_place() -> None:
    body = comment_body("k3f9", LINK | {"title": "@team --> <img src=x> [x](y) #12"}, RECEIPT)
    shown = body.split("\n")[2]
    assert "@team" not in shown
    assert "<img" not in shown.replace("\\<", "")
    assert body.count("-->") == 4 - 1 + body.split("\n")[2].count("-->")


def test_a_comment_of_somebody_else_is_never_ours() -> None:
    body = comment_body("k3f9", LINK, RECEIPT)
    assert our_comment([comment(body, viewerDidAuthor=False)], "k3f9") is None


def test_a_quoted_mark_is_not_ours() -> None:
    quoted = "> " + comment_body("k3f9", LINK, RECEIPT).replace("\n", "\n> ")
    fenced = "```\n" + comment_body("k3f9", LINK, RECEIPT) + "\n```"
    assert our_comment([comment(quoted), comment(fenced), comment("Why?")], "k3f9") is None


def test_another_workspace_is_told_apart_and_named() -> None:
    comments = [comment(comment_body("zzzz", LINK, RECEIPT)), comment(comment_body("k3f9", LINK, RECEIPT))]
    ours = our_comment(comments, "k3f9")
    assert ours is not None
    assert foreign_workspaces(comments, "k3f9") == ("zzzz",)


def test_words_that_a_person_changed_are_seen_and_white_space_is_not() -> None:
    body = comment_body("k3f9", LINK, RECEIPT)
    same = our_comment([comment(body.replace("\n", "\r\n"))], "k3f9")
    changed = our_comment([comment(body.replace("See why", "See nothing"))], "k3f9")
    assert same is not None
    assert changed is not None
    assert same.link == LINK
    assert changed.link is not None
    assert changed.link["title"] == "Pay > See nothing"
    assert changed.receipt == RECEIPT


def test_a_receipt_alone_shows_one_short_line() -> None:
    lines = [line for line in comment_body("k3f9", None, RECEIPT).splitlines() if not line.startswith("<!--")]
    assert len(lines) == 1


def test_a_mark_that_was_spoiled_is_still_ours_and_says_nothing() -> None:
    body = comment_body("k3f9", LINK, RECEIPT).replace('{"receipt"', '{"rec')
    ours = our_comment([comment(body)], "k3f9")
    assert ours is not None
    assert (ours.link, ours.receipt) == (None, None)
