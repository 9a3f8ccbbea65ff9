"""`journeysync serve`: it prints a link that opens the page once, and is never open to other machines by accident."""

import os
import re
import signal
import subprocess
import sys
from typing import Any

import pytest
import requests


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_a_page_that_others_would_reach_needs_a_sign_in(desk: Any, host: str) -> None:
    ran = desk.type("serve", "--host", host, "--port", "0")

    assert ran.code == 64
    assert ran.out == ""
    assert "nobody would have to sign in" in ran.err
    assert "serve.sign_in" in ran.err


def test_the_file_cannot_open_it_either(desk: Any) -> None:
    desk.write("journeysync.yaml", (desk.folder / "journeysync.yaml").read_text() + "serve: {host: 0.0.0.0}\n")

    ran = desk.type("serve", "--port", "0")

    assert ran.code == 64
    assert "nobody would have to sign in" in ran.err


def test_the_printed_link_opens_the_page_once_and_ctrl_c_ends_it(desk: Any) -> None:
    served = subprocess.Popen(
        [sys.executable, "-m", "journeysync", "serve", "--port", "0", "--config", str(desk.folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "USER": "ann"},
    )
    try:
        assert served.stdout is not None
        link = re.match(r"(http://127\.0\.0\.1:\d+/sign-in\?token=\S+)   Ctrl-C", served.stdout.readline())
        assert link is not None
        assert requests.get(link[1].partition("/sign-in")[0], timeout=20).status_code == 401
        browser = requests.Session()
        assert "ann, admin" in browser.get(link[1], timeout=20).text
        assert requests.get(link[1], timeout=20).status_code == 401
        browser.close()
        served.send_signal(signal.SIGINT)
        _, told = served.communicate(timeout=60)
    finally:
        served.kill()
        served.communicate()
    assert served.returncode in (0, 130)
    assert "A browser without a session asked for the page" in told
    assert "Traceback" not in told
