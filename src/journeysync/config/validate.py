"""All checks of a workspace in one call, for ``validate`` and for the start of every command."""

from collections.abc import Mapping
from pathlib import Path

from journeysync.config.check import check_mappings, with_current_ids
from journeysync.config.load import load_all_that_fits
from journeysync.config.settings import Settings
from journeysync.model.journey import JourneyRepository
from journeysync.sources.problem import Problem, in_file_order
from journeysync.sources.repository import read_repository


def validate_workspace(
    path: Path, env: Mapping[str, str], *, found_upwards: bool = False
) -> tuple[Settings | None, JourneyRepository | None, tuple[Problem, ...]]:
    """Read a workspace in full: settings, mappings, journeys, and what must hold between them.

    Args:
        path: journeysync.yaml.
        env: Environment with overrides.
        found_upwards: The file was found by searching; see ``load_settings``.

    Returns:
        Settings (rules with today's ids) and repository, as far as they can be read, and every problem at once.
        With an error among the problems both are for looking only: nothing may be planned from them.
    """
    settings, problems = load_all_that_fits(path, env, found_upwards=found_upwards)
    if settings is None:
        return None, None, problems
    repository, in_journeys = read_repository(settings.journeys, root=settings.root)
    between = check_mappings(settings, repository)
    return with_current_ids(settings, repository), repository, in_file_order((*problems, *in_journeys, *between))
