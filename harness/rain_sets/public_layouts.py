"""From an entry of `PUBLIC_FILES` to what a configuration's ``layout`` builds."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import DirectoryPath, Field

from harness.errors import ConfigError
from harness.rain_sets.files import any_match, check_folder, no_match
from harness.rain_sets.files_layout import FilesRainSet
from harness.rain_sets.layout_options import PicturesOptions, TruthsOptions
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.public_files import PUBLIC_FILES, Layout, PublicFiles
from harness.rain_sets.selection import Choice
from harness.samples import RainSet

MaxSide = Annotated[int, Field(ge=32)] | None


def of_one_part(key: str) -> Callable[..., RainSet]:
    """Return the builder of a set whose entry has no parts to choose from.

    Args:
        key: Of the entry.
    """

    def build(
        name: str,
        root: DirectoryPath,
        only: Choice | None = None,
        exclude: Choice | None = None,
        max_side: MaxSide = None,
    ) -> RainSet:
        return _build(PUBLIC_FILES[key], name, root, "", only, exclude, max_side)

    return _described(build, key)


def of_parts(key: str) -> Callable[..., RainSet]:
    """Return the builder of a set of which a user chooses the part.

    Args:
        key: Of the entry.
    """

    def build(
        name: str,
        root: DirectoryPath,
        split: Literal["val", "train"] = "val",
        only: Choice | None = None,
        exclude: Choice | None = None,
        max_side: MaxSide = None,
    ) -> RainSet:
        return _build(PUBLIC_FILES[key], name, root, split, only, exclude, max_side)

    return _described(build, key)


def _described(build: Callable[..., RainSet], key: str) -> Callable[..., RainSet]:
    facts = PUBLIC_FILES[key]
    build.__name__ = key.replace("-", "_")
    build.__doc__ = f"{facts.title}: {facts.description}."
    return build


def _build(
    facts: PublicFiles,
    name: str,
    root: Path,
    split: str,
    only: Choice | None,
    exclude: Choice | None,
    max_side: int | None,
) -> RainSet:
    check_folder(name, root)
    options = _that_matches(name, root, [_of_split(one, split) for one in facts.layouts])
    weather = options.get("only")
    if only is not None and weather is not None:
        if not isinstance(only, dict):
            raise ConfigError(f"{name}: `only` must choose by attributes here, beside {weather}")
        only = {**weather, **only}
    rain_set = FilesRainSet(
        name,
        root,
        PicturesOptions.model_validate(options["pictures"]),
        TruthsOptions.model_validate(options.get("truths", {})),
        only if only is not None else weather,
        exclude,
        max_side,
        options.get("spare_truth", False),
        options.get("spare_pictures", False),
    )
    is_whole = only == weather or only is None
    counted = is_whole and exclude is None and split in ("", *facts.splits[:1])
    rain_set.description = _description(facts, split, len(rain_set.ids()), counted)
    return rain_set


def _of_split(layout: Layout, split: str) -> Layout:
    chosen: Layout = json.loads(json.dumps(layout).replace("{split}", split))
    return chosen


def _that_matches(name: str, root: Path, layouts: list[Layout]) -> Layout:
    """Return the first layout whose files are there, else the first whose pictures are.

    Raises:
        ConfigError: If no pictures of any are there.
    """
    half = None
    for layout in layouts:
        patterns = _patterns(layout)
        if not any_match(root, patterns[0]):
            continue
        half = layout if half is None else half
        files = [root / one for one in _files(layout)]
        if all(path.is_file() for path in files) and all(
            any_match(root, pattern) for pattern in patterns
        ):
            return layout
    if half is None:
        raise no_match(name, root, *(_patterns(layout)[0] for layout in layouts))
    return half


def _patterns(layout: Layout) -> list[NamePattern]:
    pictures, truths = layout["pictures"], layout.get("truths", {})
    texts = [pictures] if isinstance(pictures, str) else [pictures["rainy"], pictures["clean"]]
    boxes: Mapping[str, Any] = truths.get("boxes", {})
    texts += [boxes["voc"]] if "voc" in boxes else []
    texts += [truths["label_maps"]["files"]] if "label_maps" in truths else []
    return [NamePattern(text) for text in texts]


def _files(layout: Layout) -> list[str]:
    boxes: Mapping[str, Any] = layout.get("truths", {}).get("boxes", {})
    return [boxes[kind] for kind in ("coco", "bdd100k") if kind in boxes]


def _description(facts: PublicFiles, split: str, number: int, counted: bool) -> str:
    part = f", {split} part" if split else ""
    differs = ""
    if counted and facts.images is not None and number != facts.images:
        differs = f"; {number} images here, {facts.images} published"
    return f"{facts.title}: {facts.description}{part} ({facts.paper}){differs}"


rain13k = of_one_part("rain13k")
did_data = of_one_part("did-data")
ddn_data = of_one_part("ddn-data")
rainds_syn = of_one_part("rainds-syn")
rainds_real = of_one_part("rainds-real")
gt_rain = of_one_part("gt-rain")
lhp_rain = of_one_part("lhp-rain")
rid = of_one_part("rid")
ris = of_one_part("ris")
coco350 = of_one_part("coco350")
bdd350 = of_one_part("bdd350")
bdd150 = of_one_part("bdd150")
dawn = of_one_part("dawn")
bdd100k_rain = of_parts("bdd100k-rain")
acdc_rain = of_parts("acdc-rain")
idd_aw = of_parts("idd-aw")
