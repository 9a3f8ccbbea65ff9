"""journeysync.yaml and mappings/ to Settings: every problem at once, no secret read, no request made."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from journeysync.config.environment import override
from journeysync.config.files import SCOPE_LISTS, ConfigFile, ConnectionFile
from journeysync.config.placement import read_placement
from journeysync.config.rules import read_rules
from journeysync.config.scoring import read_scoring
from journeysync.config.secrets import check_secrets
from journeysync.config.serve import check_serve
from journeysync.config.settings import ConnectionConfig, Settings
from journeysync.config.store import address_holds_password, check_store, store_url
from journeysync.config.vocabulary import read_vocabulary
from journeysync.model.base import value_hash
from journeysync.model.coverage import CoverageSettings
from journeysync.sources.document import read_file
from journeysync.sources.node import Mapping as MappingNode
from journeysync.sources.node import Node, at, empty_file, key_at, leaves
from journeysync.sources.problem import Problem, in_file_order, nearest, shown
from journeysync.sources.shape import read_as

MAPPINGS = "mappings"
MAPPING_FILES = ("rules.yaml", "vocabulary.yaml", "scoring.yaml", "coverage.yaml", "placement.yaml")


def load_settings(
    path: Path, env: Mapping[str, str], *, found_upwards: bool = False
) -> tuple[Settings | None, tuple[Problem, ...]]:
    """Return the settings of a workspace, None if anything in them is an error; and every problem.

    Args:
        path: journeysync.yaml.
        env: Environment; ``JOURNEYSYNC_A__B`` goes over the key ``a.b``.
        found_upwards: The file was found by searching; secrets by ``command`` are refused then.
    """
    settings, problems = load_all_that_fits(path, env, found_upwards=found_upwards)
    return (None if any(problem.is_error for problem in problems) else settings), problems


def load_all_that_fits(
    path: Path, env: Mapping[str, str], *, found_upwards: bool = False
) -> tuple[Settings | None, tuple[Problem, ...]]:
    """Return settings made of all that can be read, whatever else is wrong: for further checks, never for a run."""
    loading = _Loading(path.absolute(), env, found_upwards=found_upwards)
    settings = loading.settings()
    return settings, in_file_order(loading.problems)


class _Loading:
    """One reading of a workspace: collects problems and positions on the way."""

    def __init__(self, path: Path, env: Mapping[str, str], *, found_upwards: bool) -> None:
        self.path, self.root, self.env = path, path.parent, env
        self.found_upwards = found_upwards
        self.problems: list[Problem] = []
        self.positions: dict[str, str] = {}

    def note(self, key: str, where: str) -> None:
        """Remember where something stands; the first place counts."""
        self.positions.setdefault(key, where)

    def settings(self) -> Settings | None:
        """Read all files."""
        node, found = read_file(self.path, self.path.name)
        self.problems += found
        if node is None and any(problem.is_error for problem in found):
            return None
        root = node or empty_file(self.path.name)
        if isinstance(root, MappingNode):
            self.problems += override(root, self.env)
        reading = read_as(ConfigFile, root)
        self.problems += reading.problems
        mappings = self._mappings()
        if reading.value is None:
            return None
        for keys, leaf in leaves(reading.node):
            self.note(".".join(keys), leaf.where)
        return self._settings(reading.value, reading.node, mappings)

    def _settings(self, file: ConfigFile, node: Node, mappings: dict[str, Any]) -> Settings:
        self.problems += _check_workspace(file, node)
        if file.store is not None:
            self.problems += check_store(file.store, node, found_upwards=self.found_upwards)
        self.problems += check_serve(file.serve, node, public_url=file.public_url, found_upwards=self.found_upwards)
        connections = tuple(self._connection(name, one, node) for name, one in file.connections.items())
        return Settings(
            path=self.path,
            root=self.root,
            workspace_id=file.workspace.id,
            workspace_name=file.workspace.name,
            public_url=file.public_url.rstrip("/") if file.public_url else None,
            time_zone=file.time_zone,
            journeys=tuple(self.root / folder for folder in file.journeys),
            connections=connections,
            store_url=store_url(file, self.root),
            store_password=file.store.password if file.store else (),
            store_schema=file.store.schema_name if file.store else None,
            retention=file.retention,
            serve=file.serve,
            positions=self.positions,
            mappings_version=_version(mappings),
            **mappings,
        )

    def _connection(self, name: str, file: ConnectionFile, node: Node) -> ConnectionConfig:
        place = at(node, ("connections", name))
        where = key_at(node, ("connections", name)).where
        self.note(f"connections.{name}", where)
        if isinstance(place, MappingNode):
            self.problems += check_secrets(place, name=f"connections.{name}", found_upwards=self.found_upwards)
        if file.connector != "file":  # that one's address is a path
            self.problems += _check_address(file.url, at(place, ("url",)).where, f"connections.{name}.url")
        self.problems += _check_scope(file, place, f"connections.{name}")
        values = {key: getattr(file, key) for key in ConnectionFile.model_fields}
        return ConnectionConfig(name=name, where=where, **values)

    def _mappings(self) -> dict[str, Any]:
        vocabulary, in_vocabulary = read_vocabulary(self._file("vocabulary.yaml"), self.note)
        rules, in_rules = read_rules(self._rule_files(), self.note)
        scoring, in_scoring = read_scoring(self._file("scoring.yaml"))
        placement, in_placement = read_placement(self._file("placement.yaml"), self.note)
        coverage = read_as(CoverageSettings, self._file("coverage.yaml"))
        self.problems += (*in_vocabulary, *in_rules, *in_scoring, *in_placement, *coverage.problems)
        self.problems += _unread_files(self.root)
        return {
            "rules": rules,
            "vocabulary": vocabulary,
            "scoring": scoring,
            "placement": placement,
            "coverage": coverage.value or CoverageSettings(),
        }

    def _file(self, name: str) -> Node:
        path, shown_name = self.root / MAPPINGS / name, f"{MAPPINGS}/{name}"
        if not path.exists():
            return empty_file(shown_name)
        node, problems = read_file(path, shown_name)
        self.problems += problems
        return node or empty_file(shown_name)

    def _rule_files(self) -> list[Node]:
        folder = self.root / MAPPINGS / "rules"
        names = [f"rules/{path.name}" for path in sorted(folder.glob("*.yaml"))] if folder.is_dir() else []
        return [self._file(name) for name in ("rules.yaml", *names)]


def _unread_files(root: Path) -> Iterator[Problem]:
    folder = root / MAPPINGS
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_yaml = path.suffix in (".yaml", ".yml") and path.is_file() and not path.name.startswith(".")
        if is_yaml and path.name not in MAPPING_FILES:
            says = f"the file {path.name} is not read"
            meant = nearest(path.with_suffix(".yaml").name, MAPPING_FILES)
            where, allowed = f"{MAPPINGS}/{path.name}", f"{', '.join(MAPPING_FILES)}, rules/*.yaml"
            yield Problem(where=where, says=says, allowed=allowed, did_you_mean=meant, level="warning")


def _version(mappings: dict[str, Any]) -> str:
    rules = [rule.model_dump(mode="json", exclude={"where", "expect"}) for rule in mappings["rules"]]
    namespace = mappings["placement"].label_namespace
    return value_hash([rules, mappings["vocabulary"].model_dump(mode="json"), namespace])


def _check_workspace(file: ConfigFile, node: Node) -> Iterator[Problem]:
    if file.public_url is not None:
        yield from _check_address(file.public_url, at(node, ("public_url",)).where, "public_url")
    yield from _check_time_zone(file.time_zone, at(node, ("time_zone",)).where)
    if not file.journeys:
        says = "journeys is empty"
        yield Problem(where=at(node, ("journeys",)).where, says=says, next_step="name a folder: [journeys/]")


def _check_time_zone(name: str, where: str) -> Iterator[Problem]:
    if name == "UTC":
        return
    from zoneinfo import ZoneInfo, available_timezones  # the list is read from disk: only when a name is unknown

    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        says = f"time_zone: {shown(name)} is no time zone"
        known = available_timezones()
        step = "" if known else "this machine has no list of time zones: pip install tzdata"
        meant = nearest(name, known) or nearest(name, (zone.rpartition("/")[2] for zone in known))
        full = (
            next((zone for zone in sorted(known) if zone == meant or zone.endswith(f"/{meant}")), "") if meant else ""
        )
        allowed = "UTC, or a name like Europe/Vienna"
        yield Problem(where=where, says=says, allowed=allowed, did_you_mean=full, next_step=step)


def _check_address(address: str, where: str, key: str) -> Iterator[Problem]:
    """Yield what is wrong with a base address. Where it holds credentials, no part of it is shown."""
    if address_holds_password(address) or "@" in (address.partition("://")[2] or address).partition("/")[0]:
        says = f"{key} holds credentials, and secrets stand in auth by reference only"
        yield Problem(
            where=where, says=says, next_step="write the address alone; and renew them, since they were in a file"
        )
        return
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good or any(letter.isspace() for letter in address):
        meant = f"https://{address}" if "://" not in address and "." in address and " " not in address else ""
        says = f"{key} is no address"
        yield Problem(where=where, says=says, allowed="https://... (or http://...)", did_you_mean=meant)
    elif parts.query or parts.fragment:
        says = f"{key} must end before ? and #"
        yield Problem(where=where, says=says, next_step="write the base address only")


def _check_scope(file: ConnectionFile, place: Node, name: str) -> Iterator[Problem]:
    for key in SCOPE_LISTS:
        value = file.scope.get(key)
        if value is not None and (not isinstance(value, tuple) or not value or not all(value)):
            where = at(place, ("scope", key)).where
            says = f"{name}.scope.{key} must be a list with at least one name"
            yield Problem(where=where, says=says, next_step=f"{key}: [ABC]")
