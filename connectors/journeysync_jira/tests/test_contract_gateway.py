"""Through the gateway of Jira Cloud, with a scoped token or OAuth, the contract holds as at the site itself."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from journeysync.connector import Connector, Secret
from journeysync.sandbox import JiraCloudSandbox
from journeysync.testing import ConnectorContract

from .world import JiraWorld


def scoped(server: JiraCloudSandbox) -> dict[str, Any]:
    return {"kind": "scoped-token", "user": server.user, "token": Secret(server.scoped_token, "env JIRA_TOKEN")}


def oauth(server: JiraCloudSandbox) -> dict[str, Any]:
    return {
        "kind": "oauth",
        "client_id": server.oauth.client_id,
        "client_secret": Secret(server.oauth.client_secret, "env JIRA_SECRET"),
        "refresh_token": Secret(server.oauth.refresh_token, "env JIRA_REFRESH"),
    }


def at(server: JiraCloudSandbox) -> dict[str, str]:
    return {"gateway_url": server.url, "oauth_url": server.oauth_token_url}


class TestByScopedToken(ConnectorContract):
    def auth(self, server: JiraCloudSandbox) -> Mapping[str, Any]:
        return scoped(server)

    @pytest.fixture
    def world(self) -> Iterator[JiraWorld]:
        world = JiraWorld()
        world.server.site.tasks.seconds = 0.01
        yield world
        world.server.stop()

    @pytest.fixture
    def connector(self, world: JiraWorld, tmp_path: Path) -> Iterator[Connector]:
        options = {"page_size": 3, "in_flight": 4, **at(world.server)}
        folder = tmp_path / ".journeysync"
        connector = world.connection(auth=self.auth(world.server), options=options, state_folder=folder)
        yield connector
        connector.close()


class TestByOAuth(TestByScopedToken):
    def auth(self, server: JiraCloudSandbox) -> Mapping[str, Any]:
        return oauth(server)
