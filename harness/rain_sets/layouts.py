"""The public rain sets, ready to use: give the folder, get the rain set.

The function's name is the layout's name in a configuration, with ``_`` for ``-``. What is
published of each set stands in `harness.rain_sets.catalogue`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import DirectoryPath

from harness.rain_sets.catalogue import (
    CAMVID_CLASSES,
    CITYSCAPES_CLASSES,
    PUBLIC_SETS,
    PublicSet,
    SideBySide,
)
from harness.rain_sets.files import any_match, check_folder, no_match
from harness.rain_sets.labelled import LabelledRainSet
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.pairs import PairedRainSet, SideBySideRainSet
from harness.rain_sets.unpaired import UnpairedRainSet
from harness.samples import RainSet

Rain = Literal["none", "light", "heavy"]

_Arrangement = TypeVar("_Arrangement", bound=tuple[str, ...])
_Set = TypeVar("_Set", bound=RainSet)


def rain100l(name: str, root: DirectoryPath) -> RainSet:
    """Rain100L: 100 pairs with light streaks."""
    return _paired(name, root, PUBLIC_SETS["rain100l"])


def rain100h(name: str, root: DirectoryPath) -> RainSet:
    """Rain100H: 100 pairs with heavy streaks."""
    return _paired(name, root, PUBLIC_SETS["rain100h"])


def rain12(name: str, root: DirectoryPath) -> RainSet:
    """Rain12: 12 pairs."""
    return _paired(name, root, PUBLIC_SETS["rain12"])


def rain200l(name: str, root: DirectoryPath) -> RainSet:
    """Rain200L: 200 pairs with light streaks; ``root`` is the test folder."""
    return _paired(name, root, PUBLIC_SETS["rain200l"])


def rain200h(name: str, root: DirectoryPath) -> RainSet:
    """Rain200H: 200 pairs with heavy streaks; ``root`` is the test folder."""
    return _paired(name, root, PUBLIC_SETS["rain200h"])


def rain800(name: str, root: DirectoryPath) -> RainSet:
    """Rain800's test part: 100 pairs, as they came a pair in one file with the clean half left."""
    return _paired(name, root, PUBLIC_SETS["rain800"])


def rain1200(name: str, root: DirectoryPath) -> RainSet:
    """Rain1200's test part: 1200 pairs, each in one file with the rainy half left."""
    return _paired(name, root, PUBLIC_SETS["rain1200"])


def rain1400(name: str, root: DirectoryPath) -> RainSet:
    """Rain1400's test part: 14 rains on each of 100 clean images."""
    return _paired(name, root, PUBLIC_SETS["rain1400"])


def test100(name: str, root: DirectoryPath) -> RainSet:
    """Test100: folders ``input`` and ``target``, as Rain13K ships it."""
    return _paired(name, root, PUBLIC_SETS["test100"])


def test1200(name: str, root: DirectoryPath) -> RainSet:
    """Test1200: folders ``input`` and ``target``, as Rain13K ships it."""
    return _paired(name, root, PUBLIC_SETS["test1200"])


def test2800(name: str, root: DirectoryPath) -> RainSet:
    """Test2800: folders ``input`` and ``target``, as Rain13K ships it."""
    return _paired(name, root, PUBLIC_SETS["test2800"])


def spa_data(name: str, root: DirectoryPath) -> RainSet:
    """SPA-Data's ``real_test_1000``: 1000 pairs of real rain."""
    return _paired(name, root, PUBLIC_SETS["spa-data"])


def realrain_1k_l(name: str, root: DirectoryPath) -> RainSet:
    """RealRain-1k-L's test part: 224 pairs of real rain."""
    return _paired(name, root, PUBLIC_SETS["realrain-1k-l"])


def realrain_1k_h(name: str, root: DirectoryPath) -> RainSet:
    """RealRain-1k-H's test part: 224 pairs of real rain."""
    return _paired(name, root, PUBLIC_SETS["realrain-1k-h"])


def sirr_real(name: str, root: DirectoryPath) -> RainSet:
    """SIRR's 147 photographs of real rain; ``root`` holds them."""
    rain_set = UnpairedRainSet(name, root)
    return _described(rain_set, PUBLIC_SETS["sirr-real"])


