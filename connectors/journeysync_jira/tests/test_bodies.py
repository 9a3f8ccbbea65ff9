"""Every body that is sent fits Jira's own schema (the published OpenAPI description of Cloud v3)."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import jsonschema
import pytest

from journeysync.model.change import LINK, PROPERTY
from journeysync.sandbox import JiraSandbox
from journeysync_jira.connection import JiraConnector

from .test_writing import PAY, Connect, add, fill, link, no_receipt, on, receipt, remove


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """Collect (method, path, body) of each request, at the edge to httpx."""
    seen: list[tuple[str, str, Any]] = []
    plain = httpx.Client.stream

    def spying(self: httpx.Client, method: str, url: str, **rest: Any) -> Any:
        content = rest.get("content")
        seen.append((method, httpx.URL(url).path, json.loads(content) if content else None))
        return plain(self, method, url, **rest)

    monkeypatch.setattr(httpx.Client, "stream", spying)
    return seen


def run_everything(site: JiraSandbox, connector: JiraConnector, field: str) -> None:
    tickets = [site.state.create_issue("BILL").id for _number in range(40)]
    list(connector.pull(None))
    list(connector.sweep())
    list(connector.fetch([*tickets[:2], "424242"]))
    list(connector.observe(tickets[:2], frozenset({LINK, PROPERTY})))
    list(connector.write([on(site, each, add("journey.a"), fill(field, 5), receipt(PAY)) for each in tickets]))
    list(connector.write([on(site, each, add("journey.b"), remove("journey.a"), link("Pay")) for each in tickets]))
    list(connector.write([on(site, tickets[0], add("journey.c"), fill(field, 6), receipt(PAY), link(None))]))
    list(connector.write([on(site, each, no_receipt) for each in tickets]))
    list(connector.check())


def test_every_request_is_one_of_the_api_and_its_body_fits(
    site: JiraSandbox,
    connect: Connect,
    cloud_schema: dict[str, Any],
    sent: list[tuple[str, str, Any]],
) -> None:
    field = site.state.add_field("Journey score")
    run_everything(site, connect(fields=(field,)), field)
    find = finder(cloud_schema)
    checked = set()
    for method, path, body in sent:
        template, operation = find(method, path)
        if body is not None:
            checked.add(f"{method} {template}")
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            validate(body, schema, cloud_schema)
    assert {
        "POST /rest/api/3/search/jql",
        "POST /rest/api/3/issue/bulkfetch",
        "POST /rest/api/3/bulk/issues/fields",
        "POST /rest/api/3/issue/properties/multi",
        "PUT /rest/api/3/issue/{issueIdOrKey}",
        "POST /rest/api/3/issue/{issueIdOrKey}/remotelink",
        "DELETE /rest/api/3/issue/properties/{propertyKey}",
        "POST /rest/api/3/search/approximate-count",
    } <= checked


def finder(document: dict[str, Any]) -> Callable[[str, str], tuple[str, dict[str, Any]]]:
    def find(method: str, path: str) -> tuple[str, dict[str, Any]]:
        parts = path.replace("/rest/api/2/", "/rest/api/3/").strip("/").split("/")  # v2 has the same paths
        fitting = [
            template
            for template, operations in document["paths"].items()
            if method.lower() in operations and _fits(template.strip("/").split("/"), parts)
        ]
        assert fitting, f"{method} {path} is not in the API"
        template = min(fitting, key=lambda each: each.count("{"))
        return template, document["paths"][template][method.lower()]

    return find


def _fits(template: list[str], parts: list[str]) -> bool:
    return len(template) == len(parts) and all(
        one.startswith("{") or one == other for one, other in zip(template, parts, strict=True)
    )


def validate(body: Any, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """Validate; free JSON (`JsonNode` describes a Java class there, not JSON) may be anything."""
    components = json.loads(json.dumps(document["components"]))
    components["schemas"]["JsonNode"] = {}
    for name in ("IssueEntityPropertiesForMultiUpdate", "MultiIssueEntityProperties"):
        for keyword in ("maxProperties", "minProperties"):
            components["schemas"].get(name, {}).pop(keyword, None)
    jsonschema.Draft7Validator({**schema, "components": components}).validate(body)
