"""The database behind a workspace: opened by its settings, brought up to date, moved to another one."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from journeysync.app.progress import Progress, silent
from journeysync.config import (
    Settings,
    absolute_store_url,
    address_holds_password,
    find_config,
    load_settings,
    store_password,
)
from journeysync.errors import ConfigError
from journeysync.model.base import Model
from journeysync.store import CopiedTable, Store, copy_store
from journeysync.store.schema import SCHEMA


class UpgradeResult(Model):
    """What an upgrade of the tables did; ``before`` is None where there were none."""

    where: str
    before: str | None
    after: str

    @property
    def is_changed(self) -> bool:
        """Return whether anything was to be done."""
        return self.before != self.after


class CopyResult(Model):
    """What was moved, and the lines for journeysync.yaml that make the workspace use it."""

    source: str
    target: str
    tables: tuple[CopiedTable, ...]
    setting: str

    @property
    def rows(self) -> int:
        """Return how many rows were copied."""
        return sum(table.rows for table in self.tables)


def settings_of(config: Path | None, env: Mapping[str, str]) -> Settings:
    """Return the settings of a workspace; its journeys are not read.

    Raises:
        ConfigError: There is no journeysync.yaml, or it has errors.
    """
    path, found_upwards = find_config(config, env, Path.cwd())
    settings, problems = load_settings(path, env, found_upwards=found_upwards)
    if settings is None:
        errors = [str(problem) for problem in problems if problem.is_error]
        raise ConfigError(
            f"{len(errors)} problem{'s' if len(errors) != 1 else ''} in the workspace",
            where=str(path),
            next_step="correct the files, then run: journeysync validate",
            problems=errors,
        )
    return settings


def open_store(settings: Settings, env: Mapping[str, str], *, upgrade: bool | None = None) -> Store:
    """Open the store of a workspace; its password is read now.

    Args:
        settings: Of the workspace.
        env: Where ``{env: NAME}`` leads.
        upgrade: See ``Store.open``.

    Raises:
        ConfigError: The password cannot be read.
        StoreError: The store cannot be opened.
    """
    return Store.open(
        settings.store_url,
        upgrade=upgrade,
        password=store_password(settings, env),
        schema_name=settings.store_schema,
    )


def upgrade(settings: Settings, env: Mapping[str, str]) -> UpgradeResult:
    """Bring the tables to this release, or make them. Raises what ``open_store`` raises."""
    with open_store(settings, env, upgrade=True) as store:
        return UpgradeResult(where=store.where, before=store.found_schema, after=SCHEMA)


def copy(
    settings: Settings,
    env: Mapping[str, str],
    target: str,
    *,
    now: datetime,
    schema_name: str | None = None,
    progress: Progress = silent,
) -> CopyResult:
    """Move the whole store into another database (``store.copying`` says how); the settings stay as they are.

    Args:
        settings: Of the workspace whose store is moved.
        env: Where secrets come from.
        target: Its address; a relative file is relative to the folder of journeysync.yaml. Its
            password is taken from PGPASSWORD or .pgpass.
        now: The time.
        schema_name: PostgreSQL: where the tables go; made if missing.
        progress: Hears which table is under way.

    Raises:
        ConfigError: The address holds a password, or the target is the store itself.
        StoreError: The target is not empty, or cannot be opened.
        TryLater: A run is under way.
    """
    address = absolute_store_url(target, settings.root)
    if address_holds_password(target):
        raise ConfigError(
            "the address holds a password, which now stands in the history of your shell",
            where="db copy",
            next_step="give the address without it; set PGPASSWORD, or use .pgpass; and make a new password",
        )
    if (address, schema_name) == (settings.store_url, settings.store_schema):
        raise ConfigError("the target is the store itself", where=target, next_step="name another database")
    with open_store(settings, env) as source:
        with Store.open(address, schema_name=schema_name) as opened:
            tables = copy_store(
                source, opened, now=now, told=lambda table, done, total: progress(f"copy {table}", done, total)
            )
        return CopyResult(
            source=source.where, target=opened.where, tables=tables, setting=_setting(target, schema_name)
        )


def _setting(target: str, schema_name: str | None) -> str:
    named = f", schema: {schema_name}" if schema_name else ""
    return f'store: {{url: "{target}"{named}}}'
