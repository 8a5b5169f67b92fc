"""Whether a run is finished, so that its command again builds no derainer and no judge.

A run in which no row is missing and none failed leaves a note: digests of all that its rows follow
from, and what it said before it began. Where all that is as it was, and its report stands, nothing
is left to do. Torch and the frameworks, whose import takes longer than all of this, are not needed.
"""

import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from harness.config import Entry, RunConfig
from harness.digests import digest_file, digest_files, digest_json
from harness.errors import BenchError
from harness.images import write_bytes
from harness.machine import git_state
from harness.natural_order import first_as_counted
from harness.plugins import registry
from harness.plugins.options import bind_options
from harness.report.standing import report_stands
from harness.run_folder.beside import FIGURES, folder_of
from harness.run_folder.damage import read_whole
from harness.run_folder.folder_lock import claimed
from harness.run_folder.kept_images import RestoredImages
from harness.run_folder.manifest import Manifest, read_manifest
from harness.run_folder.ownership import FINISHED
from harness.samples import RainSet
from harness.weights_by_name import folders

KNOWN_WHEN_BUILT = {"command", "folder", "pyiqa"}
"""Derainers and tasks that read more than the files which their options name."""

NAMING_OTHERS = (".py", ".json", ".onnx")
"""Endings of files that may name others, which are read with them."""

ROWS_AND_PICTURES = ("manifest.json", "records/*.parquet", "examples/**/*")
"""What of a run's folder the next run would look at."""

GPU = Path("/dev/nvidiactl")


class Asked(NamedTuple):
    """What a command asks for.

    Attributes:
        config: The checked configuration.
        base: Folder of the configuration file.
        limit: Images of each rain set at the most.
    """

    config: RunConfig
    base: Path
    limit: int | None


def said_if_finished(asked: Asked, directory: Path, device: str) -> list[str] | None:
    """Return what a finished run said before it began; None where something may be left to do.

    Args:
        asked: By the command.
        directory: The run's folder.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ConfigError: If another process works in the folder.
    """
    if not (directory / FINISHED).is_file() or int(os.environ.get("WORLD_SIZE", "1")) > 1:
        return None
    with claimed(directory, f"run of {asked.config.name}") as notice:
        try:
            note: dict[str, Any] = json.loads(read_whole(directory / FINISHED))
            if device not in ("auto", note["device"]) or not _stands(note, asked, directory):
                return None
            return [*(["note: " + notice] if notice else []), *map(str, note["said"])]
        except (OSError, BenchError, ValueError, KeyError, TypeError, RecursionError):
            return None  # the run itself says what is wrong


def note_finished(
    asked: Asked,
    directory: Path,
    device: str,
    rain_sets: Iterable[tuple[RainSet, Sequence[str], str]],
    said: Sequence[str],
) -> None:
    """Note in a run's folder that nothing is left to compute.

    Args:
        asked: By the command.
        directory: The run's folder.
        device: ``cpu`` or ``cuda``.
        rain_sets: Each with the ids that the run takes, and the digest of these and their keys.
        said: Before the run began.
    """
    if not _is_knowable(asked.config) or any(directory.glob("examples/**/*.failed.txt")):
        return
    try:
        note = {
            "device": device,
            "made_from": _made_from(asked),
            "rain_sets": [_state(*one) for one in rain_sets],
            "files": digest_files(directory, ROWS_AND_PICTURES),
            "said": list(said),
        }
    except (OSError, BenchError):
        return  # a file that nobody may read: the next run looks at everything
    write_bytes(directory / FINISHED, json.dumps(note, indent=1).encode())


def nothing_left(directory: Path) -> str:
    """Say that nothing is left to compute in a run's folder."""
    return f"nothing left to compute in {directory}"


def forget_finished(directory: Path) -> None:
    """Remove the note, before anything changes in the folder."""
    with suppress(IsADirectoryError):  # which is moved aside later
        (directory / FINISHED).unlink(missing_ok=True)


