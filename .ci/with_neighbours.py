"""Run a shell command with a PostgreSQL server and a browser beside it, and see to it that the tests used them.

The server is the one of JOURNEYSYNC_TEST_POSTGRESQL or at 127.0.0.1:5432, if it answers; else, where CI=true, one that
is made for the occasion. The browser is Debian's Chromium; where CI=true it is installed if it is missing. Elsewhere
the tests that need one are skipped. With a server, or with a browser, none of its tests may be: then this fails.

Usage: python .ci/with_neighbours.py COMMAND
"""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from urllib.parse import urlsplit

from journeysync.testing.cluster import PASSWORD, find_programs, own_cluster

VARIABLE = "JOURNEYSYNC_TEST_POSTGRESQL"
SKIPPED = "no PostgreSQL at"  # how journeysync.testing.databases begins the cause of a skip
NO_BROWSER = "no browser to test the page with"  # how tests/web/browser.py does
INSTALL = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def answers() -> bool:
    """Return whether somebody listens where the tests will look."""
    address = urlsplit(os.environ.get(VARIABLE, "postgresql://127.0.0.1:5432/test"))
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or 5432), timeout=3).close()
    except OSError:
        return False
    return True


def has_browser() -> bool:
    """Return whether there is a browser; where CI=true, install it if there is none."""
    if shutil.which("chromium") is None and os.environ.get("CI") == "true" and shutil.which("apt-get"):
        for step in (("apt-get", "update", "-qq"), INSTALL):
            subprocess.run(step, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  # our own words
    return shutil.which("chromium") is not None


def main(command: str) -> int:
    """Run the command; return its exit code, or 1 if tests were skipped that need not have been."""
    browser = has_browser()
    if not browser and os.environ.get("CI") == "true":
        sys.stderr.write("there is no chromium, and it could not be installed: CI needs it\n")
        return 1
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
        skipped = no_browser = False
        shell = ["bash", "-euo", "pipefail", "-c", command]
        with subprocess.Popen(  # noqa: S603  # the words of README.md
            shell, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout or ():
                sys.stdout.write(line)
                skipped = skipped or SKIPPED in line
                no_browser = no_browser or NO_BROWSER in line
        if there and skipped:
            sys.stderr.write("tests were skipped for want of a PostgreSQL server, although there is one\n")
        if browser and no_browser:
            sys.stderr.write("tests of the page were skipped for want of a browser, although there is one\n")
        return process.returncode or int((there and skipped) or (browser and no_browser))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
