"""Whether runs may be set side by side: the same images, judged by the same protocols."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from harness.errors import BenchError, ConfigError
from harness.run_folder.manifest import FORMAT, read_json, read_manifest
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure, read_summary


def check_folders(directories: Sequence[Path]) -> None:
    """Refuse the folders of runs that may not be set side by side, before any report is made.

    What only a report mends or makes, a folder of an older version or a missing summary, is not
    judged here.

    Raises:
        ConfigError: As `check_comparable`.
        BenchError: If the manifest of a run is missing or damaged.
    """
    if any(read_json(one).get("format", 1) < FORMAT for one in directories):
        return
    check_comparable([RunData(one, read_manifest(one), _figures(one)) for one in directories])


def _figures(directory: Path) -> list[Figure]:
    try:
        return read_summary(directory)
    except BenchError:
        return []


def check_comparable(runs: Sequence[RunData]) -> None:
    """Refuse runs whose figures mean different things.

    Raises:
        ConfigError: If they share no rain set, or judged other images of one, or by another
            protocol; it shows both.
    """
    for first, second in itertools.pairwise(runs):
        _check_sets(first, second)
    for place, run in enumerate(runs):
        for other in runs[place + 1 :]:
            _check_images(run, other)
            _check_protocols(run, other)


def _check_sets(first: RunData, second: RunData) -> None:
    names = [[one.name for one in run.rain_sets] for run in (first, second)]
    if not set(names[0]) & set(names[1]):
        raise ConfigError(
            f"{first.directory} and {second.directory}: share no rain set "
            f"({', '.join(names[0])}; {', '.join(names[1])}), so nothing of them may be compared; "
            "give runs of the same rain set"
        )


def _check_images(first: RunData, second: RunData) -> None:
    others = {one.name: one for one in second.rain_sets}
    for mine in first.rain_sets:
        other = others.get(mine.name)
        if other is not None and other.digest != mine.digest:
            raise ConfigError(
                f"{first.directory} and {second.directory}: did not judge the same images of "
                f"{mine.name} ({mine.images} with digest {mine.digest[:12]}; {other.images} with "
                f"digest {other.digest[:12]}); run both on the same ones"
            )


def _check_protocols(first: RunData, second: RunData) -> None:
    signatures = {
        (one.rain_set, one.task, one.metric): one.signature
        for one in first.figures
        if one.n and one.signature
    }
    for one in second.figures:
        mine = signatures.get((one.rain_set, one.task, one.metric))
        if one.n and one.signature and mine is not None and mine != one.signature:
            raise ConfigError(
                f"{first.directory} and {second.directory}: {one.task} judged {one.rain_set} by "
                f"other protocols ({mine}; {one.signature}), so the figures may not be compared"
            )
