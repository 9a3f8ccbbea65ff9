"""JSON Schemas of every file that people write, made from the shapes that read them."""

from typing import Any

from pydantic import BaseModel

from journeysync.config.files import ConfigFile
from journeysync.config.placement import PlacementsFile
from journeysync.config.rules import RulesFile
from journeysync.config.scoring import ScoringFile
from journeysync.config.vocabulary import VocabularyFile
from journeysync.model.coverage import CoverageSettings
from journeysync.sources.files import HierarchyFile, JourneyFile, OpportunitiesFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_KINDS: dict[str, tuple[type[BaseModel], str]] = {
    "journeysync": (ConfigFile, "journeysync.yaml"),
    "hierarchy": (HierarchyFile, "journeys/hierarchy.yaml"),
    "journey": (JourneyFile, "journeys/**/<journey>.yaml"),
    "opportunities": (OpportunitiesFile, "journeys/opportunities.yaml"),
    "rules": (RulesFile, "mappings/rules.yaml"),
    "vocabulary": (VocabularyFile, "mappings/vocabulary.yaml"),
    "scoring": (ScoringFile, "mappings/scoring.yaml"),
    "coverage": (CoverageSettings, "mappings/coverage.yaml"),
    "placement": (PlacementsFile, "mappings/placement.yaml"),
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema (draft 2020-12) of each kind of file, by its kind.

    They hold for YAML 1.2 read by its core schema, where dates are texts.
    """
    return {kind: _schema(model, file) for kind, (model, file) in _KINDS.items()}


def _schema(model: type[BaseModel], file: str) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    head = {"$schema": DIALECT, "title": file, "description": _first_line(model)}
    rest: dict[str, Any] = _in_short(schema)
    return head | {key: value for key, value in rest.items() if key not in head}


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]


def _in_short(value: Any) -> Any:
    """Leave out the titles that pydantic makes from names: they say nothing that the key does not say."""
    if isinstance(value, dict):
        return {
            key: _in_short(inner) for key, inner in value.items() if not (key == "title" and isinstance(inner, str))
        }
    return [_in_short(item) for item in value] if isinstance(value, list) else value
