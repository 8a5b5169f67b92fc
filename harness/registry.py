"""Names of derainers, rain sets and tasks, each a lazy ``module:attribute``.

Naming one imports that one alone: a broken plugin harms nobody who does not use it. Third
parties add entries through the entry-point groups in `GROUPS`.
"""

import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from harness.errors import BenchError, ConfigError

Kind = Literal["derainers", "rain-sets", "tasks"]

GROUPS: Mapping[Kind, str] = {
    "derainers": "rdmc_bench.derainers",
    "rain-sets": "rdmc_bench.rain_sets",
    "tasks": "rdmc_bench.tasks",
}

BUILT_IN: Mapping[Kind, Mapping[str, str]] = {
    "derainers": {
        "rainy": "baselines.reference:Rainy",
        "clean": "baselines.reference:Clean",
        "guided-filter": "baselines.guided_filter:GuidedFilter",
        "prenet": "baselines.prenet:PReNetDerainer",
        "rdmc": "baselines.rdmc:RDMC",
        "rdmc-s": "baselines.rdmc:RDMCSmall",
    },
    "rain-sets": {},
    "tasks": {
        "restoration": "tasks.restoration:RestorationTask",
        "detection": "tasks.detection:DetectionTask",
        "segmentation": "tasks.segmentation:SegmentationTask",
    },
}


class PluginError(BenchError):
    """A registered entry does not import; the text names it and the cause."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint such as ``"; did you mean 'prenet'?"``, or "" where nothing is near.

    >>> nearest("prenett", ["prenet", "rdmc"])
    "; did you mean 'prenet'?"
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean {by_lower[found[0]]!r}?" if found else ""


def names(kind: Kind) -> list[str]:
    """Return every registered name: ours in their order, then the plugins' sorted."""
    return [*BUILT_IN[kind], *sorted(_plugins(kind))]


def load(kind: Kind, name: str) -> Callable[..., Any]:
    """Import one entry.

    Returns:
        The callable that builds the derainer, rain set or task from its options.

    Raises:
        ConfigError: If nobody registered the name; the nearest known one is shown.
        PluginError: If the entry is registered and does not import.
    """
    reference = BUILT_IN[kind].get(name)
    if reference is None:
        plugin = _plugins(kind).get(name)
        if plugin is None:
            known = names(kind)
            raise ConfigError(
                f"no {kind[:-1].replace('-', ' ')} is named {name!r}{nearest(name, known)} "
                f"Known: {', '.join(known)}"
            )
        reference = plugin.value
    module_name, _, attribute = reference.partition(":")
    try:
        target = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:
        raise PluginError(
            f"{name}: {reference} does not import ({type(error).__name__}: {error})"
        ) from error
    if not callable(target):
        raise PluginError(f"{name}: {reference} is no class or function")
    return target  # type: ignore[no-any-return]


def _plugins(kind: Kind) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUPS[kind])}
