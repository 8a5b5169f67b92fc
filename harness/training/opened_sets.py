"""Rain sets and a derainer that a training reads from, built from what its settings name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.config import Entry
from harness.derainer import Derainer
from harness.errors import ConfigError
from harness.plugins import registry
from harness.plugins.options import bind_options
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
    target = registry.load("rain-sets", entry.use)
    options = bind_options(f"{where} ({entry.name})", target, entry.options, base)
    rain_set: RainSet = target(name=entry.name, **options)
    if isinstance(rain_set, StreetsRainSet):
        _refuse_test_scenes(where, options)
    return rain_set


def open_derainer(entry: Entry, base: Path) -> Derainer:
    """Build the derainer that restores what is learned from.

    Args:
        entry: What the settings say.
        base: The folder that paths are relative to.

    Raises:
        ConfigError: If it cannot be built.
    """
    target = registry.load("derainers", entry.use)
    options = bind_options(f"derainer ({entry.name})", target, entry.options, base)
    derainer: Derainer = target(**options)
    return derainer


def _refuse_test_scenes(where: str, options: Mapping[str, Any]) -> None:
    """Refuse rendered streets that the built-in benchmark is tested on."""
    first, count = options.get("first_seed", FIRST_TEST_SEED), options.get("scenes", 40)
    if first + count > FIRST_TEST_SEED:
        raise ConfigError(
            f"{where}: scenes from {FIRST_TEST_SEED} on are the benchmark's test scenes; train on "
            "`scenes: [first seed, number]` below them"
        )
