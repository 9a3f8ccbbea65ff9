"""Where a journey is written down, so that whoever wants to change it knows which file to open."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from journeysync.model.base import Model

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


class SourceFile(Model):
    """A file of the journey repository."""

    path: str  # relative to the workspace's folder where it is below it
    edited_at: datetime


def source_file(workspace: "Workspace", journey_id: str) -> SourceFile | None:
    """Return the file that begins a journey with this id; of a macro journey that of the hierarchy; None if unknown."""
    journey = workspace.repository.journey_by_id.get(journey_id)
    if journey is None:
        return None
    of_its_own = re.compile(rf"^id:\s*[\"']?{re.escape(journey.id)}[\"']?\s*(?:#.*)?$", re.MULTILINE)
    inside = re.compile(rf"\bid:\s*[\"']?{re.escape(journey.id)}[\"']?\s*(?:[,}}#\n]|$)")
    for pattern in (of_its_own, inside):
        for folder in workspace.settings.journeys:
            for file in sorted(folder.rglob("*.y*ml")):
                if pattern.search(_text(file)):
                    return SourceFile(path=_shown(file, workspace.settings.root), edited_at=_edited(file))
    return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _shown(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if file.is_relative_to(root) else file.name


def _edited(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
