"""Logging in: as a GitHub App whose tokens are renewed before they end, and what is said when it fails."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from journeysync.connector import Secret
from journeysync.errors import AuthFailed
from journeysync.testing import NoWaiting

from .test_reading import connect
from .world import GitHubWorld

APP = 4711


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()).decode()


@pytest.fixture
def world(key: str) -> Iterator[GitHubWorld]:
    world = GitHubWorld(app=(APP, key))
    yield world
    world.stop()


def app_auth(world: GitHubWorld, key: str) -> dict[str, object]:
    return {
        "kind": "app",
        "app_id": APP,
        "installation_id": world.server.installation_id,
        "private_key": Secret(key, "env GITHUB_APP_KEY"),
    }


def test_an_app_buys_one_token_and_uses_it_for_everything(world: GitHubWorld, key: str) -> None:
    world.create("Ours")
    connector = connect(world, auth=app_auth(world, key))
    for _ in range(3):
        assert sum(len(page.tickets) for page in connector.pull(None)) == 1
    asked = world.server.requests.by_endpoint()
    assert sum(count for endpoint, count in asked.items() if "access_tokens" in endpoint) == 1
    assert not [finding for finding in connector.check() if finding.level == "error"]


def test_a_token_that_ends_soon_is_renewed_before_it_ends(
    world: GitHubWorld, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.create("Ours")
    connector = connect(world, auth=app_auth(world, key))
    list(connector.pull(None))
    real = NoWaiting.now
    monkeypatch.setattr(connector._client.credentials, "_now", lambda: real(NoWaiting()).replace(year=2090))
    world.server.site.access.expire_installation_tokens()
    assert sum(len(page.tickets) for page in connector.pull(None)) == 1


def test_a_key_of_another_app_is_an_auth_failure_in_words(world: GitHubWorld) -> None:
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    connector = connect(world, auth=app_auth(world, pem))
    with pytest.raises(AuthFailed) as raised:
        list(connector.pull(None))
    assert "GITHUB_APP_KEY" in raised.value.next_step
    assert pem[40:80] not in str(raised.value)
