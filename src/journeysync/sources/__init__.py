"""The journey repository: YAML files to frozen values, every problem with its place."""

from journeysync.sources.problem import Problem
from journeysync.sources.repository import read_repository

__all__ = ["Problem", "read_repository"]
