"""A run's folder of an older version, made into one of this version without computing anew."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.foreign_code import ForeignError
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.run.description import known_of
from harness.run_folder.manifest import (
    FORMAT,
    Manifest,
    damaged,
    read_json,
    read_manifest,
    write_manifest,
)
from harness.settings import first_problem


def earlier_manifest(directory: Path) -> Manifest | None:
    """Return the manifest of what earlier runs left in a folder, None where they left none.

    Raises:
        DamagedError: If it is damaged.
        BenchError: If it is of a newer version.
    """
    if not (directory / "manifest.json").exists():
        return None
    return upgrade(directory, Guard(None))


def upgrade(directory: Path, guard: Guard) -> Manifest:
    """Bring a run's folder to this version's format, and return its manifest.

    Rows are upgraded as they are read. The example pictures of the first version hold no colours:
    the run command makes them anew.

    Args:
        directory: The run's folder.
        guard: Through which the classes of its tasks are asked.

    Raises:
        DamagedError: If the manifest is damaged.
        BenchError: If it is missing, or of a newer version.
    """
    content = read_json(directory)
    if content.get("format", 1) == 1:
        write_manifest(directory, _from_format_1(directory, content, guard))
    return read_manifest(directory)


def _from_format_1(directory: Path, content: Mapping[str, Any], guard: Guard) -> Manifest:
    """Return a manifest with what the first version left to the report: roles and metrics."""
    try:
        derainers = [
            {**one, "bound": _bound(one) if one.get("is_reference") else None}
            for one in content["derainers"]
        ]
        tasks = [{**one, **_known(str(one["kind"]), guard)} for one in content["tasks"]]
        return Manifest.model_validate(
            {**content, "format": FORMAT, "derainers": derainers, "tasks": tasks}
        )
    except (KeyError, TypeError, ValueError) as error:
        cause = first_problem(error) if isinstance(error, ValidationError) else repr(error)
        raise damaged(directory, cause) from error


def _bound(derainer: Mapping[str, Any]) -> str:
    """Return which of the two bounds a reference row of the first version is."""
    return "upper" if "clean" in (derainer.get("use"), derainer.get("name")) else "lower"


def _known(kind: str, guard: Guard) -> dict[str, Any]:
    def known() -> dict[str, Any]:
        task: Any = registry.load("tasks", kind)
        return known_of(kind, task)

    try:
        return guard.call(f"task {kind} (facts)", known)
    except ForeignError:
        return {}  # a package that is gone: its metrics are shown, and not ranked
