"""Where the demo plays: sandbox trackers on loopback, and a copy of the pack `solvane` that is connected to them.

Nothing stays unless a folder to save into is named. Secrets stand in the copy by reference, as everywhere.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeAlias, cast

from journeysync.app.workspace import Workspace
from journeysync.config.locate import FILE_NAME
from journeysync.config.packs import copy_pack, new_workspace_id
from journeysync.config.store import STATE_FOLDER
from journeysync.errors import ConfigError
from journeysync.sandbox import GithubSandbox, JiraSandbox, LinearSandbox
from journeysync.sandbox.solvane import start_billing, start_field, start_insights, start_repositories
from journeysync.sources.document import read_text
from journeysync.sources.node import Mapping as MappingNode

PACK = "solvane"
_HEADER = "# Made by `journeysync demo`: the connections lead to sandboxes on this machine, which end with the demo.\n"
Server: TypeAlias = JiraSandbox | GithubSandbox | LinearSandbox


@dataclass(frozen=True)
class Site:
    """A connection of the pack that the demo can serve, and how.

    Attributes:
        connection: Its name in the pack.
        product: The tracker, for people.
        holds: What of the company is there, for people.
        start: Starts it; takes the clock and ``port``.
        auth: How to log in, as in a configuration, without the token.
    """

    connection: str
    product: str
    holds: str
    start: Callable[..., Server]
    auth: Callable[[Any], str]


SITES = (
    Site("billing", "Jira Cloud", "ONB, BILL", start_billing, lambda site: f"kind: api-token, user: {site.user}"),
    Site("field", "Jira Data Center", "FLD", start_field, lambda _: "kind: personal-token"),
    Site("github", "GitHub", "solvane/app, solvane/care", start_repositories, lambda _: "kind: token"),
    Site("insights", "Linear", "ENI", start_insights, lambda _: "kind: oauth"),
)
CROWDED = "billing"


class World:
    """The running sandboxes and the workspace's folder; a context manager that ends both.

    Args:
        save: Folder to keep; a temporary one otherwise, gone at the end.
        port: Port of the first sandbox, the next ones follow; 0 takes free ones.
        crowd: How many made-up tickets the Cloud site has besides Solvane's.
        days_ago: When the story begins, so that time can pass in it and nothing is in the future.
    """

    def __init__(self, *, save: Path | None, port: int = 0, crowd: int = 0, days_ago: int = 0) -> None:
        self.saved = save
        self.crowd = crowd
        self.days_ago = days_ago
        self.sites: dict[str, Server] = {}
        self._port = port
        self._exit = ExitStack()
        self.folder = save or Path()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._exit = undo
            self._start()
            self._copy()
            self._exit = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def open(self) -> Workspace:
        """Return the workspace, opened without this process' environment: no setting of the reader's takes part."""
        who = {name: os.environ[name] for name in ("USER", "USERNAME") if name in os.environ}
        return Workspace.open(self.folder, env=who, clock=self.now)

    @property
    def jira(self) -> JiraSandbox:
        """Return the Cloud site, where most of the story happens."""
        return cast("JiraSandbox", self.sites[CROWDED])

    def now(self) -> datetime:
        """Return the story's time, UTC."""
        return datetime.now(UTC) - timedelta(days=self.days_ago)

    def wait(self) -> None:
        """Serve until Ctrl-C."""
        next(iter(self.sites.values())).wait()

    def _start(self) -> None:
        for index, site in enumerate(SITES):
            port = self._port + index if self._port else 0
            crowd = {"crowd": self.crowd} if site.connection == CROWDED else {}
            try:
                server = site.start(self.now, port=port, **crowd)
            except OSError as error:
                raise ConfigError(
                    f"port {port} cannot be used: {error.strerror}", next_step="choose another --port, or leave it out"
                ) from error
            self._exit.enter_context(server)
            self.sites[site.connection] = server

    def _copy(self) -> None:
        if self.saved is None:
            self.folder = Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="journeysync-demo-")))
        copy_pack(PACK, self.folder, workspace_id=new_workspace_id())
        config = self.folder / FILE_NAME
        text = connected(config.read_text(encoding="utf-8"), self.sites)
        config.write_text(text, encoding="utf-8")
        for name, server in self.sites.items():
            token = self.folder / token_file(name)
            token.parent.mkdir(exist_ok=True)
            token.touch(mode=0o600)
            token.write_text(server.token + "\n", encoding="utf-8")


def token_file(connection: str) -> str:
    """Return where the token of a sandbox is kept, in the workspace's folder."""
    return f"{STATE_FOLDER}/{connection}-token"


def connected(text: str, servers: Mapping[str, Server]) -> str:
    """Return a journeysync.yaml whose connections lead to sandboxes, by name; the others stay as they are."""
    sites = {site.connection: site for site in SITES if site.connection in servers}
    root, _ = read_text(text, FILE_NAME)
    tree = root.get("connections") if isinstance(root, MappingNode) else None
    lines = text.splitlines(keepends=True)
    if not isinstance(root, MappingNode) or not isinstance(tree, MappingNode):
        raise ConfigError("the pack has no connections", where=FILE_NAME)
    tops = [key.line for key, _ in root.entries.values()]
    end = min((line for line in tops if line > tree.line), default=len(lines) + 1)
    for name, _start, after in reversed(_blocks(tree, end)):
        node = tree.entries[name][1]
        if name in sites and isinstance(node, MappingNode):
            auth = f"{{{sites[name].auth(servers[name])}, token: {{file: {token_file(name)}}}}}"
            _lead_to(lines, node, {"url": servers[name].url, "auth": auth, "write": "apply"}, after)
    return _HEADER + "".join(lines)


def _blocks(tree: MappingNode, end: int) -> list[tuple[str, int, int]]:
    """Return each key with its first line and the line after its last, in file order."""
    starts = [(name, key.line) for name, (key, _) in tree.entries.items()]
    ends = [line for _, line in starts[1:]] + [end]
    return [(name, line, after) for (name, line), after in zip(starts, ends, strict=True)]


def _lead_to(lines: list[str], connection: MappingNode, wanted: Mapping[str, str], end: int) -> None:
    for name, start, after in reversed(_blocks(connection, end)):
        if name in wanted:
            indent = " " * (connection.entries[name][0].column - 1)
            kept = [line for line in lines[start : after - 1] if _says_nothing(line)]
            lines[start - 1 : after - 1] = [f"{indent}{name}: {wanted[name]}\n", *kept]


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def shown_sites(servers: Mapping[str, Server]) -> Sequence[dict[str, str]]:
    """Return what each sandbox is and where, for people and JSON."""
    return [
        {"connection": s.connection, "product": s.product, "projects": s.holds, "url": servers[s.connection].url}
        for s in SITES
        if s.connection in servers
    ]
