"""`config show`: the settings as they count now, each with the place it comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from journeysync.config.settings import ConnectionConfig, Settings


def shown_config(settings: Settings) -> str:
    """Return the settings as YAML; a comment names each value's origin. Secrets show as references."""
    positions = {str(key): str(where) for key, where in settings.positions}
    lines = list(_lines(_tree(settings), positions, ()))
    width = min(max((len(line) for line, _ in lines), default=0), 80)
    return "\n".join(f"{line:<{width}}  # {origin}" if origin else line for line, origin in lines) + "\n"


def _tree(settings: Settings) -> dict[str, Any]:
    return {
        "workspace": {"id": settings.workspace_id, "name": settings.workspace_name},
        "public_url": settings.public_url,
        "time_zone": settings.time_zone,
        "journeys": [str(folder) for folder in settings.journeys],
        "store": {
            "url": settings.store_url,
            **({"password": dict(settings.store_password)} if settings.store_password else {}),
            **({"schema": settings.store_schema} if settings.store_schema else {}),
        },
        "retention": settings.retention.model_dump(mode="json"),
        "serve": _serve(settings),
        "connections": {connection.name: _connection(connection) for connection in settings.connections},
        "mappings": {
            "rules": len(settings.rules),
            "teams": [team.id for team in settings.vocabulary.teams],
            "formula": settings.scoring.formula,
            "label_namespace": settings.placement.label_namespace,
            "version": settings.mappings_version,
        },
    }


def _serve(settings: Settings) -> dict[str, Any]:
    serve = settings.serve
    sign_in = serve.sign_in.model_dump(mode="json", exclude_unset=True, exclude={"client_secret"})
    secret = {"client_secret": dict(serve.sign_in.client_secret)} if serve.sign_in.client_secret else {}
    return serve.model_dump(mode="json", exclude={"sign_in"}) | {
        "sign_in": {"kind": serve.sign_in.kind} | sign_in | secret
    }


def _connection(connection: ConnectionConfig) -> dict[str, Any]:
    return {
        "connector": connection.connector,
        "url": connection.url,
        "auth": dict(connection.auth),
        "scope": dict(connection.scope),
        "write": connection.write,
        "write_scope": connection.write_scope.model_dump(mode="json") if connection.write_scope else None,
        "brakes": connection.brakes.model_dump(mode="json"),
        "budget": connection.budget.model_dump(mode="json"),
        "visible_to": list(connection.visible_to),
        "options": dict(connection.options),
    }


def _lines(tree: Mapping[str, Any], positions: Mapping[str, str], path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    indent = "  " * len(path)
    for key, value in tree.items():
        below = (*path, key)
        if isinstance(value, Mapping) and value and not _is_reference(value):
            yield f"{indent}{key}:", ""
            yield from _lines(value, positions, below)
        else:
            yield f"{indent}{key}: {_flow(value)}", _origin(positions, below)


def _is_reference(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)) in ("env", "file", "keyring", "command")


def _origin(positions: Mapping[str, str], path: tuple[str, ...]) -> str:
    if path[0] == "mappings":
        return ""
    name = ".".join(path)
    below = (where for key, where in positions.items() if key.startswith(f"{name}."))
    return positions.get(name) or next(below, "default")


def _flow(value: Any) -> str:
    return msgspec.json.encode(value).decode("utf-8")
