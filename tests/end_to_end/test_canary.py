"""A token that would be recognised anywhere, through every command and every kind of trouble: it is found nowhere."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from journeysync.sandbox import JiraSandbox, start_jira_cloud
from journeysync.testing.forked import Command

from .loop import FILES, SCORE

CANARY = "ATATTcanary+7x/Q=w2"
USER = "bot@sandbox.example"
SAVED_AS = (
    CANARY,
    quote(CANARY, safe=""),
    base64.b64encode(CANARY.encode()).decode(),
    base64.b64encode(f"{USER}:{CANARY}".encode()).decode(),
)


class Abroad(ThreadingHTTPServer):
    """A host that is not the tracker: it remembers who came with a log-in."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.abroad = ""
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Listens(BaseHTTPRequestHandler):
    """Answers everything with an empty object and notes its headers."""

    server: Abroad

    def _answer(self) -> None:
        self.server.seen.append(str(self.headers) + self.path)
        self._send(200, {})

    def _send(self, status: int, value: object, **headers: str) -> None:
        body = json.dumps(value).encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  # names of the standard library

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class Redirects(Listens):
    """Sends everybody to the other host."""

    def _answer(self) -> None:
        self._send(302, {}, Location=f"{self.server.abroad}/rest/api/3/stolen")

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815


class Entices(Listens):
    """Answers well, with every kind of pointer to the other host."""

    def _answer(self) -> None:
        away = f"{self.server.abroad}/rest/api/3/search/jql"
        value = {"issues": [], "isLast": False, "nextPage": away, "self": away, "deploymentType": "Cloud"}
        self._send(200, value, Link=f'<{away}>; rel="next"', Location=away)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815


class Desk:
    """A workspace on disk, the command line on it, and all that it ever said."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.codes: list[int | None] = []
        self.url = url
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            options = "    options: {longest_wait_seconds: 1, total_wait_seconds: 1}\n"
            config = text.replace("user: bot,", f"user: {USER},").replace(
                "    write: sync\n", f"    write: sync\n{options}"
            )
            path.write_text(config, encoding="utf-8")

    def run(self, *arguments: str, debug: bool = True) -> str:
        """Run a command as a stranger would; keep what it printed."""
        return self.hear(self.start(*arguments, debug=debug))

    def start(self, *arguments: str, debug: bool = True) -> Command:
        """Start a command as a stranger would."""
        env = os.environ | {
            "TEST_TOKEN": CANARY,
            "NO_COLOR": "1",
            "JOURNEYSYNC_CONNECTIONS__BILLING__URL": self.url,
        }
        command = [*arguments, *(["--debug"] if debug else [])]
        if arguments[0] != "demo":
            command += ["--config", str(self.folder)]
        return Command(command, env)

    def hear(self, done: Command) -> str:
        """Wait for the end of a command; keep what it printed, return what it printed on stdout."""
        out, err = done.communicate(timeout=300)
        self.said += [out, err]
        self.codes.append(done.returncode)
        return out

    def leaks(self) -> list[str]:
        """Return where the token stands, in any of its spellings."""
        found = [f"said: {text[:200]}" for text in self.said if any(form in text for form in SAVED_AS)]
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        found += [str(path) for path in files if any(form.encode() in path.read_bytes() for form in SAVED_AS)]
        return found


@contextmanager
def a_tracker() -> Iterator[JiraSandbox]:
    """Serve four tickets to whoever has the token."""
    with start_jira_cloud(projects=["BILL", "ONB"], user=USER, token=CANARY) as server:
        server.state.add_field("Journey score", "number", number=int(SCORE.rpartition("_")[2]))
        for number in range(4):
            server.state.create_issue("BILL", f"Say why in words {number}")
        yield server


ALLOW = [word for brake in ("first-run", "changed", "removed", "writes") for word in ("--allow", brake)]


@pytest.fixture
def tracker() -> Iterator[JiraSandbox]:
    with a_tracker() as server:
        yield server


def test_the_token_is_nowhere_after_every_command(tmp_path: Path, tracker: JiraSandbox) -> None:
    desk = Desk(tmp_path, tracker.url)
    desk.run("pull")
    desk.run("doctor", "--write-test", "BILL-1", "--yes")
    desk.run("plan", "--out", str(tmp_path / "plan.json"))
    desk.run("apply", str(tmp_path / "plan.json"), "--yes", *ALLOW)
    desk.run("sync", "--yes", *ALLOW)
    desk.run("explain", "BILL-1")
    desk.run("config", "show")
    desk.run("status")
    desk.run("inbox")
    runs = json.loads(desk.run("runs", "--output", "json", debug=False))["runs"]
    applied = next(run["id"] for run in runs if run["kind"] == "apply")
    desk.run("runs", "show", applied)
    exported = desk.run("runs", "export", "--since", "2020-01-01", debug=False)
    desk.run("undo", applied, "--yes", *ALLOW)
    desk.run("uninstall", "--yes", "--report", str(tmp_path / "report.json"), *ALLOW)
    desk.run("demo", "--yes", "--once", "--save", str(tmp_path / "saved"))

    assert desk.codes == [0] * len(desk.codes)
    assert all(json.loads(line)["result"] in ("written", "failed", "superseded") for line in exported.splitlines())
    assert len(exported.splitlines()) > 10
    assert desk.leaks() == []


def test_the_token_is_nowhere_after_trouble(tmp_path: Path) -> None:
    """All kinds of trouble at once: for some a run waits and tries again, for seconds."""
    desks = []
    with ExitStack() as stack:
        for fault in ("token-expired", "403", "html", "reset"):
            tracker = stack.enter_context(a_tracker())
            tracker.add_fault(fault)
            desks.append(Desk(tmp_path / fault, tracker.url))
        for command in (("doctor",), ("sync", "--yes")):
            under_way = [desk.start(*command) for desk in desks]
            for desk, each in zip(desks, under_way, strict=True):
                desk.hear(each)
    for desk in desks:
        assert 0 not in desk.codes
        assert desk.leaks() == []


@pytest.mark.parametrize("kind", [Redirects, Entices])
def test_nothing_of_ours_ever_goes_to_another_origin(tmp_path: Path, kind: type[Listens]) -> None:
    abroad, home = Abroad(Listens), Abroad(kind)
    home.abroad = abroad.url
    try:
        desk = Desk(tmp_path, home.url)
        desk.run("doctor")
        desk.run("pull")
        assert desk.codes[0] != 0, "doctor sees that this is no tracker"
        assert not [seen for seen in abroad.seen if "authorization" in seen.lower() or "canary" in seen.lower()]
        assert desk.leaks() == []
    finally:
        for server in (home, abroad):
            server.shutdown()
            server.server_close()


def test_the_search_for_the_token_would_find_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "log").write_bytes(b"Basic " + base64.b64encode(f"{USER}:{CANARY}".encode()))
    desk.said.append(f"?token={quote(CANARY, safe='')}")
    assert len(desk.leaks()) == 2
