"""Check a workspace's files: every problem at once, without any tracker; a store is looked into where there is one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from journeysync.app.words import word_problems
from journeysync.config import Problem, find_config, validate_workspace
from journeysync.core.expect import run_expectations
from journeysync.core.match import Matcher
from journeysync.model.base import Model
from journeysync.sources.decisions import NAME as DECISIONS
from journeysync.sources.decisions import read_decisions


class ValidateResult(Model):
    """The problems of a workspace, in the order of files and lines."""

    path: Path
    problems: tuple[Problem, ...] = ()
    journeys: int = 0
    steps: int = 0
    opportunities: int = 0
    rules: int = 0

    @property
    def is_valid(self) -> bool:
        """Return whether nothing is an error."""
        return all(problem.level != "error" for problem in self.problems)

    @property
    def sentence(self) -> str:
        """Return the result in one line."""
        errors = sum(problem.level == "error" for problem in self.problems)
        warnings = len(self.problems) - errors
        counted = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
        if errors:
            return f"{counted} in {self.path}"
        return (
            f"{self.path} is valid: {self.journeys} journeys, {self.steps} steps, {self.opportunities} opportunities, "
            f"{self.rules} rules" + (f"; {counted}" if warnings else "")
        )

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json") | {"is_valid": self.is_valid}


def validate(config: Path | None = None, env: Mapping[str, str] | None = None) -> ValidateResult:
    """Check the files of a workspace, the expectations of its rules included.

    Raises:
        ConfigError: There is no workspace to check.
    """
    env = os.environ if env is None else env
    path, found_upwards = find_config(config, env, Path.cwd())
    settings, repository, problems = validate_workspace(path, env, found_upwards=found_upwards)
    if settings is None or repository is None:
        return ValidateResult(path=path, problems=problems)
    if all(problem.level != "error" for problem in problems):
        matcher = Matcher(settings.rules, repository, namespace=settings.placement.label_namespace)
        # Keys of real tickets need the store: `links test` asks those, here they are passed over.
        failures = run_expectations(settings.rules, matcher, lambda _key: None)
        problems += tuple(
            Problem(where=failure.where, says=failure.says) for failure in failures if not failure.skipped
        )
    problems += read_decisions(settings.root / DECISIONS)[1]
    problems += word_problems(settings, env)
    return ValidateResult(
        path=path,
        problems=problems,
        journeys=sum(journey.level == "micro" for journey in repository.journeys),
        steps=len(repository.steps),
        opportunities=len(repository.opportunities),
        rules=len(settings.rules),
    )
