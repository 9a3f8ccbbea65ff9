"""Style, script, font and icons: shipped with the package, named by their content, kept by browsers for good."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_FOREVER = "public, max-age=31536000, immutable"


@cache
def _files() -> dict[str, tuple[bytes, str]]:
    """Return (content, hash) of each file that may be asked for, by name."""
    found = {}
    for file in sorted(FOLDER.iterdir()):
        if file.suffix in _TYPES:
            content = file.read_bytes()
            found[file.name] = (content, sha256(content).hexdigest()[:16])
    css, _ = found["app.css"]
    for name, (_, digest) in found.items():  # a style sheet names the font by its content, too
        css = css.replace(f"url({name})".encode(), f"url({name}?{digest})".encode())
    found["app.css"] = (css, sha256(css).hexdigest()[:16])
    return found


def asset(name: str) -> str:
    """Return the address of a file: it changes when the file does."""
    return f"/static/{name}?{_files()[name][1]}"


@cache
def icon(name: str) -> Markup:
    """Return a Lucide icon as inline SVG; screen readers pass it over, so words stand beside it."""
    text = (FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    found = _INNER.search(text)
    inner = re.sub(r"\s+", " ", found[1]).strip() if found else ""
    return Markup(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{inner}</svg>')  # noqa: S704  # our own file


async def serve(request: Request) -> Response:
    """Answer a file; by its present hash it may be kept for good, else it is asked for again next time."""
    found = _files().get(request.path_params["name"])
    if found is None:
        return PlainTextResponse("there is no such file", status_code=404)
    content, digest = found
    if request.headers.get("if-none-match") == f'"{digest}"':
        return Response(status_code=304, headers={"etag": f'"{digest}"'})
    kept = _FOREVER if request.url.query == digest else "no-cache"
    media_type = _TYPES[Path(request.path_params["name"]).suffix]
    return Response(content, media_type=media_type, headers={"cache-control": kept, "etag": f'"{digest}"'})