def camvid(
    name: str,
    root: DirectoryPath,
    split: Literal["train", "val", "test"] = "test",
    rain: Rain = "none",
    rain_seed: int = 0,
) -> RainSet:
    """CamVid in SegNet's split, with our rain; ``root`` holds ``train``, ``val`` and ``test``."""
    arrangements = (
        (f"{split}/images/{{id}}.*", f"{split}/labels/{{id}}.png"),
        (f"{split}/{{id}}.png", f"{split}annot/{{id}}.png"),
    )
    images, labels = _first_that_matches(name, root, arrangements)
    rain_set = LabelledRainSet(
        name,
        root,
        images,
        labels,
        classes=list(CAMVID_CLASSES),
        ignore=[11],
        rain=rain,
        rain_seed=rain_seed,
    )
    return _described(rain_set, PUBLIC_SETS["camvid"], split, rain)


def cityscapes(
    name: str,
    root: DirectoryPath,
    split: Literal["train", "val"] = "val",
    rain: Rain = "none",
    rain_seed: int = 0,
) -> RainSet:
    """Cityscapes with our rain; ``root`` holds ``leftImg8bit`` and ``gtFine``."""
    rain_set = LabelledRainSet(
        name,
        root,
        images=f"leftImg8bit/{split}/{{city}}/{{city}}_{{frame}}_leftImg8bit.png",
        labels=f"gtFine/{split}/{{city}}/{{city}}_{{frame}}_gtFine_labelIds.png",
        classes=list(CITYSCAPES_CLASSES),
        values=list(CITYSCAPES_CLASSES.values()),
        ignore=_CITYSCAPES_IGNORED,
        rain=rain,
        rain_seed=rain_seed,
    )
    return _described(rain_set, PUBLIC_SETS["cityscapes"], split, rain)


def rain_cityscapes(
    name: str, root: DirectoryPath, split: Literal["train", "val"] = "val"
) -> RainSet:
    """RainCityscapes; ``root`` holds ``leftImg8bit_rain`` and Cityscapes itself."""
    scene = f"{split}/{{city}}/{{city}}_{{frame}}"
    rain_set = LabelledRainSet(
        name,
        root,
        images=f"leftImg8bit_rain/{scene}_leftImg8bit_rain_{{rain}}.png",
        labels=f"gtFine/{scene}_gtFine_labelIds.png",
        classes=list(CITYSCAPES_CLASSES),
        values=list(CITYSCAPES_CLASSES.values()),
        ignore=_CITYSCAPES_IGNORED,
        clean=f"leftImg8bit/{scene}_leftImg8bit.png",
        spare_truth=True,
    )
    return _described(rain_set, PUBLIC_SETS["rain-cityscapes"], split)


_CITYSCAPES_IGNORED = sorted({*range(34)} - {*CITYSCAPES_CLASSES.values()})


def _paired(name: str, root: Path, facts: PublicSet) -> RainSet:
    chosen = _first_that_matches(name, root, facts.arrangements)
    rain_set: RainSet
    if isinstance(chosen, SideBySide):
        rain_set = SideBySideRainSet(name, root, chosen.pictures, chosen.clean_side)
    else:
        rain_set = PairedRainSet(name, root, *chosen)
    return _described(rain_set, facts)


def _first_that_matches(
    name: str, root: Path, arrangements: Sequence[_Arrangement]
) -> _Arrangement:
    """Return the first arrangement all of whose patterns match, else the first with one that does.

    Raises:
        ConfigError: If the folder is missing or no pattern of any arrangement matches.
    """
    check_folder(name, root)
    half = None
    for arrangement in arrangements:
        matches = [any_match(root, pattern) for pattern in _patterns(arrangement)]
        if all(matches):
            return arrangement
        if any(matches) and half is None:
            half = arrangement
    if half is None:
        raise no_match(name, root, *(_patterns(one)[0] for one in arrangements))
    return half


def _patterns(arrangement: tuple[str, ...]) -> list[NamePattern]:
    texts = arrangement[:1] if isinstance(arrangement, SideBySide) else arrangement
    return [NamePattern(text) for text in texts]


def _described(rain_set: _Set, facts: PublicSet, split: str = "", rain: Rain | None = None) -> _Set:
    """Give a rain set its description, with a word on a number that is not the published one.

    Args:
        rain_set: The set.
        facts: What is published of it.
        split: Which part it is, where the user may choose.
        rain: What was drawn, for a set without rain of its own.
    """
    part = f", {split} part" if split else ""
    drawn = f", {'no' if rain == 'none' else rain} rain drawn by this project" if rain else ""
    number = len(rain_set.ids())
    counted = split in {"", facts.split} and number != facts.images
    differs = f"; {number} images here, {facts.images} published" if counted else ""
    rain_set.description = (
        f"{facts.title}: {facts.description}{part}{drawn} ({facts.paper}){differs}"
    )
    return rain_set
