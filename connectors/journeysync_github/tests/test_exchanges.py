"""All 235 recorded exchanges, sent through the client: what its caller should do was written down first, by hand.

The table goes by method, path and status; how many of each there are is counted too, so that none slips through a
row that is too wide.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
import respx

from journeysync.errors import ConfigError, TicketRejected, Unavailable
from journeysync.http import Request
from journeysync_github.client import GitHubClient, links_of
from journeysync_github.connection import GitHubConnector
from journeysync_github.refusals import GraphQLError

from .conftest import some_settings
from .world import NoWaiting

ROWS = "take the rows; go on where Link says next"
THING = "take the one thing"
DONE = "nothing more to do"
DATA = "take the data"
PARTS = "take the data there is; each error names the part that is missing"
FOLLOWED = "read on at the other address, which is of the same origin"
STOPPED = "a write is not sent to another address: stop, a person corrects the configuration"
REFUSED = "this one thing cannot be: report it and go on"
NO_GITHUB = "no JSON at all: leave the connection for this run"

LISTS = r"issues|labels|comments|events|timeline|reactions|sub_issues|blocked_by|cards|repos"
# (method, path, status) -> (what to do, how many there are)
EXPECTED: tuple[tuple[str, str, int, str, int], ...] = (
    ("GET", r"/search/(issues|code)", 200, ROWS, 2),
    ("GET", rf".*/({LISTS})", 200, ROWS, 48),
    ("POST", r".*/graphql \+errors", 200, PARTS, 2),
    ("POST", r".*/graphql", 200, DATA, 17),
    ("GET", r"/users/\w+ text", 200, NO_GITHUB, 1),
    ("GET", r".*", 200, THING, 73),
    ("GET", r".*", 301, FOLLOWED, 1),
    ("POST", r".*/labels", 200, ROWS, 3),
    ("PUT", r".*/labels", 200, ROWS, 2),
    ("DELETE", r".*/issues/\d+/labels/.*", 200, ROWS, 4),
    ("POST", r".*", 201, THING, 40),
    ("POST", r".*/labels", 422, REFUSED, 1),
    ("PATCH", r".*", 200, THING, 15),
    ("PATCH", r".*", 307, STOPPED, 1),
    ("DELETE", r".*", 200, THING, 3),
    ("PUT", r".*/lock", 204, DONE, 2),
    ("DELETE", r".*", 204, DONE, 20),
)


def words_of(row: Mapping[str, Any]) -> str:
    """Return the path, and what about the body decides."""
    path = str(row["path"]).partition("?")[0]
    body = row["response_body"]
    if isinstance(body, dict) and "graphql" in path and body.get("errors"):
        return f"{path} +errors"
    return f"{path} text" if isinstance(body, str) and body.strip() and row["status"] == 200 else path


def expected_of(row: Mapping[str, Any]) -> int:
    """Return the number of the line in the table that an exchange falls under."""
    at = (row["method"].upper(), words_of(row), row["status"])
    fits = (
        method == at[0] and status == at[2] and re.fullmatch(path, at[1]) for method, path, status, _, _ in EXPECTED
    )
    return next(number for number, is_fit in enumerate(fits) if is_fit)


@pytest.fixture
def exchanges(recorded: Callable[..., list[dict[str, Any]]]) -> list[dict[str, Any]]:
    names = ("pygithub_replay_exchanges", "octokit_fixtures_exchanges")
    return [row for name in names for row in recorded("github", f"{name}.jsonl.gz")]


@pytest.fixture
def client() -> Iterator[GitHubClient]:
    connector = GitHubConnector(some_settings(), clock=NoWaiting())
    yield connector._client
    connector.close()


def headers_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the recorded headers without those about the wire, which was another one."""
    found = row["response_headers"]
    pairs = found.items() if isinstance(found, dict) else zip(found[::2], found[1::2], strict=True)
    wire = ("content-encoding", "transfer-encoding", "content-length", "connection")
    return {str(name): str(text) for name, text in pairs if str(name).lower() not in wire}


def done_with(client: GitHubClient, row: Mapping[str, Any]) -> str:
    """Send the exchange's request to a GitHub that answers as recorded; return what came of it."""
    method, body, headers = row["method"].upper(), row["response_body"], headers_of(row)
    content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with respx.mock(assert_all_called=False) as router:
        elsewhere = headers.get("location", headers.get("Location", ""))
        if row["status"] in (301, 307) and elsewhere:
            headers = {name: text for name, text in headers.items() if name.lower() != "location"}
            headers["Location"] = "https://api.github.com/repositories/1"
            router.get("https://api.github.com/repositories/1").mock(return_value=httpx.Response(200, json={"id": 1}))
        address = f"https://api.github.com{row['path']}"
        router.route(method=method, url=address).mock(
            return_value=httpx.Response(row["status"], headers=headers, content=content)
        )
        try:
            return _what(client, row, method, address)
        except TicketRejected:
            return REFUSED
        except ConfigError:
            return STOPPED
        except Unavailable:
            return NO_GITHUB


def _what(client: GitHubClient, row: Mapping[str, Any], method: str, address: str) -> str:
    if "graphql" in address:
        client._graphql_path = address
        data, errors, _answer = client.graphql("{ viewer { login } }", {})
        assert data == row["response_body"]["data"]
        assert all(isinstance(error, GraphQLError) and error.path and error.message for error in errors)
        return PARTS if errors else DATA
    request = Request(
        method, address, body=None if method == "GET" else {}, idempotent=False if method != "GET" else None
    )
    answer = client.http.send(request)
    value = client.value(answer, doing="test")
    if answer.request.path != address:
        return FOLLOWED
    if value is None or value == "":
        return DONE
    if isinstance(value, list) or "items" in value:
        assert len(client.rows(answer, doing="test")) == len(value if isinstance(value, list) else value["items"])
        said = next((text for name, text in headers_of(row).items() if name.lower() == "link"), "")
        assert set(links_of(answer)) == set(re.findall(r'rel="(\w+)"', said))
        return ROWS
    return THING


def test_the_table_says_of_each_exchange_what_to_do(exchanges: list[dict[str, Any]]) -> None:
    assert len(exchanges) == 235
    counted = Counter(expected_of(row) for row in exchanges)
    assert [counted[number] for number in range(len(EXPECTED))] == [count for *_, count in EXPECTED]


def test_each_of_the_235_exchanges_ends_as_the_table_says(
    exchanges: list[dict[str, Any]], client: GitHubClient
) -> None:
    wrong = []
    for row in exchanges:
        wanted, found = EXPECTED[expected_of(row)][3], done_with(client, row)
        if found != wanted:
            wrong.append((row["source"], row["seq"], row["method"], row["path"], row["status"], wanted, found))
    assert wrong == []
