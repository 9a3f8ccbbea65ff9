"""Our comment, our block and the receipt in them: what is written is read back, nobody else's text is taken for it."""

from typing import Any

import pytest

from journeysync.model.context import Context
from journeysync.richtext import markdown
from journeysync.richtext.words import words_of
from journeysync_github.marks import BARE, foreign_workspaces, ours_of, rewritten
from journeysync_github.work import slipped

CONTEXT = Context(path=("Pay a bill", "See why"), ignore="journey.ignore")
WORDS = words_of(CONTEXT)
RECEIPT = {"v": 1, "links": ["OPP-3"], "score": 87, "slots": {"label:journey.opp-3": "7f3a19c2"}}
OLD = (
    "<!-- journeysync:begin v1 k3f9 00c0ffee -->\n**Why this matters to customers**\n[Pay](https://j.example/1)\n"
    '<!-- journeysync:data {"receipt":{"v":1,"links":[],"score":1,"slots":{}},"link":{"url":"u","title":"Pay"}} -->\n'
    "<!-- journeysync:end k3f9 -->"
)


def comment(body: str, **more: Any) -> dict[str, Any]:
    return {"id": "IC_1", "body": body, "viewerDidAuthor": True} | more


@pytest.mark.parametrize("receipt", [None, RECEIPT, RECEIPT | {"score": None, "links": ["--> <!-- @x", "a\u200bb"]}])
def test_words_and_receipt_are_read_back_from_a_comment_and_from_a_block(receipt: Any) -> None:
    text = rewritten("", WORDS, receipt, "k3f9")
    ours = ours_of("", [comment(text)], "k3f9")
    assert (ours.comment.words, ours.receipt, ours.tells) == (WORDS, receipt, True)
    body = rewritten("Words of a person.", WORDS, receipt, "k3f9")
    ours = ours_of(body, [], "k3f9")
    assert (ours.block.words, ours.receipt, ours.tells) == (WORDS, receipt, False)
    assert markdown.without(body, "k3f9") == "Words of a person."


def test_a_comment_of_somebody_else_or_of_another_workspace_is_never_ours() -> None:
    text = rewritten("", WORDS, RECEIPT, "k3f9")
    assert ours_of("", [comment(text, viewerDidAuthor=False)], "k3f9").receipt is None
    assert (
        ours_of("", [comment(f"```\n{text}\n```"), comment("> " + text.replace("\n", "\n> "))], "k3f9").receipt is None
    )
    theirs = [comment(rewritten("", WORDS, RECEIPT, "zzzz")), comment(text)]
    assert ours_of("", theirs, "k3f9").receipt == RECEIPT
    assert foreign_workspaces(theirs, "k3f9") == ("zzzz",)


def test_a_second_comment_of_ours_is_counted_and_the_first_is_ours() -> None:
    text = rewritten("", WORDS, RECEIPT, "k3f9")
    ours = ours_of("", [comment(text), comment(text, id="IC_2")], "k3f9")
    assert (ours.comment_id, ours.others) == ("IC_1", 1)
    assert ours.shown()[0].others == 1


def test_another_receipt_leaves_the_words_to_the_byte_also_those_of_a_person() -> None:
    text = rewritten("", WORDS, RECEIPT, "k3f9").replace("See why", "See *nothing*  ")
    after = rewritten(text, None, RECEIPT | {"score": 12}, "k3f9")
    assert after == text.replace('"score":87', '"score":12')
    assert ours_of("", [comment(after)], "k3f9").shown()[0].state == "changed"


def test_a_receipt_alone_shows_two_short_lines_and_tells_nothing() -> None:
    ours = ours_of("", [comment(rewritten("", BARE, RECEIPT, "k3f9"))], "k3f9")
    assert (ours.receipt, ours.tells, ours.shown()[0].state) == (RECEIPT, False, "none")


def test_a_comment_of_before_this_release_is_ours_and_is_to_be_written_anew() -> None:
    ours = ours_of("", [comment(OLD)], "k3f9")
    assert ours.comment_id == "IC_1"
    assert ours.receipt["score"] == 1
    assert (ours.tells, ours.comment.state) == (False, "ours")


@pytest.mark.parametrize(
    ("shows", "edits", "expected"),
    [
        ("A\n\nOURS", ["A\n\nOURS", "A"], ("", "")),
        ("A\r\n\r\nOURS ", ["A\n\nOURS", "A"], ("", "")),
        ("A\n\nOURS", ["A\n\nOURS", "B of a person", "A"], ("overwritten", "B of a person")),
        ("B of a person", ["B of a person", "A\n\nOURS", "A"], ("replaced", "")),
        ("A\n\nOURS", ["A\n\nOURS"], ("", "")),
        ("A\n\nOURS", [None, None], ("", "")),
    ],
)
def test_a_save_of_a_person_between_our_read_and_our_write_is_seen(
    shows: str, edits: list[Any], expected: tuple[str, str]
) -> None:
    node = {"body": shows, "userContentEdits": {"nodes": [{"editedAt": "x", "diff": each} for each in edits]}}
    assert slipped(node, before="A", written="A\n\nOURS") == expected
