"""Finds the journeysync.yaml that a command is about."""

from collections.abc import Mapping
from pathlib import Path

from journeysync.config.environment import CONFIG_VARIABLE
from journeysync.errors import ConfigError

FILE_NAME = "journeysync.yaml"


def find_config(explicit: Path | None, env: Mapping[str, str], cwd: Path) -> tuple[Path, bool]:
    """Return the configuration file: the one named, or the nearest one from ``cwd`` upwards.

    Args:
        explicit: ``--config``; a folder means the journeysync.yaml in it.
        env: For JOURNEYSYNC_CONFIG.
        cwd: Where the search upwards starts.

    Returns:
        The absolute path, and whether it was found by searching. Nobody named a file
        that was found, so it may have come with a download: it runs no commands.

    Raises:
        ConfigError: The named file is not there, or none is found.
    """
    for named, origin in ((explicit, "--config"), (_from_env(env), CONFIG_VARIABLE)):
        if named is not None:
            return _named(cwd / named, origin), False
    for folder in (cwd, *cwd.parents):
        if (folder / FILE_NAME).is_file():
            return (folder / FILE_NAME).absolute(), True
    raise ConfigError(
        f"no {FILE_NAME} is found",
        where=f"{cwd} and all folders above it",
        next_step="go to your workspace, name the file with --config, or make one: journeysync init",
    )


def _from_env(env: Mapping[str, str]) -> Path | None:
    named = env.get(CONFIG_VARIABLE, "")
    return Path(named) if named else None


def _named(path: Path, origin: str) -> Path:
    path = path / FILE_NAME if path.is_dir() else path
    if not path.is_file():
        step = f"correct {origin}, or make a workspace: journeysync init"
        raise ConfigError(f"the configuration file {path.name} is not there", where=str(path), next_step=step)
    return path.absolute()
