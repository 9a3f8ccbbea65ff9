"""From a configured connection to a living connector: secrets read, entry point found."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from journeysync.config.secrets import PUBLIC, is_reference, resolve
from journeysync.config.settings import ConnectionConfig, Settings
from journeysync.connector import ConnectionSettings, Connector
from journeysync.errors import ConfigError, JourneySyncError
from journeysync.model.placement import Placement
from journeysync.sources.problem import nearest, shown

GROUP = "journeysync.connectors"


def resolve_connection(settings: Settings, name: str, env: Mapping[str, str]) -> ConnectionSettings:
    """Return what a connector is told about one connection; its secrets are read now.

    Raises:
        ConfigError: There is no such connection, or a secret cannot be read.
    """
    config = settings.connection(name)
    if config is None:
        known = [connection.name for connection in settings.connections]
        meant = nearest(name, known)
        step = f"did you mean {meant}?" if meant else "name one of them, or add it under connections:"
        where = f"connections in {settings.path.name} (there: {', '.join(known) or 'none'})"
        raise ConfigError(f"there is no connection {shown(name)}", where=where, next_step=step)
    return ConnectionSettings(
        name=name,
        url=config.url,
        auth=_resolved(dict(config.auth), f"connections.{name}.auth", settings, env),
        scope={key: _as_list(value) for key, value in config.scope},
        workspace=settings.workspace_id,
        fields=fields_of(settings, name),
        options=_resolved(dict(config.options), f"connections.{name}.options", settings, env),
        where=config.where,
        label_namespace=settings.placement.label_namespace,
        state_folder=settings.root / ".journeysync",
    )


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _resolved(values: Mapping[str, Any], place: str, settings: Settings, env: Mapping[str, str]) -> dict[str, Any]:
    resolved: dict[str, Any] = {}
    for key, value in values.items():
        if not is_reference(value):
            resolved[key] = _as_list(value)
            continue
        secret = resolve(value, place=f"{place}.{key}", root=settings.root, env=env)
        resolved[key] = secret.reveal() if key in PUBLIC else secret
    return resolved


def fields_of(settings: Settings, connection: str) -> tuple[str, ...]:
    """Return the ids of all fields that placement names for this connection, sorted."""
    own = dict(settings.placement.connections).get(connection)
    placements = [settings.placement.defaults]
    if own is not None:
        placements = [own.default, *(placement for _, placement in own.projects)]
    return tuple(sorted({field for placement in placements for field in _fields(placement)}))


def _fields(placement: Placement) -> list[str]:
    places = (*placement.journey, *placement.score, *placement.context)
    return [place.field for place in places if place.kind == "field" and place.field]


def installed_connectors() -> tuple[str, ...]:
    """Return the names of all installed connectors, sorted; none is imported."""
    return tuple(sorted(_entries()))


def load_connector(config: ConnectionConfig, settings: ConnectionSettings) -> Connector:
    """Return the connector of a connection. Only this one is imported, so a broken neighbour harms nobody.

    Raises:
        ConfigError: None is installed under its name, none is installed at all, or it cannot be imported.
    """
    entry = _entry_point(config)
    try:
        make = entry.load()
    except Exception as error:
        what = f"the connector {shown(config.connector)} is installed, but cannot be loaded: {type(error).__name__}"
        raise ConfigError(what, where=entry.value, next_step="install its distribution again") from error
    try:
        connector: Connector = make(settings)
    except JourneySyncError:
        raise
    except Exception as error:
        what = f"the connector {shown(config.connector)} does not take these settings: {type(error).__name__}"
        raise ConfigError(what, where=f"connections.{config.name} ({config.where})") from error
    return connector


@cache
def _entries() -> Mapping[str, EntryPoint]:
    """Return the installed connectors by name; looked for once, because every distribution is looked into."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _entry_point(config: ConnectionConfig) -> EntryPoint:
    installed = _entries()
    found = installed.get(config.connector)
    if found is not None:
        return found
    where = f"connections.{config.name}.connector in {_in_words(config.where)}"
    if not installed:
        step = "install journeysync again with its connectors (pip install --force-reinstall journeysync)"
        raise ConfigError("no connector is installed at all", where=where, next_step=step)
    meant = nearest(config.connector, installed)
    correct = f"write '{meant}'" if meant else "correct the name"
    raise ConfigError(
        f"no connector is installed under the name {shown(config.connector)}",
        where=f"{where} (installed: {', '.join(sorted(installed))})",
        next_step=f"{correct}, or install the distribution journeysync-{config.connector}",
    )


def _in_words(where: str) -> str:
    """Return "journeysync.yaml:7:3" as "journeysync.yaml, line 7"."""
    file, _, rest = where.partition(":")
    line = rest.partition(":")[0]
    return f"{file}, line {line}" if line else file
