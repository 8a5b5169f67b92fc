"""A row's key changes with every version that is raised whenever a figure would change."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from derainer_changes import DERAINERS, build_derainer
from rain_set_changes import RAIN_SETS, build_rain_set
from row_keys import OneSample, row_key
from task_changes import TASKS, build_task

from baselines.reference import Rainy
from tasks.restoration import RestorationTask

OURS = re.compile(r"(harness|baselines|tasks)\.")
ALWAYS = {"RESTORED_VERSION", "ROW_VERSION", "VERSION"}
"""The run's own, and the task's; derainers of ours have theirs in their facts."""
VERSIONS = sorted(ALWAYS | {"READING_VERSION", "RAIN_VERSION", "SCENE_VERSION"})


def raise_version(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise a version where it is defined and wherever it was imported."""
    for module in list(sys.modules.values()):
        if OURS.match(module.__name__) and isinstance(vars(module).get(name), int):
            monkeypatch.setattr(module, name, vars(module)[name] + 1)


def versions_in(key: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the versions that change a key when they are raised."""
    before, found = key(), set()
    for version in VERSIONS:
        with monkeypatch.context() as raised:
            raise_version(version, raised)
            if key() != before:
                found.add(version)
    assert key() == before
    return found


@pytest.mark.parametrize("name", RAIN_SETS)
def test_of_rain_sets(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = RAIN_SETS[name](tmp_path / "files")

    def in_key(**options: str) -> set[str]:
        def key() -> str:
            rain_set = build_rain_set(name, {**part.options, **options})
            return row_key(rain_set, Rainy(), RestorationTask())

        return versions_in(key, monkeypatch)

    if name.startswith("streets"):
        assert in_key() == ALWAYS | {"RAIN_VERSION", "SCENE_VERSION"}
        return
    assert in_key() == ALWAYS | {"READING_VERSION"}
    if "rain" in part.changes:
        assert in_key(rain="light") == ALWAYS | {"READING_VERSION", "RAIN_VERSION"}


@pytest.mark.parametrize("name", DERAINERS)
def test_of_derainers(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "files").mkdir()
    options = DERAINERS[name](tmp_path / "files").options

    def key() -> str:
        return row_key(OneSample(), build_derainer(name, options, tmp_path), RestorationTask())

    reading = {"READING_VERSION"} if name in {"folder", "command"} else set()
    assert versions_in(key, monkeypatch) == ALWAYS | reading


@pytest.mark.parametrize("name", TASKS)
def test_of_tasks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = build_task(name, {})
    in_key = versions_in(lambda: row_key(OneSample(), Rainy(), task), monkeypatch)
    assert in_key == ALWAYS
