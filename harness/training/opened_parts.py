"""Rain sets, and the derainer before them, that a training's settings name."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import torch

from harness.config import Entry
from harness.derainer import Derainer
from harness.device import Device
from harness.errors import ConfigError
from harness.plugins.parts import built_part
from harness.rain_sets.streets import FIRST_TEST_SEED, StreetsRainSet
from harness.samples import RainSet
from harness.training.labelled_files import LabelledPictures
from harness.training.perception_settings import PerceptionSettings


@contextmanager
def opened_pictures(
    settings: PerceptionSettings, classes: Sequence[str]
) -> Iterator[dict[str, LabelledPictures]]:
    """Build the rain sets of a training of a task's model, and its derainer, for a block's length.

    Args:
        settings: Of the training.
        classes: The model's.

    Yields:
        The pictures under ``train`` and under ``val``.

    Raises:
        ConfigError: If one cannot be built or learned from; nothing was written.
    """
    chosen, base = settings.learned_from(), settings.base
    device = Device(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    derainer = None if chosen.derainer is None else _open_derainer(chosen.derainer, base, device)
    try:
        pictures = {}
        for split, entries in (("train", chosen.train), ("val", chosen.val)):
            rain_sets = [
                open_rain_set(f"pictures.{split}[{number}]", entry, base)
                for number, entry in enumerate(entries)
            ]
            pictures[split] = LabelledPictures(rain_sets, chosen.shown, derainer, classes, device)
        yield pictures
    finally:
        if derainer is not None:
            derainer.close()


def _open_derainer(entry: Entry, base: Path, device: Device) -> Derainer:
    built = built_part("derainers", f"derainer ({entry.name})", entry, base)
    derainer = cast(Derainer, built)
    derainer.place(device)
    return derainer


def open_rain_set(where: str, entry: Entry, base: Path) -> RainSet:
    """Build a rain set to learn from.

    Args:
        where: Its place in the settings, for errors.
        entry: What they say.
        base: The folder that paths are relative to.

    Raises:
        ConfigError: If it cannot be built, or has test scenes of the built-in benchmark.
    """
    rain_set = cast(RainSet, built_part("rain-sets", f"{where} ({entry.name})", entry, base))
    if isinstance(rain_set, StreetsRainSet):
        _refuse_test_scenes(where, entry)
    return rain_set


def _refuse_test_scenes(where: str, entry: Entry) -> None:
    """Refuse rendered streets that the built-in benchmark is tested on."""
    first, count = entry.options.get("first_seed", FIRST_TEST_SEED), entry.options.get("scenes", 40)
    if first + count > FIRST_TEST_SEED:
        raise ConfigError(
            f"{where}: scenes from {FIRST_TEST_SEED} on are the benchmark's test scenes; choose "
            "`first_seed` and `scenes` below them"
        )
