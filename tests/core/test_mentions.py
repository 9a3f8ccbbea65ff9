"""Tickets named in texts: by key, by address, by a link that is attached."""

import pytest

from journeysync.core.mentions import mentions_in, named_by, site_of
from journeysync.testing import a_ticket


def names(text: str, **more: object) -> list[tuple[str, str]]:
    return [(one.name, one.site) for one in mentions_in(a_ticket("APP-1", title=text, **more))]


@pytest.mark.parametrize(
    ("address", "key", "site"),
    [
        ("https://solvane.example/browse/ONB-12", "onb-12", "solvane.example"),
        ("HTTPS://Bot@Solvane.example:443/browse/onb-12?focusedCommentId=3#c", "onb-12", "solvane.example"),
        ("https://h.example/jira/browse/ONB-12", "onb-12", "h.example/jira"),
        ("https://h.example/jira/projects/ONB/issues/ONB-12?filter=x", "onb-12", "h.example/jira"),
        ("https://h.example/jira/secure/RapidBoard.jspa?rapidView=1&selectedIssue=ONB-12", "onb-12", "h.example/jira"),
        ("https://s.example/jira/software/c/projects/ONB/boards/1?selectedIssue=ONB-12", "onb-12", "s.example"),
        ("https://s.example/jira/software/projects/ONB/issues/ONB-12", "onb-12", "s.example"),
        ("https://s.example/jira/servicedesk/projects/ONB/queues/custom/1/ONB-12", "onb-12", "s.example"),
        ("https://s.example/issues/?jql=x&selectedIssue=ONB-12", "onb-12", "s.example"),
        ("https://github.com/Acme/app/issues/7#issuecomment-1", "acme/app#7", "github.com"),
        ("http://127.0.0.1:8080/acme/app/issues/7/", "acme/app#7", "127.0.0.1:8080"),
        ("https://linear.app/acme/issue/ENG-3/some-title", "eng-3", "linear.app/acme"),
    ],
)
def test_an_address_of_a_ticket_says_its_key_and_the_site_that_it_is_in(address: str, key: str, site: str) -> None:
    assert named_by(address) == (key, site)
    assert site_of(address) == site


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/acme/app/pull/7",
        "https://wiki.example/display/ONB-12",
        "https://s.example/browse/ONB",
        "https://s.example/browse/UTF-8x",
        "ftp://s.example/browse/ONB-12",
        "https://[half/browse/ONB-12",
        "",
    ],
)
def test_other_addresses_name_nothing(address: str) -> None:
    assert named_by(address) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[ONB-12] Say why", "onb-12"),
        ("Part of ONB-12.", "onb-12"),
        ("(see ONB-12, please)", "onb-12"),
        ("für ONB-12：mehr", "onb-12"),
        ("see acme/app#7.", "acme/app#7"),
    ],
)
def test_a_key_is_found_as_a_whole_word(text: str, key: str) -> None:
    assert names(text) == [(key, "")]


@pytest.mark.parametrize(
    "text",
    ["onb-12", "XONB-12x", "ONB-12-draft", "feature/ONB-12", "ONB-0", "ONB-", "#7", "a@b.ONB-1", "www.h.example/ONB-1"],
)
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    assert names(text) == []


def test_each_ticket_is_named_once_in_the_order_of_the_text_and_never_by_itself() -> None:
    body = "ONB-3 and https://x.example/browse/ONB-2, again ONB-3, then APP-1, https://billing.example/browse/APP-1"
    assert names("ONB-9", body=body) == [("onb-9", ""), ("onb-3", ""), ("onb-2", "x.example")]


def test_a_key_inside_an_address_is_no_word_of_its_own() -> None:
    assert names("[the epic](https://x.example/browse/ONB-2)") == [("onb-2", "x.example")]
    assert names("**https://x.example/browse/ONB-2**") == [("onb-2", "x.example")]


def test_only_what_a_member_wrote_or_attached_is_firm() -> None:
    attached = ("https://x.example/browse/ONB-2",)
    for author, firm in (("member", True), ("outsider", False), ("unknown", False)):
        found = mentions_in(a_ticket("APP-1", title="ONB-3", author_kind=author, attached=attached))
        assert [(one.name, one.how, one.firm) for one in found] == [("onb-3", "key", firm), ("onb-2", "attached", True)]
    (both,) = mentions_in(a_ticket("APP-1", body=f"See {attached[0]}", author_kind="outsider", attached=attached))
    assert (both.how, both.firm) == ("attached", True)
