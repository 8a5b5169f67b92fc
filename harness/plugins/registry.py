"""Names of derainers, rain sets and tasks, each a lazy ``module:attribute``.

Naming one imports that one alone: a broken plugin harms nobody who does not use it. Third
parties add entries through the entry-point groups in `GROUPS`.
"""

import functools
import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, NamedTuple

from harness.errors import BenchError, ConfigError
from harness.foreign_code import cause_of, outcome
from harness.nearest import nearest

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
        "dpenet": "baselines.dpenet:DPENetDerainer",
        "maxim": "baselines.maxim:MAXIMDerainer",
        "rdmc": "baselines.rdmc:RDMC",
        "rdmc-s": "baselines.rdmc:RDMCSmall",
        "folder": "baselines.folder:FolderDerainer",
        "command": "baselines.command:CommandDerainer",
        "onnx": "baselines.onnx:OnnxDerainer",
        "spandrel": "baselines.spandrel_file:SpandrelDerainer",
        "torchscript": "baselines.torchscript:TorchScriptDerainer",
    },
    "rain-sets": {
        "streets-light": "harness.rain_sets.streets:streets_light",
        "streets-heavy": "harness.rain_sets.streets:streets_heavy",
        "streets": "harness.rain_sets.streets:StreetsRainSet",
        "Rain100L": "harness.rain_sets.public_layouts:rain100l",
        "Rain100H": "harness.rain_sets.public_layouts:rain100h",
        "Rain12": "harness.rain_sets.public_layouts:rain12",
        "Rain200L": "harness.rain_sets.public_layouts:rain200l",
        "Rain200H": "harness.rain_sets.public_layouts:rain200h",
        "Rain800": "harness.rain_sets.public_layouts:rain800",
        "Rain1200": "harness.rain_sets.public_layouts:rain1200",
        "Rain1400": "harness.rain_sets.public_layouts:rain1400",
        "Test100": "harness.rain_sets.public_layouts:test100",
        "Test1200": "harness.rain_sets.public_layouts:test1200",
        "Test2800": "harness.rain_sets.public_layouts:test2800",
        "SPA-Data": "harness.rain_sets.public_layouts:spa_data",
        "RealRain-1k-L": "harness.rain_sets.public_layouts:realrain_1k_l",
        "RealRain-1k-H": "harness.rain_sets.public_layouts:realrain_1k_h",
        "SIRR-real": "harness.rain_sets.public_layouts:sirr_real",
        "CamVid": "harness.rain_sets.public_layouts:camvid",
        "Cityscapes": "harness.rain_sets.public_layouts:cityscapes",
        "RainCityscapes": "harness.rain_sets.public_layouts:raincityscapes",
        "Rain13K": "harness.rain_sets.public_layouts:rain13k",
        "DID-Data": "harness.rain_sets.public_layouts:did_data",
        "DDN-Data": "harness.rain_sets.public_layouts:ddn_data",
        "RainDS-syn": "harness.rain_sets.public_layouts:rainds_syn",
        "RainDS-real": "harness.rain_sets.public_layouts:rainds_real",
        "GT-RAIN": "harness.rain_sets.public_layouts:gt_rain",
        "LHP-Rain": "harness.rain_sets.public_layouts:lhp_rain",
        "RID": "harness.rain_sets.public_layouts:rid",
        "RIS": "harness.rain_sets.public_layouts:ris",
        "COCO350": "harness.rain_sets.public_layouts:coco350",
        "BDD350": "harness.rain_sets.public_layouts:bdd350",
        "BDD150": "harness.rain_sets.public_layouts:bdd150",
        "DAWN": "harness.rain_sets.public_layouts:dawn",
        "BDD100K-rain": "harness.rain_sets.public_layouts:bdd100k_rain",
        "ACDC-rain": "harness.rain_sets.public_layouts:acdc_rain",
        "IDD-AW": "harness.rain_sets.public_layouts:idd_aw",
        "files": "harness.rain_sets.files_layout:FilesRainSet",
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
        "niqe": "tasks.niqe:NiqeTask",
        "pyiqa": "tasks.pyiqa_metric:PyiqaTask",
        "detection-agreement": "tasks.detection_agreement:DetectionAgreement",
        "detection-change": "tasks.detection_agreement:DetectionChange",
        "segmentation-agreement": "tasks.segmentation_agreement:SegmentationAgreement",
        "segmentation-change": "tasks.segmentation_agreement:SegmentationChange",
        "pictures": "tasks.shown_pictures:PicturesTask",
    },
}


