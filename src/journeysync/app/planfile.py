"""A saved plan: what a person looked at. Never executed: ``apply`` writes only what stands in it and still holds."""

import json
from pathlib import Path
from typing import Any

from journeysync.app.results import SCHEMA_VERSION, plan_json
from journeysync.core.plan import PrintedChange
from journeysync.errors import ConfigError
from journeysync.model.base import value_hash
from journeysync.model.change import undated
from journeysync.model.plan import Plan


def save_plan(path: Path, plan: Plan) -> None:
    """Write a plan to a file, as ``plan --output json`` prints it.

    Raises:
        ConfigError: It cannot be written there.
    """
    document = {"schema_version": SCHEMA_VERSION} | plan_json(plan)
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot write the plan {path}: {error.strerror}", next_step="name a file in a folder that may be written"
        ) from error


def load_plan(path: Path) -> frozenset[PrintedChange]:
    """Read the changes of a plan file.

    Raises:
        ConfigError: There is no such file, or it is not a plan.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        changes = [_printed(row) for row in document["changes"]]
    except OSError as error:
        raise ConfigError(
            f"cannot read the plan {path}: {error.strerror}", next_step="save one with: journeysync plan --out FILE"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is not a plan", next_step="save one with: journeysync plan --out FILE") from error
    return frozenset(changes)


def _printed(row: dict[str, Any]) -> PrintedChange:
    before, after = (value_hash(undated(row["slot"], row[side])) for side in ("before", "after"))
    return (row["connection"], row["ticket"], row["slot"], before, after)
