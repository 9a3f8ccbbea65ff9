"""Who gets in, as whom, for how long, and from where; and everything that tries to get round it."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from starlette.testclient import TestClient

from journeysync.app.holding import Held
from journeysync.config.serve import Roles, Serve, SignIn
from journeysync.errors import ConfigError
from journeysync.web import make_app
from journeysync.web.access import Access, Role, Visitor, role_of
from journeysync.web.choose import access_for, refuse_open_door
from journeysync.web.oidc import ByOidc
from journeysync.web.sessions import Links, Sessions
from journeysync.web.signin import ByLink, ByProxy

from .conftest import ADDRESS, PEER, Site
from .provider import CLIENT, SECRET, Provider, provider_on_loopback

COMPANY = "Solvane"
Browser = Callable[..., TestClient]


class Seconds:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def browser(solvane: Site) -> Iterator[Browser]:
    """Return a function that opens a browser on the page with some access."""
    opened: list[TestClient] = []

    def make(access: Access | Callable[[Held], Access], *, base: str = ADDRESS, peer: str = PEER[0]) -> TestClient:
        choose = access if callable(access) else lambda _held: access
        app = make_app(solvane.open, access=choose)
        found = TestClient(app, base_url=base, client=(peer, 50_000), follow_redirects=False)
        found.__enter__()
        opened.append(found)
        return found

    yield make
    for each in opened:
        each.__exit__(None, None, None)


def sessions(seconds: Callable[[], float] | None = None) -> Sessions:
    return Sessions(hours=12, idle_minutes=60, seconds=seconds or Seconds())


class TestLink:
    @pytest.fixture
    def said(self) -> list[str]:
        return []

    @pytest.fixture
    def clock(self) -> Seconds:
        return Seconds()

    @pytest.fixture
    def access(self, said: list[str], clock: Seconds) -> ByLink:
        return ByLink("ann", sessions(clock), cookie="journeysync-k3f9", say=said.append)

    def test_without_it_nothing_of_the_workspace_is_shown_and_nothing_is_done(
        self, browser: Browser, access: ByLink
    ) -> None:
        client = browser(access)
        for answer in (client.get("/coverage"), client.get("/nope"), client.post("/theme", data={"theme": "dark"})):
            assert answer.status_code == 401
            assert COMPANY not in answer.text
            assert "set-cookie" not in answer.headers

    def test_it_opens_the_page_once_and_a_cookie_that_no_script_and_no_other_site_gets_does_so_afterwards(
        self, browser: Browser, access: ByLink
    ) -> None:
        client, link = browser(access), access.link()
        answer = client.get(link)
        assert answer.headers["location"] == "/"
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert COMPANY in client.get("/coverage").text
        assert "ann, admin" in client.get("/coverage").text
        client.cookies.clear()
        assert client.get(link).status_code == 401
        assert client.get("/coverage").status_code == 401

    def test_another_link_is_told_where_the_server_runs_and_never_on_the_page(
        self, browser: Browser, access: ByLink, said: list[str]
    ) -> None:
        client = browser(access)
        pages = [client.get("/coverage").text for _ in range(3)]
        (line,) = said
        token = line.rpartition("token=")[2]
        assert not [page for page in pages if token in page]
        assert client.get(f"/sign-in?token={token}").status_code == 303

    def test_a_session_ends_by_signing_out_by_age_and_by_silence(
        self, browser: Browser, access: ByLink, clock: Seconds
    ) -> None:
        client = browser(access)
        client.get(access.link())
        for _ in range(13):
            clock.now += 55 * 60
            assert client.get("/coverage").status_code == 200
        clock.now += 11 * 60
        assert client.get("/coverage").status_code == 401, "twelve hours are over"

        client.get(access.link())
        clock.now += 61 * 60
        assert client.get("/coverage").status_code == 401, "an hour of silence"

        client.get(access.link())
        stolen = client.cookies["journeysync-k3f9"]
        assert client.post("/sign-out", headers={"origin": "https://evil.example"}).status_code == 403
        assert client.get("/coverage").status_code == 200
        assert client.post("/sign-out").status_code == 200
        client.cookies.set("journeysync-k3f9", stolen)
        assert client.get("/coverage").status_code == 401

    def test_a_name_that_was_made_to_lead_here_opens_nothing(self, browser: Browser, access: ByLink) -> None:
        client = browser(access)
        link = access.link()
        assert client.get(link, headers={"host": "evil.example"}).status_code == 421
        assert client.get(link).status_code == 303, "the link was not used up by that"
        assert client.get("/coverage", headers={"host": "evil.example:8320"}).status_code == 421

    def test_another_machine_cannot_use_it(self, browser: Browser, access: ByLink) -> None:
        assert browser(access, peer="192.0.2.7").get(access.link()).status_code == 403

    def test_a_link_in_a_ticket_works_although_the_browser_keeps_the_cookie_back(
        self, browser: Browser, access: ByLink
    ) -> None:
        client = browser(access)
        answer = client.get('/coverage?step="><script>', headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 200
        onward = re.search(r'content="0;url=([^"]+)"', answer.text)
        assert onward is not None
        assert onward[1] == "/coverage?step=%22%3E%3Cscript%3E"
        assert COMPANY not in answer.text
        assert client.post("/theme", headers={"sec-fetch-site": "cross-site"}).status_code == 401


def test_only_the_newest_links_open_the_page() -> None:
    links = Links()
    tokens = [links.new() for _ in range(4)]
    assert [links.use(token) for token in (*tokens, *tokens, "", "x")] == [False, True, True, True] + [False] * 6


def test_there_are_never_too_many_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journeysync.web.sessions.MOST_SESSIONS", 3)
    clock = Seconds()
    kept = sessions(clock)
    keys = []
    for _ in range(5):
        clock.now += 1
        keys.append(kept.begin("ann"))
    assert [kept.of(key) is not None for key in keys] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("name", "groups", "role"),
    [
        ("Ann@solvane.example", (), Role.APPROVER),
        ("bob", ("journeys",), Role.REVIEWER),
        ("bob", ("platform", "journeys"), Role.ADMIN),
        ("bob", (), Role.VIEWER),
        ("group:platform", (), Role.VIEWER),
        ("*", (), Role.VIEWER),
    ],
)
def test_the_strongest_role_counts(name: str, groups: tuple[str, ...], role: Role) -> None:
    roles = Roles(reviewer=("group:journeys",), approver=("ann@solvane.example",), admin=("group:platform",))
    assert role_of(roles, name, groups) == role


def test_a_person_cannot_be_taken_for_a_group_or_for_everybody() -> None:
    roles = Roles(viewer=(), approver=("group:platform",), reviewer=("*",))
    assert role_of(roles, "group:platform", ()) == Role.REVIEWER
    assert role_of(Roles(viewer=("ann",)), "bob", ()) is None


def test_text_of_a_connection_is_for_its_groups_and_for_who_holds_the_store() -> None:
    outsider, insider = Visitor("b", Role.ADMIN), Visitor("c", Role.VIEWER, frozenset({"billing"}))
    assert [who.sees(("billing",)) for who in (outsider, insider, Visitor("a", Role.ADMIN, is_here=True))] == [
        False,
        True,
        True,
    ]
    assert outsider.sees(())


class TestProxy:
    @pytest.fixture
    def access(self) -> ByProxy:
        sign_in = SignIn(kind="proxy", user_header="X-User", groups_header="X-Groups", peers=("10.0.0.0/24",))
        return ByProxy(sign_in, lambda: Roles(approver=("group:po",)), names={"journeys.example"})

    def test_the_proxy_says_who_it_is(self, browser: Browser, access: ByProxy) -> None:
        client = browser(access, base="https://journeys.example", peer="10.0.0.7")
        text = client.get("/coverage", headers={"x-user": "ann", "x-groups": "x, po"}).text
        assert "ann, approver" in text
        assert client.get("/coverage", headers={"x-user": ""}).status_code == 401
        assert client.get("/coverage").status_code == 401

    def test_nobody_else_is_believed(self, browser: Browser, access: ByProxy) -> None:
        client = browser(access, base="https://journeys.example", peer="10.0.1.7")
        answer = client.get("/coverage", headers={"x-user": "ann"})
        assert answer.status_code == 403
        assert COMPANY not in answer.text

    def test_two_names_are_no_name(self, browser: Browser, access: ByProxy) -> None:
        client = browser(access, base="https://journeys.example", peer="::ffff:10.0.0.7")
        headers = [(b"x-user", b"ann"), (b"x-user", b"root")]
        assert client.get("/coverage", headers=headers).status_code == 401
        assert client.get("/coverage", headers={"x-user": "ann", "host": "evil.example"}).status_code == 421


@pytest.fixture(scope="module")
def provider_of_module() -> Iterator[Provider]:
    with provider_on_loopback() as provider:
        yield provider


@pytest.fixture(scope="module")
def oidc_client(solvane: Site, provider_of_module: Provider) -> Iterator[TestClient]:
    access = ByOidc(
        SignIn(kind="oidc", issuer=provider_of_module.url, client_id=CLIENT),
        lambda: Roles(viewer=(), approver=("ann@solvane.example",), reviewer=("group:journeys",)),
        sessions(),
        address=ADDRESS,
        secret=SECRET,
        names={"127.0.0.1"},
        cookie="journeysync-k3f9",
    )
    app = make_app(solvane.open, access=lambda _held: access)
    with TestClient(app, base_url=ADDRESS, client=PEER, follow_redirects=False) as found:
        yield found


class TestOidc:
    @pytest.fixture
    def provider(self, provider_of_module: Provider) -> Provider:
        """A provider that behaves, until a test tells it otherwise."""
        provider_of_module.behave()
        return provider_of_module

    @pytest.fixture
    def client(self, oidc_client: TestClient, provider: Provider) -> TestClient:
        """A browser that nobody has signed in with, and a server that knows nothing of the provider yet."""
        oidc_client.cookies.clear()
        oidc_client.app.state.desk.access._provider._known = {}  # type: ignore[attr-defined]  # the client's app is ours
        return oidc_client

    def go(self, client: TestClient, path: str = "/coverage?journey=pay-bill&step=see-why", **changed: str) -> Any:
        """Ask for a page, be led to the provider and back; return the answer to the way back."""
        to_sign_in = client.get(path).headers["location"]
        to_provider = client.get(to_sign_in).headers["location"]
        back = requests.get(to_provider, timeout=10, allow_redirects=False).headers["location"]
        parts = urlsplit(back)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()} | changed
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{ADDRESS}/sign-in/callback"
        return client.get("/sign-in/callback", params=query)

    def test_somebody_signs_in_and_is_led_on_to_the_page_they_asked_for(
        self, client: TestClient, provider: Provider
    ) -> None:
        answer = self.go(client)
        assert answer.status_code == 200, answer.text
        assert 'content="0;url=/coverage?journey=pay-bill&amp;step=see-why"' in answer.text
        text = client.get("/coverage").text
        assert "ann@solvane.example, approver" in text
        assert client.post("/sign-out").status_code == 200
        assert client.get("/coverage").status_code == 303

    def test_groups_that_only_userinfo_tells_count(self, client: TestClient, provider: Provider) -> None:
        provider.person = {"sub": "7", "email": "bob@solvane.example", "groups": ["journeys"]}
        provider.only_in_userinfo = frozenset({"groups"})
        self.go(client)
        assert "bob@solvane.example, reviewer" in client.get("/coverage").text

    @pytest.mark.parametrize(
        "lie",
        [
            {"changed": {"nonce": "another"}},
            {"changed": {"nonce": None}},
            {"changed": {"aud": "another-client"}},
            {"changed": {"aud": [CLIENT, "x"], "azp": "x"}},
            {"changed": {"iss": "https://evil.example"}},
            {"changed": {"exp": 1_000_000_000}},
            {"changed": {"exp": None}},
            {"signing": "none"},
            {"signing": "HS256"},
            {"signing": "another key"},
            {"only_in_userinfo": frozenset({"email"}), "userinfo_sub": "8"},
            {"person": {"sub": "7", "email": "ann@solvane.example", "email_verified": False}},
            {"person": {"sub": "7"}},
            {"person": {"sub": "7", "email": "stranger@elsewhere.example"}},
            {"discovery": {"issuer": "https://evil.example"}},
            {"discovery": {"token_endpoint": "http://evil.example/token"}},
        ],
        ids=str,
    )
    def test_a_lie_lets_nobody_in(self, client: TestClient, provider: Provider, lie: dict[str, Any]) -> None:
        vars(provider).update(lie)
        answer = client.get("/sign-in") if "discovery" in lie else self.go(client)
        assert answer.status_code in (401, 403, 503)
        assert COMPANY not in answer.text
        assert SECRET not in answer.text
        assert client.get("/coverage").status_code == 303

    def test_nobody_finishes_what_another_browser_began(self, client: TestClient) -> None:
        begun = client.get(client.get("/coverage").headers["location"]).headers["location"]
        back = requests.get(begun, timeout=10, allow_redirects=False).headers["location"]
        query = urlsplit(back).query
        client.cookies.clear()
        assert client.get(f"/sign-in/callback?{query}").status_code == 401
        assert self.go(client, state="x").status_code == 401
        assert self.go(client, iss="https://evil.example").status_code == 401

    def test_signing_in_leads_nowhere_else(self, client: TestClient) -> None:
        for back in ("https://evil.example", "//evil.example", "/\\evil.example"):
            to_provider = client.get("/sign-in", params={"back": back}).headers["location"]
            come_back = requests.get(to_provider, timeout=10, allow_redirects=False).headers["location"]
            answer = client.get(f"/sign-in/callback?{urlsplit(come_back).query}")
            assert 'content="0;url=/"' in answer.text
            client.cookies.clear()

    def test_a_form_without_a_session_is_refused_and_leads_nowhere(self, client: TestClient) -> None:
        assert client.post("/theme").status_code == 401
        assert client.get("/coverage", headers={"hx-request": "true"}).status_code == 401

    def test_a_provider_that_is_away_is_said(self, client: TestClient, provider: Provider) -> None:
        provider.discovery = {"jwks_uri": ""}
        answer = client.get("/sign-in")
        assert answer.status_code == 503
        assert "Signing in does not work now" in answer.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_page_that_others_reach_is_not_served_without_a_sign_in(host: str) -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_open_door(Serve(), host)
    assert "serve.sign_in" in caught.value.next_step
    refuse_open_door(Serve(sign_in=SignIn(kind="proxy", user_header="X-User")), host)


def test_the_settings_choose_the_sign_in(own_site: Site) -> None:
    config = own_site.folder / "journeysync.yaml"
    text = config.read_text(encoding="utf-8")
    held = Held(own_site.open, look_every_seconds=0)
    assert isinstance(access_for(held, who="ann", env={}, host="127.0.0.1", address=ADDRESS), ByLink)
    config.write_text(f"{text}\nserve: {{sign_in: {{kind: proxy, user_header: X-User}}, roles: {{admin: ann}}}}\n")
    access = access_for(held, who="ann", env={}, host="0.0.0.0", address=ADDRESS)
    assert isinstance(access, ByProxy)
    assert access._roles().admin == ("ann",)
    config.write_text(text + "\nserve: {sign_in: {kind: proxy, user_header: X-User}}\n")
    assert access._roles().admin == (), "who lost a role in the files has lost it on the page"
    held.close()
