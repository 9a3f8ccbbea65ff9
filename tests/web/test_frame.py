"""The frame: what every answer carries, what a bad request gets, and how the page follows its files."""

import re
from hashlib import sha256
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from starlette.testclient import TestClient

from journeysync.app.holding import Held
from journeysync.web.assets import FOLDER
from journeysync.web.frame import local_path

ADDRESS = "http://127.0.0.1"
VENDORED = {
    "htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "inter-latin-wght-normal.woff2": "3100e775e8616cd2611beecfa23a4263d7037586789b43f035236a2e6fbd4c62",
}


@pytest.mark.parametrize("path", ["/coverage", "/no-such-page", "/static/app.css", "/static/no-such-file"])
def test_every_answer_has_a_policy_that_allows_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_page_needs_no_inline_script_or_style_and_nothing_from_another_host(client: TestClient) -> None:
    html = client.get("/coverage").text
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=|javascript:", html)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)


def test_files_are_kept_for_good_under_their_present_name_only(client: TestClient) -> None:
    address = re.search(r'href="(/static/app\.css\?\w+)"', client.get("/coverage").text)
    assert address is not None
    named = client.get(address[1])
    assert "immutable" in named.headers["cache-control"]
    assert client.get("/static/app.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/app.css", headers={"if-none-match": named.headers["etag"]}).status_code == 304
    font = re.search(r"url\(([^)]+)\)", named.text)
    assert font is not None
    assert "immutable" in client.get(f"/static/{font[1]}").headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/icons%2fx.svg", "/static/"])
def test_no_other_file_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 303)


def test_pages_are_kept_by_nobody(client: TestClient) -> None:
    assert client.get("/coverage").headers["cache-control"] == "no-store"


def test_vendored_files_are_what_their_makers_published_and_carry_their_licence() -> None:
    for name, digest in VENDORED.items():
        assert sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    for name in ("htmx", "inter", "lucide"):
        assert (FOLDER / f"LICENSE-{name}.txt").stat().st_size > 300


def test_a_name_that_is_not_this_machine_is_refused(client: TestClient) -> None:
    answer = client.get("/coverage", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "Solvane" not in answer.text


def test_another_machine_is_refused_whatever_name_it_uses(solvane) -> None:
    with TestClient(solvane.app(), base_url=ADDRESS, client=("192.0.2.7", 50_000)) as stranger:
        answer = stranger.get("/coverage")
    assert answer.status_code == 403
    assert "Solvane" not in answer.text


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}]
)
def test_a_form_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/theme", data={"theme": "dark", "back": "/"}, headers=headers).status_code == 403


def test_the_theme_is_kept_and_leads_back_to_where_one_was(client: TestClient) -> None:
    answer = client.post("/theme", data={"theme": "dark", "back": "/coverage?journey=pay-bill&step=see-why"})
    assert answer.headers["location"] == "/coverage?journey=pay-bill&step=see-why"
    try:
        assert 'data-theme="dark"' in client.get("/coverage").text
    finally:
        client.cookies.clear()


def test_a_form_on_a_step_leads_back_to_that_step(client: TestClient) -> None:
    html = client.get("/coverage?journey=pay-bill&step=see-why").text
    assert 'name="back" value="/coverage?journey=pay-bill&amp;step=see-why"' in html


@pytest.mark.parametrize(
    "text", ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:x", "", "x"]
)
def test_no_form_leads_away_from_this_site(text: str) -> None:
    assert local_path(text) == "/"


def test_a_page_that_is_not_there_is_said_in_the_frame(client: TestClient) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "There is no page /no-such-page" in answer.text
    assert 'aria-label="Main"' in answer.text


def test_a_form_that_is_too_big_is_refused(client: TestClient) -> None:
    assert client.post("/theme", content=b"a=" + b"x" * 300_000).status_code == 413


def test_files_that_change_are_taken_up_and_files_with_errors_are_not(own_site) -> None:
    held = Held(own_site.open, look_every_seconds=0)
    hierarchy = own_site.folder / "journeys" / "hierarchy.yaml"
    text = hierarchy.read_text(encoding="utf-8")
    with held.looking() as before:
        hierarchy.write_text(text.replace("Become a customer", "Join us"), encoding="utf-8")
        with held.looking() as after:
            assert after.repository.lifecycles[0].name == "Join us"
        assert before.repository.lifecycles[0].name == "Become a customer"
        assert before.store.count() > 0, "closed while somebody was looking"
    hierarchy.write_text("lifecycles: [", encoding="utf-8")
    with held.looking() as kept:
        assert kept.repository.lifecycles[0].name == "Join us"
        assert held.problem is not None
    hierarchy.write_text(text, encoding="utf-8")
    with held.looking() as again:
        assert again.repository.lifecycles[0].name == "Become a customer"
        assert held.problem is None
    held.close()


def test_the_demo_ends_with_a_page_that_its_link_opens_once(solvane) -> None:
    from journeysync.cli.serving import page_beside

    with page_beside(solvane.open) as link:
        page = link.partition("/sign-in")[0] + "/coverage"
        one_browser = build_opener(HTTPCookieProcessor())
        one_browser.open(link).close()
        with one_browser.open(page) as answer:
            assert b"Needs with work" in answer.read()
        with pytest.raises(HTTPError) as refused:
            build_opener(HTTPCookieProcessor()).open(page)
        refused.value.close()
    assert link.startswith("http://127.0.0.1:")
    assert refused.value.code == 401
