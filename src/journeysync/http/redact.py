"""What may be shown of a tracker's words: no secret, no control character, no essay."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

HIDDEN = "[secret]"
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# C0 and C1 controls, and the marks that reorder text on a screen (bidi overrides, isolates).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_AUTH = re.compile(r"(?i)\b(basic|bearer|token)\s+[a-z0-9+/=._~-]{8,}")
_URL_PASSWORD = re.compile(r"(://)[^/\s:@]+:[^/\s@]+@")


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text without the secrets, also where they are URL-quoted or base64-coded, and without auth headers."""
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    text = _AUTH.sub(rf"\1 {HIDDEN}", text)
    return _URL_PASSWORD.sub(rf"\1{HIDDEN}@", text)


def _forms(secret: str) -> Iterable[str]:
    if len(secret) >= 4:  # shorter ones would blot out ordinary words
        yield secret
        yield quote(secret, safe="")
        yield base64.b64encode(secret.encode()).decode()


def plain(text: str, *, limit: int = 400) -> str:
    """Return the text as one line without control characters, at most ``limit`` characters long."""
    line = " ".join(_CONTROL.sub("", _ANSI.sub("", text[: limit * 4])).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
