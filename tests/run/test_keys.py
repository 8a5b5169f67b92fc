"""A row's key changes with all that its figures depend on, and with nothing else.

The options come from the registry and the signatures: a new one fails here until
`derainer_changes`, `rain_set_changes` or `task_changes` say whether a figure depends on it.
"""

import copy
import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any

import pytest
from box_changes import BOX_CHANGES, BOXES
from changes import Change, Part
from derainer_changes import DERAINERS, OTHER_FACTS, SAID_OF_OTHERS, build_derainer
from rain_set_changes import RAIN_SETS, build_rain_set, write_picture
from row_keys import OneSample, row_key
from setting_changes import CONFIG, SETTINGS
from task_changes import TASKS, build_task

from baselines.foreign import ForeignDerainer
from baselines.reference import Rainy
from harness import opened_pictures
from harness.config import RunConfig
from harness.derainer import DerainerFacts
from harness.device import Device
from harness.plugins import registry
from harness.plugins.registry import BUILT_IN, Kind
from harness.rain_sets.coco import CocoRainSet
from harness.rain_sets.streets import StreetsRainSet
from harness.regular_files import open_regular
from harness.samples import RainSet
from harness.task import Batch, Task
from tasks.restoration import RestorationTask

PARTS: Mapping[Kind, Mapping[str, Callable[[Path], Part]]] = {
    "derainers": DERAINERS,
    "rain-sets": RAIN_SETS,
    "tasks": TASKS,
}
ENTRIES = [(kind, name) for kind, entries in BUILT_IN.items() for name in entries]

OTHER_ATTRIBUTES: Mapping[str, Any] = {
    "name": "another",
    "description": "another sentence",
    "box_classes": ("person", "car"),
    "label_classes": ("road", "car"),
    "truths": (),
    "has_clean": False,
    "protocol": "max_side:640",
    "is_rendered": True,
    "notices": ("one file passed over",),
}
READ_BY: Mapping[str, set[str]] = {
    "restoration": set(),
    "detection": {"box_classes"},
    "segmentation": {"label_classes"},
    "niqe": set(),
    "pictures": set(),
    "pyiqa": set(),
    "detection-agreement": set(),
    "detection-change": set(),
    "segmentation-agreement": set(),
    "segmentation-change": set(),
}
"""What each task reads from a rain set when it scores, besides the sample."""


@pytest.fixture(scope="session")
def judges() -> list[Task]:
    """Every built-in task."""
    return [build_task(name, {}) for name in BUILT_IN["tasks"]]


def keys_of(rain_set: RainSet, judges: Sequence[Task]) -> list[str]:
    """Return the keys of the first sample's rows, one for each task that judges the set."""
    able = [task for task in judges if task.refusal(rain_set) is None]
    return [row_key(rain_set, Rainy(), task) for task in able or [RestorationTask()]]


def options_of(kind: Kind) -> list[tuple[str, str]]:
    """Return the (name, option) pairs of every built-in entry."""
    return [
        (name, option)
        for name in BUILT_IN[kind]
        for option in inspect.signature(registry.load(kind, name)).parameters
    ]


@pytest.mark.parametrize("kind", PARTS)
def test_every_entry_has_its_changes(kind: Kind) -> None:
    assert PARTS[kind].keys() == BUILT_IN[kind].keys()


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_every_option_has_its_changes(kind: Kind, name: str, tmp_path: Path) -> None:
    options = inspect.signature(registry.load(kind, name)).parameters
    assert PARTS[kind][name](tmp_path).changes.keys() == options.keys()


