"""Rain sets that a training reads from, built from what its settings name."""

from pathlib import Path
from typing import cast

from harness.config import Entry
from harness.errors import ConfigError
from harness.plugins.parts import built_part
from harness.rain_sets.streets import FIRST_TEST_SEED, StreetsRainSet
from harness.samples import RainSet


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
            f"{where}: scenes from {FIRST_TEST_SEED} on are the benchmark's test scenes; train on "
            "`scenes: [first seed, number]` below them"
        )
