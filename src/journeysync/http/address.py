"""Addresses: where a tracker is, whether two are the same origin, and how one may be shown."""

from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from journeysync.errors import ConfigError
from journeysync.http.redact import plain


def shown_address(address: str) -> str:
    """Return an address as it may be shown: without a user, a password or a query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def origin_of(address: str, *, where: str) -> tuple[str, str, int]:
    """Return (scheme, host, port) of an address; a token is bound to these three.

    Raises:
        ConfigError: It is no http or https address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"'{plain(address)}' is no address of a tracker", where=where, next_step="write https://host/path"
        )
    return parts.scheme, parts.hostname.lower(), port


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")