class KeysDigest:
    """A digest of ids of samples with their keys, in their order."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, image: str, key: str) -> None:
        """Add a sample."""
        self._digest.update(f"{image}\0{key}\n".encode())

    def hexdigest(self) -> str:
        """Return the digest of all that were added."""
        return self._digest.hexdigest()


def _stands(note: Mapping[str, Any], asked: Asked, directory: Path) -> bool:
    """Return whether all is as it was noted; what takes longest is looked at last."""
    if not _is_knowable(asked.config) or note["made_from"] != _made_from(asked):
        return False
    if any(directory.glob("records/parts/*")) or any(directory.glob("in-flight-*")):
        return False
    if note["files"] != digest_files(directory, ROWS_AND_PICTURES):
        return False
    manifest = read_manifest(directory)
    if not report_stands(directory, manifest):
        return False
    opened = [_opened(asked, index, one) for index, one in enumerate(asked.config.rain_sets)]
    if asked.config.keep_restored and not _all_kept(directory, asked, manifest, opened):
        return False
    states = [_state(one, ids, _digest_of(one, ids)) for one, ids in opened]
    return bool(note["rain_sets"] == states)


def _is_knowable(config: RunConfig) -> bool:
    """Return whether files and settings alone say what every part is made of."""
    parts: dict[registry.Kind, Sequence[Entry]] = {
        "derainers": config.derainers,
        "rain-sets": config.rain_sets,
        "tasks": config.tasks,
    }
    return all(
        entry.use in registry.BUILT_IN[kind]
        and not entry.isolate
        and entry.use not in KNOWN_WHEN_BUILT
        and (kind == "rain-sets" or not _names_others(entry))  # those say it by their keys
        for kind, entries in parts.items()
        for entry in entries
    )


def _names_others(entry: Entry) -> bool:
    return any(text.endswith(NAMING_OTHERS) for text in _texts(entry.options))


def _made_from(asked: Asked) -> str:
    """Return a digest of settings, code, packages, weights and the runs that stand beside it."""
    config = asked.config
    named = _texts([one.options for one in (*config.derainers, *config.tasks)])
    weights = {text: _digest_of_file(text, asked.base) for text in sorted(set(named))}
    beside = [digest_files(folder_of(one, asked.base), FIGURES) for one in config.beside]
    settings = [config.model_dump(mode="json"), str(config.published), str(asked.base), asked.limit]
    is_dirty = git_state()["dirty"]  # another revision with the same code makes the same figures
    machine = [is_dirty, GPU.exists(), os.environ.get("CUDA_VISIBLE_DEVICES")]
    return digest_json([settings, weights, beside, machine, _code(), _packages()])


def _texts(value: object) -> Iterator[str]:
    """Yield every text in options."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _digest_of_file(text: str, base: Path) -> str:
    """Return the digest of the file that an option may name, "" where it names none.

    The tag of a known weight file needs none: it stands for one digest, which is in the code.

    Raises:
        IsADirectoryError: If it names a folder.
    """
    if not text:
        return ""
    try:
        places = [base / Path(text).expanduser(), *(folder / text for folder in folders())]
        found = next((path for path in places if path.exists()), None)
    except (OSError, RuntimeError, ValueError):  # too long, or no path at all: it names nothing
        return ""
    return digest_file(found) if found is not None else ""


@functools.cache
def _code() -> dict[str, str]:
    """Return a digest of each file of this project that may have a say in a row or a report."""
    root = Path(__file__).parents[2]
    return digest_files(root, ("harness/**/*", "baselines/**/*", "tasks/**/*"))


def _packages() -> list[str]:
    """Return names and versions of all installed packages, as their folders have them.

    What lies within a folder of packages is one package's own: whoever imports setuptools has its
    copies of others on the path too.
    """
    found: dict[Path, list[str]] = {}
    for place in filter(None, sys.path):
        names = sorted(path.name for path in Path(place).glob("*.dist-info"))
        if names:
            found[Path(place)] = names
    return [
        name
        for folder, names in found.items()
        if not any(parent in found for parent in folder.parents)
        for name in names
    ]


def _opened(asked: Asked, index: int, entry: Entry) -> tuple[RainSet, Sequence[str]]:
    """Open a rain set; return it with the ids that the run takes."""
    target = registry.load("rain-sets", entry.use)
    options = bind_options(f"rain_sets[{index}]", target, entry.options, asked.base)
    rain_set: RainSet = target(name=entry.name, **options)
    return rain_set, first_as_counted(list(rain_set.ids()), asked.limit)


def _digest_of(rain_set: RainSet, ids: Sequence[str]) -> str:
    digest = KeysDigest()
    for image in ids:
        digest.add(image, rain_set.key(image))
    return digest.hexdigest()


def _state(rain_set: RainSet, ids: Sequence[str], keys: str) -> list[object]:
    """Return all that a run takes from a rain set, as JSON has it."""
    said = [rain_set.name, rain_set.description, rain_set.protocol, *rain_set.notices]
    truths = [*rain_set.truths, rain_set.has_clean, len(rain_set.ids()), len(ids)]
    classes = [rain_set.box_classes, rain_set.label_classes]
    return [rain_set.name, keys, digest_json([said, truths, classes])]


def _all_kept(
    directory: Path,
    asked: Asked,
    manifest: Manifest,
    opened: Iterable[tuple[RainSet, Sequence[str]]],
) -> bool:
    """Return whether every restored image is there as it was written."""
    kept = RestoredImages(directory, asked.config.quantiser)
    refused = {(one.rain_set, one.part) for one in manifest.refusals}
    return all(
        kept.has(rain_set.name, derainer.name, image)
        for rain_set, ids in opened
        for derainer in asked.config.derainers
        if (rain_set.name, derainer.name) not in refused
        for image in ids
    )
