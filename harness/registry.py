"""Names of derainers, rain sets and tasks, each a lazy ``module:attribute``.

Naming one imports that one alone: a broken plugin harms nobody who does not use it. Third
parties add entries through the entry-point groups in `GROUPS`.
"""

import difflib
import importlib
import os
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
        "ugsm": "baselines.ugsm:UGSM",
        "ddn": "baselines.ddn:DDNDerainer",
        "rescan": "baselines.rescan:RESCANDerainer",
        "prn": "baselines.prn:PRNDerainer",
        "prn-r": "baselines.prn:PRNrDerainer",
        "prenet": "baselines.prenet:PReNetDerainer",
        "prenet-r": "baselines.prenet:PReNetrDerainer",
        "spanet": "baselines.spanet:SPANetDerainer",
        "umrl": "baselines.umrl:UMRLDerainer",
        "brn": "baselines.brn:BRNDerainer",
        "vrgnet": "baselines.vrgnet:VRGNetDerainer",
        "sapnet": "baselines.sapnet:SAPNetDerainer",
        "rdmc": "baselines.rdmc:RDMC",
        "rdmc-s": "baselines.rdmc:RDMCSmall",
    },
    "rain-sets": {
        "streets-light": "harness.rain_sets.streets:streets_light",
        "streets-heavy": "harness.rain_sets.streets:streets_heavy",
        "streets": "harness.rain_sets.streets:StreetsRainSet",
        "Rain100L": "harness.rain_sets.layouts:rain100l",
        "Rain100H": "harness.rain_sets.layouts:rain100h",
        "Rain12": "harness.rain_sets.layouts:rain12",
        "Rain200L": "harness.rain_sets.layouts:rain200l",
        "Rain200H": "harness.rain_sets.layouts:rain200h",
        "Rain800": "harness.rain_sets.layouts:rain800",
        "Rain1200": "harness.rain_sets.layouts:rain1200",
        "Rain1400": "harness.rain_sets.layouts:rain1400",
        "Test100": "harness.rain_sets.layouts:test100",
        "Test1200": "harness.rain_sets.layouts:test1200",
        "Test2800": "harness.rain_sets.layouts:test2800",
        "SPA-Data": "harness.rain_sets.layouts:spa_data",
        "RealRain-1k-L": "harness.rain_sets.layouts:realrain_1k_l",
        "RealRain-1k-H": "harness.rain_sets.layouts:realrain_1k_h",
        "SIRR-real": "harness.rain_sets.layouts:sirr_real",
        "CamVid": "harness.rain_sets.layouts:camvid",
        "Cityscapes": "harness.rain_sets.layouts:cityscapes",
        "RainCityscapes": "harness.rain_sets.layouts:rain_cityscapes",
        "pairs": "harness.rain_sets.pairs:PairedRainSet",
        "side-by-side": "harness.rain_sets.pairs:SideBySideRainSet",
        "unpaired": "harness.rain_sets.unpaired:UnpairedRainSet",
        "coco": "harness.rain_sets.coco:CocoRainSet",
        "labelled": "harness.rain_sets.labelled:LabelledRainSet",
    },
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
    given = name.lower()
    near = difflib.get_close_matches(given, by_lower, n=5, cutoff=0.5)
    if not near:
        return ""

    def likeness(candidate: str) -> tuple[float, int]:
        ratio = difflib.SequenceMatcher(None, given, candidate).ratio()
        return ratio, len(os.path.commonprefix([given, candidate]))  # noqa: RUF071 - letters are meant

    return f"; did you mean {by_lower[max(near, key=likeness)]!r}?"


def names(kind: Kind) -> list[str]:
    """Return every registered name: ours in their order, then the plugins' sorted."""
    return [*BUILT_IN[kind], *sorted(_plugins(kind))]


def load(kind: Kind, name: str) -> Callable[..., Any]:
    """Import one entry.

    Args:
        kind: Of what.
        name: In upper or lower case.

    Returns:
        The callable that builds the derainer, rain set or task from its options.

    Raises:
        ConfigError: If nobody registered the name; the nearest known one is shown.
        PluginError: If the entry is registered and does not import.
    """
    by_lower = {known.lower(): reference for known, reference in BUILT_IN[kind].items()}
    reference = by_lower.get(name.lower())
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
