"""A PostgreSQL server of a test's own: to restart it, to ask it for passwords, or where no other is running."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWNER = "owner"
PASSWORD = "correct-horse"  # noqa: S105  # of a server that lives for one test


class Cluster:
    """A server on a free port of this machine; ``url`` has no password, ``PASSWORD`` is the owner's."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._run_as = "postgres" if os.geteuid() == 0 else None  # the server refuses to be run by root
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"postgresql://{OWNER}@127.0.0.1:{self.port}/postgres"
        if self._run_as is not None:
            shutil.chown(folder, self._run_as)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if self._run_as is not None:
            shutil.chown(secret, self._run_as)
        how = ("--no-sync", "--encoding=UTF8", "--no-locale", "--auth=scram-sha-256", "-U", OWNER)
        self._call("initdb", "-D", str(folder / "data"), *how, "--pwfile", str(secret))

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = f"-p {self.port} -k '{self._folder}' -c listen_addresses=127.0.0.1 -c fsync=off"
        self._call("pg_ctl", "-D", str(self._folder / "data"), "-l", str(self._folder / "log"), "-o", options, "start")

    def crash(self) -> None:
        """Stop the server as a power cut would: no goodbye, nothing written down that was not confirmed."""
        self._call("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")

    def _call(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(  # noqa: S603  # the programs of PostgreSQL, found below
            command,
            cwd=self._folder,
            user=self._run_as,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")


def find_programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, the newest there is; None where the server is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def own_cluster(programs: Path) -> Iterator[Cluster]:
    """Yield a server that has started; it and its files are taken away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="journeysync-pg-"))
    try:
        cluster = Cluster(programs, folder)
        cluster.start()
        try:
            yield cluster
        finally:
            if (folder / "data/postmaster.pid").exists():
                cluster.crash()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
