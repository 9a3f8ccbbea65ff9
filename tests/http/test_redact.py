import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeysync.http import plain, redact

SECRET = "ATATT3x+/=secret"


@pytest.mark.parametrize(
    "text",
    [
        f"token {SECRET} is wrong",
        "https://host/?t=ATATT3x%2B%2F%3Dsecret",
        f"sent {base64.b64encode(SECRET.encode()).decode()}",
        f"Authorization: Basic {base64.b64encode(f'bot:{SECRET}'.encode()).decode()}",
        f"Authorization: Bearer {SECRET}",
        f"https://bot:{SECRET}@host/rest",
    ],
)
def test_a_secret_is_hidden_in_every_shape(text: str) -> None:
    shown = redact(text, [SECRET])
    assert SECRET not in shown
    assert "ATATT3x" not in shown
    assert base64.b64encode(SECRET.encode()).decode() not in shown


def test_ordinary_words_stay() -> None:
    words = "The basic plan has a token of thanks"
    assert redact(words, ["x", ""]) == words


def test_what_a_tracker_says_reaches_the_terminal_without_control_characters() -> None:
    assert plain("\x1b[31mred\x1b[0m\r\n  next\x00line\x9b\u202eevil") == "red nextlineevil"


@given(st.text())
def test_plain_text_is_one_line_without_controls(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= 400
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in shown)
