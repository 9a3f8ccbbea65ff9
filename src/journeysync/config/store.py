"""Where the state is kept: ``store: {url: ..., password: {env: NAME}, schema: NAME}``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from journeysync.config.files import ConfigFile, StoreFile
from journeysync.config.secrets import check_reference, resolve
from journeysync.config.settings import Settings
from journeysync.sources.node import Mapping as MappingNode
from journeysync.sources.node import Node, at
from journeysync.sources.problem import Problem

STATE_FOLDER = ".journeysync"
ADDRESSES = "sqlite:///path/to/state.db, or postgresql://user@host/database"


def check_store(file: StoreFile, node: Node, *, found_upwards: bool) -> Iterator[Problem]:
    """Yield what is wrong with ``store``; no message holds a secret.

    Args:
        file: As written.
        node: The tree of journeysync.yaml.
        found_upwards: Nobody named the file, so a password by ``command`` is refused.
    """
    where = at(node, ("store", "url")).where
    is_server = file.url.startswith("postgresql")
    if "://" not in file.url:
        yield Problem(where=where, says="store.url is no address", allowed=ADDRESSES)
    elif address_holds_password(file.url):
        says = "store.url holds a password, and secrets never stand in a file"
        step = "write password: {env: NAME} beside url, or leave it to PGPASSWORD or .pgpass; and make a new password"
        yield Problem(where=where, says=says, next_step=step)
    tree = at(node, ("store",))
    password = tree.get("password") if isinstance(tree, MappingNode) else None
    if password is not None:
        yield from check_reference(password, "store.password", found_upwards=found_upwards)
    for key, value in (("password", file.password), ("schema", file.schema_name)):
        if value and not is_server:
            says = f"store.{key} is for a PostgreSQL database only"
            yield Problem(where=at(node, ("store", key)).where, says=says, next_step="take it out, or change store.url")


def address_holds_password(address: str) -> bool:
    """Return whether a password stands in an address, as user:password@ or as ?password=."""
    try:
        parts = urlsplit(address)
        named = any(key.casefold() in ("password", "sslpassword") for key, _ in parse_qsl(parts.query))
        return parts.password is not None or named
    except ValueError:
        return "@" in address


def store_url(file: ConfigFile, root: Path) -> str:
    """Return the store's address; a relative SQLite file is relative to the workspace, wherever a command runs."""
    url = file.store.url if file.store else f"sqlite:///{STATE_FOLDER}/state.db"
    return absolute_store_url(url, root)


def absolute_store_url(url: str, root: Path) -> str:
    """Return an address whose SQLite file is absolute; a relative one is relative to ``root``."""
    head, _, name = url.partition("sqlite:///")
    if not head and name and name != ":memory:" and not name.startswith("/"):
        return f"sqlite:///{(root / name).as_posix()}"
    return url


def store_password(settings: Settings, env: Mapping[str, str]) -> str | None:
    """Read the password that ``store.password`` leads to; None if there is none (libpq then looks for its own).

    Raises:
        ConfigError: It cannot be read.
    """
    reference = dict(settings.store_password)
    if not reference:
        return None
    return resolve(reference, place="store.password", root=settings.root, env=env).reveal()
