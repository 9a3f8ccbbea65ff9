"""The two hidden places in an issue: properties and remote links."""

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraSandbox


@pytest.fixture(autouse=True)
def issue(site: JiraSandbox) -> None:
    site.state.create_issue("DEMO")


def test_a_property_is_created_changed_and_deleted(client: httpx.Client) -> None:
    path = "/issue/DEMO-1/properties/journeysync"
    assert client.put(path, json={"v": 1}).status_code == 201
    assert client.put(path, json={"v": 2}).status_code == 200
    assert client.get(path).json() == {"key": "journeysync", "value": {"v": 2}}
    assert [each["key"] for each in client.get("/issue/DEMO-1/properties").json()["keys"]] == ["journeysync"]
    assert client.delete(path).status_code == 204
    assert (client.delete(path).status_code, client.get(path).status_code) == (404, 404)


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("a" * 255, b'"' + b"x" * 32_766 + b'"', 201),
        ("a" * 256, b"1", 400),
        ("a", b'"' + b"x" * 32_767 + b'"', 400),
        ("a", b"{not json", 400),
        ("a", b"", 400),
        ("with%2Fslash", b"1", 201),
    ],
)
def test_a_property_has_its_limits(client: httpx.Client, name: str, body: bytes, status: int) -> None:
    answer = client.put(f"/issue/DEMO-1/properties/{name}", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status


def test_a_property_does_not_move_updated_unless_told_so(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    before = site.state.json("DEMO-1")["updated"]
    clock.advance(60)
    client.put("/issue/DEMO-1/properties/x", json=1)
    assert site.state.json("DEMO-1")["updated"] == before
    site.state.updated_moves_on.add("property")
    client.put("/issue/DEMO-1/properties/x", json=2)
    assert site.state.json("DEMO-1")["updated"] != before


def link(title: str = "Step", **more: object) -> dict[str, object]:
    return {"globalId": "journeysync:1", "object": {"url": "https://example.com/s", "title": title}, **more}


def test_a_link_with_the_same_global_id_is_replaced_whole(client: httpx.Client) -> None:
    path = "/issue/DEMO-1/remotelink"
    first = client.post(path, json=link(relationship="serves", application={"name": "journeysync"}))
    second = client.post(path, json=link("Other"))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    (only,) = client.get(path).json()
    assert (only["object"]["title"], only["application"], "relationship" in only) == ("Other", {}, False)


def test_a_link_is_found_and_deleted_by_global_id(client: httpx.Client, site: JiraSandbox) -> None:
    path, chosen = "/issue/DEMO-1/remotelink", {"globalId": "journeysync:1"}
    client.post(path, json=link())
    site.state.link("DEMO-1", "https://example.com/person", "A person's link")
    assert client.get(path, params=chosen).json()["object"]["title"] == "Step"
    assert client.delete(path, params=chosen).status_code == 204
    assert client.get(path, params=chosen).status_code == 404
    assert [each["object"]["title"] for each in client.get(path).json()] == ["A person's link"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"object"}),
        ({"object": {}}, {"url", "title"}),
        ({"object": {"url": "example.com", "title": "x"}}, {"url"}),
        (link() | {"globalId": "g" * 256}, {"globalId"}),
    ],
)
def test_a_link_of_the_wrong_shape_is_refused(client: httpx.Client, body: dict[str, object], wrong: set[str]) -> None:
    answer = client.post("/issue/DEMO-1/remotelink", json=body)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, wrong)


def test_linking_needs_its_own_permission(client: httpx.Client, site: JiraSandbox) -> None:
    site.state.revoke("LINK_ISSUES", project="DEMO")
    assert client.post("/issue/DEMO-1/remotelink", json=link()).status_code == 403