class PluginError(BenchError):
    """A registered entry cannot be used; the text names it and the cause."""


class Conflict(NamedTuple):
    """A name that several register, which prints as a line for a person.

    Attributes:
        name: What they register.
        packages: Who does, apart from this project.
        is_built_in: Whether this project does too: then its own entry is used.
    """

    name: str
    packages: tuple[str, ...]
    is_built_in: bool

    def __str__(self) -> str:
        """Return what is wrong, whom it concerns and what to do."""
        who = " and ".join(self.packages)
        if self.is_built_in:
            return (
                f"{self.name}: the built-in one is used, not that of {who}, "
                "which must be registered under another name"
            )
        return (
            f"{self.name}: registered by {who}, so neither can be used; "
            "uninstall one, or register it under another name"
        )


def names(kind: Kind) -> list[str]:
    """Return every registered name: ours in their order, then the plugins' sorted."""
    ours = {name.lower() for name in BUILT_IN[kind]}
    plugins = {name: entries[0].name for name, entries in _plugins(kind).items()}
    return [*BUILT_IN[kind], *sorted(shown for name, shown in plugins.items() if name not in ours)]


def conflicts(kind: Kind) -> list[Conflict]:
    """Return the names that two packages register, or a package and this project."""
    ours = {name.lower() for name in BUILT_IN[kind]}
    return [
        Conflict(entries[0].name, tuple(map(_package, entries)), name in ours)
        for name, entries in sorted(_plugins(kind).items())
        if name in ours or len(entries) > 1
    ]


def load(kind: Kind, name: str) -> Callable[..., Any]:
    """Import one entry.

    Args:
        kind: Of what.
        name: In upper or lower case.

    Returns:
        The callable that builds the derainer, rain set or task from its options.

    Raises:
        ConfigError: If nobody registered the name; the nearest known one is shown.
        PluginError: If the entry is registered and does not import, or by two packages.
    """
    by_lower = {known.lower(): reference for known, reference in BUILT_IN[kind].items()}
    reference = by_lower.get(name.lower())
    whose = ""
    if reference is None:
        entries = _plugins(kind).get(name.lower(), [])
        if not entries:
            known = names(kind)
            raise ConfigError(
                f"no {kind[:-1].replace('-', ' ')} is named {name!r}{nearest(name, known) or '.'} "
                f"Known: {', '.join(known)}"
            )
        if len(entries) > 1:
            raise PluginError(str(Conflict(name, tuple(map(_package, entries)), False)))
        reference, whose = entries[0].value, f" of {_package(entries[0])}"
    target, error = outcome(lambda: _import(reference))
    if error is not None:
        raise PluginError(
            f"{name}: {reference}{whose} does not import ({cause_of(error)})"
        ) from error
    if not callable(target):
        raise PluginError(f"{name}: {reference}{whose} is no class or function")
    return target  # type: ignore[no-any-return]


def _import(reference: str) -> Any:
    module_name, _, attribute = reference.partition(":")
    module = importlib.import_module(module_name.strip())
    return functools.reduce(getattr, attribute.split("[")[0].strip().split("."), module)


def _package(entry: EntryPoint) -> str:
    return f"the package {entry.dist.name}" if entry.dist is not None else entry.value


def _plugins(kind: Kind) -> dict[str, list[EntryPoint]]:
    """Return who registers each name, by the name in lower case."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUPS[kind]):
        found.setdefault(entry.name.lower(), []).append(entry)
    return found
