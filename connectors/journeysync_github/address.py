"""Where the API of a GitHub is: github.com's stands at another host, an Enterprise Server's below its own. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from journeysync.connector import ConnectionSettings
from journeysync.errors import ConfigError

_CLOUD_HOSTS = ("github.com", "www.github.com", "api.github.com")


@dataclass(frozen=True)
class Address:
    """The addresses of one GitHub.

    Attributes:
        site: Where people look, without a slash at the end.
        rest: Base of the REST API.
        graphql: The GraphQL endpoint.
    """

    site: str
    rest: str
    graphql: str


def address_of(settings: ConnectionSettings, api_url: str = "") -> Address:
    """Return the addresses for the configured `url`.

    A host's name alone is an Enterprise Server, whose API is below ``/api/v3``. An address with a path of its own, or
    of this machine, is a proxy or a sandbox: the API stands there itself.

    Raises:
        ConfigError: The url is no web address.
    """
    site = (settings.url or "https://github.com").strip().rstrip("/")
    parts = urlsplit(site)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(
            f"'{settings.url}' is no web address",
            where=settings.where,
            next_step="write https://github.com, or the address of your Enterprise Server",
        )
    rest = api_url.strip().rstrip("/")
    if not rest and parts.hostname in _CLOUD_HOSTS:
        site, rest = "https://github.com", "https://api.github.com"
    elif not rest:
        is_server = site.endswith("/api/v3") or (not parts.path and _is_named(parts.hostname))
        site = site.removesuffix("/api/v3")
        rest = f"{site}/api/v3" if is_server else site
    graphql = f"{rest.removesuffix('/v3')}/graphql" if rest.endswith("/api/v3") else f"{rest}/graphql"
    return Address(site, rest, graphql)


def _is_named(host: str) -> bool:
    """Return whether a host has a full name, and not a number or one of a network of its own."""
    return "." in host and not host.replace(".", "").isdecimal()