@pytest.mark.parametrize(("name", "option"), options_of("derainers"))
def test_options_of_derainers(
    name: str, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if option != "weights":  # or the digest of those that fit would hide the option's own part
        monkeypatch.setattr("baselines.published.digest_file", lambda path: "0" * 64)

    def key(options: Mapping[str, Any]) -> str:
        return row_key(OneSample(), build_derainer(name, options, tmp_path), RestorationTask())

    check_option(DERAINERS[name], option, tmp_path, key)


@pytest.mark.parametrize(("name", "option"), options_of("rain-sets"))
def test_options_of_rain_sets(name: str, option: str, tmp_path: Path, judges: list[Task]) -> None:
    def keys(options: Mapping[str, Any]) -> list[str]:
        return keys_of(build_rain_set(name, options), judges)

    check_option(RAIN_SETS[name], option, tmp_path, keys)


@pytest.mark.parametrize(("name", "option"), options_of("tasks"))
def test_options_of_tasks(name: str, option: str, tmp_path: Path) -> None:
    def key(options: Mapping[str, Any]) -> str:
        return row_key(OneSample(), Rainy(), build_task(name, options))

    check_option(TASKS[name], option, tmp_path, key)


def check_option(
    write: Callable[[Path], Part],
    option: str,
    folder: Path,
    keys: Callable[[Mapping[str, Any]], object],
) -> None:
    """Check each change of an option.

    Args:
        write: Writes the part's files.
        option: Its name.
        folder: Takes the files.
        keys: What the options make of the keys.
    """
    (folder / "files").mkdir()
    part = write(folder / "files")
    for change in part.changes[option]:
        before = {**part.options, **change.given}
        after = {**before, option: change.value}
        assert (keys(before) != keys(after)) == change.counts, f"{option}: {change.value}"


@pytest.mark.parametrize("name", BUILT_IN["derainers"])
def test_facts_of_derainers(name: str, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    part = DERAINERS[name](tmp_path / "files")
    derainer = build_derainer(name, part.options, tmp_path)
    facts, before = derainer.facts, row_key(OneSample(), derainer, RestorationTask())
    for fact in dataclasses.fields(DerainerFacts):
        value = getattr(facts, fact.name)
        other = next(one for one in OTHER_FACTS[fact.name] if one != value)
        derainer.facts = dataclasses.replace(facts, **{fact.name: other})
        is_said = isinstance(derainer, ForeignDerainer) and fact.name in SAID_OF_OTHERS
        changes = row_key(OneSample(), derainer, RestorationTask()) != before
        assert changes != is_said, fact.name


@pytest.mark.parametrize("name", [name for name in RAIN_SETS if "streets" not in name])
def test_files_of_rain_sets(
    name: str, tmp_path: Path, judges: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample's key changes with each picture that loading it opens, and with no other."""
    opened: set[Path] = set()

    def recording(path: Path) -> BufferedReader:
        opened.add(path)
        return open_regular(path)

    monkeypatch.setattr(opened_pictures, "open_regular", recording)
    part = RAIN_SETS[name](tmp_path / "files")
    variants = [
        {**part.options, **change.given, option: change.value}
        for option, changes in part.changes.items()
        for change in changes
    ]
    files = [path for path in tmp_path.rglob("*.*") if path.is_file() and path.suffix != ".json"]
    written = {path: path.read_bytes() for path in files}
    for path in files:
        write_picture(path, seed=1000)
    others = {path: path.read_bytes() for path in files}
    changed = set(files)

    def change(now: set[Path]) -> None:
        for path in changed ^ now:
            path.write_bytes((others if path in now else written)[path])
        changed.symmetric_difference_update(changed ^ now)

    for options in (part.options, *variants):
        change(set())
        rain_set = build_rain_set(name, options)
        opened.clear()
        rain_set.load(rain_set.ids()[0])
        read, before = opened.intersection(files), keys_of(rain_set, judges)
        assert read
        change(set(files) - read)
        assert keys_of(rain_set, judges) == before
        for path in read:
            change({path})
            assert keys_of(rain_set, judges) != before, path


@pytest.mark.parametrize("change", BOX_CHANGES, ids=lambda change: change.value.__name__)
def test_facts_of_boxes(change: Change, tmp_path: Path, judges: list[Task]) -> None:
    write_picture(tmp_path / "1.png", 1)

    def keys(name: str, content: object) -> list[str]:
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return keys_of(CocoRainSet("mine", tmp_path, path), judges)

    content = copy.deepcopy(BOXES)
    change.value(content)
    assert content != BOXES
    assert (keys("before.json", BOXES) != keys("after.json", content)) == change.counts


class Recording:
    """Notes which attributes of a rain set are read."""

    def __init__(self, rain_set: RainSet) -> None:
        self._rain_set, self.read = rain_set, set[str]()

    def __getattr__(self, attribute: str) -> Any:
        self.read.add(attribute)
        return getattr(self._rain_set, attribute)


def test_what_a_score_reads(judges: list[Task], cpu: Device) -> None:
    rain_set = StreetsRainSet("streets", "light", scenes=1, width=192, height=112)
    sample = rain_set.load(rain_set.ids()[0])
    for task in judges:
        recording: Any = Recording(rain_set)
        (prediction,) = task.predict(Batch([sample.rainy], [sample], cpu))
        task.score(prediction, sample, recording)
        assert recording.read == READ_BY[task.name]


@pytest.mark.parametrize("attribute", [*RainSet.__annotations__])
def test_what_a_score_reads_is_in_the_key(attribute: str, judges: list[Task]) -> None:
    for task in judges:
        rain_set = OneSample()
        before = row_key(rain_set, Rainy(), task)
        setattr(rain_set, attribute, OTHER_ATTRIBUTES[attribute])
        reads = attribute in READ_BY[task.name]
        assert (row_key(rain_set, Rainy(), task) != before) == reads, task.name


@pytest.mark.parametrize("setting", RunConfig.model_fields)
def test_settings_of_a_run(setting: str) -> None:
    for change in SETTINGS[setting]:
        before = CONFIG.model_copy(update=dict(change.given))
        after = before.model_copy(update={setting: change.value})
        keys = {row_key(OneSample(), Rainy(), RestorationTask(), one) for one in (before, after)}
        assert (len(keys) == 2) == change.counts, change.value
