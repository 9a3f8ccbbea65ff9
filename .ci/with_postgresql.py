"""Run a shell command with a PostgreSQL server beside it, and see to it that the tests used it.

The server is the one of JOURNEYSYNC_TEST_POSTGRESQL or at 127.0.0.1:5432, if it answers; else, where CI=true, one that
is made for the occasion. Elsewhere the tests that need one are skipped. With a server
none of them may be: then this fails.

Usage: python .ci/with_postgresql.py COMMAND
"""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from urllib.parse import urlsplit

from journeysync.testing.cluster import PASSWORD, find_programs, own_cluster

VARIABLE = "JOURNEYSYNC_TEST_POSTGRESQL"
SKIPPED = "no PostgreSQL at"  # how journeysync.testing.databases begins the cause of a skip


def answers() -> bool:
    """Return whether somebody listens where the tests will look."""
    address = urlsplit(os.environ.get(VARIABLE, "postgresql://127.0.0.1:5432/test"))
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or 5432), timeout=3).close()
    except OSError:
        return False
    return True


def main(command: str) -> int:
    """Run the command; return its exit code, or 1 if tests were skipped that need not have been."""
    with ExitStack() as stack:
        there = answers()
        if not there and os.environ.get("CI") == "true":
            programs = find_programs()
            if programs is None:
                sys.stderr.write("no PostgreSQL server answers, and initdb is not installed: CI needs one of them\n")
                return 1
            cluster = stack.enter_context(own_cluster(programs))
            os.environ[VARIABLE] = cluster.url.replace("@", f":{PASSWORD}@")
            there = True
        skipped = False
        shell = ["bash", "-euo", "pipefail", "-c", command]
        with subprocess.Popen(  # noqa: S603  # the words of README.md
            shell, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout or ():
                sys.stdout.write(line)
                skipped = skipped or SKIPPED in line
        if there and skipped:
            sys.stderr.write("tests were skipped for want of a PostgreSQL server, although there is one\n")
        return process.returncode or int(there and skipped)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
