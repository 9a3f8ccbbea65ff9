"""serve: where the page listens, how people sign in, who may do what; and every way to leave it open to others."""

# ruff: noqa: E501  # the table of mistakes and messages is read side by side

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from journeysync.config import load_settings, shown_config
from journeysync.config.serve import is_loopback

Write = Callable[[Mapping[str, str]], Path]
HEAD = "workspace: {id: k3f9, name: Solvane}\n"
OIDC = "kind: oidc, issuer: 'https://login.example', client_id: journeysync"


def said(write: Write, serve: str, head: str = HEAD) -> list[str]:
    return [str(problem) for problem in load_settings(write({"journeysync.yaml": f"{head}serve: {serve}\n"}), {})[1]]


def test_nothing_written_means_this_machine_only(write: Write) -> None:
    settings, problems = load_settings(write({"journeysync.yaml": HEAD}), {})

    assert problems == ()
    assert settings is not None
    assert (settings.serve.host, settings.serve.sign_in.kind, settings.serve.roles.approver) == (
        "127.0.0.1",
        "token",
        (),
    )


def test_a_full_section_is_read(write: Write) -> None:
    text = f"""{HEAD}public_url: https://journeys.example
connections:
  billing: {{connector: jira, url: 'https://x.example', auth: {{kind: personal-token, token: {{env: T}}}},
    scope: {{projects: [BILL]}}, visible_to: [billing]}}
serve:
  host: 0.0.0.0
  sign_in: {{{OIDC}, client_secret: {{env: SECRET}}, groups_claim: roles}}
  roles: {{approver: ann@solvane.example, admin: ['group:platform']}}
  session: {{hours: 8}}
"""
    settings, problems = load_settings(write({"journeysync.yaml": text}), {})

    assert problems == ()
    assert settings is not None
    assert settings.serve.roles.approver == ("ann@solvane.example",)
    assert dict(settings.serve.sign_in.client_secret) == {"env": "SECRET"}
    assert settings.connections[0].visible_to == ("billing",)
    assert 'client_secret: {"env":"SECRET"}' in shown_config(settings)


@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        ("{host: 0.0.0.0}", "journeysync.yaml:2:15: serve.host '0.0.0.0' is reached from other machines, and nobody would "
         "have to sign in\n  next: add serve.sign_in with kind oidc or proxy (docs/page.md), or listen on 127.0.0.1"),
        ("{sign_in: {kind: oidc}}", "journeysync.yaml:2:18: serve.sign_in: the kind oidc needs issuer, client_id too\n"
         "  allowed: kind, issuer, client_id"),
        (f"{{host: '::', sign_in: {{{OIDC}}}}}", "serve.sign_in: OIDC leads people back to public_url, and there is none"),
        ("{sign_in: {kind: oidc, issuer: 'http://login.example', client_id: x}}", "serve.sign_in.issuer is no https address"),
        (f"{{sign_in: {{{OIDC}, client_secret: s3cr3t}}}}", "client_secret is a single word, and a mapping (keys and values) is needed"),
        (f"{{sign_in: {{{OIDC}, user_header: X-User}}}}", "serve.sign_in.user_header is for the kind proxy only"),
        ("{sign_in: {kind: proxy, user_header: X-User, peers: [0.0.0.0/0]}}", "lets anybody say who they are"),
        ("{sign_in: {kind: proxy, user_header: X-User, peers: [proxy.example]}}", "'proxy.example' is no address"),
        ("{sign_in: {kind: proxy}}", "the kind proxy needs user_header too"),
        ("{roles: {approver: [ann]}}", "with the one-time link nobody says who they are"),
        ("{roles: {aprover: [ann]}}", "did you mean: approver"),
        ("{port: 70000}", "port is '70000': out of range"),
        ("{session: {hours: 1000}}", "hours is '1000': out of range"),
    ],
)  # fmt: skip
def test_each_mistake_says_where_what_and_what_next(write: Write, serve: str, expected: str) -> None:
    found = "\n".join(said(write, serve))

    assert expected in found
    assert "journeysync.yaml:2:" in found
    assert "s3cr3t" not in found


def test_loopback_is_told_from_what_others_reach() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "", "*"))
