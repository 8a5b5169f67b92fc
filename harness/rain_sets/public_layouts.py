"""From an entry of `PUBLIC_SETS` to what a configuration's ``layout`` builds.

The name of a builder here is the layout's name in lower case, with ``_`` for ``-``.
"""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import DirectoryPath

from harness.errors import ConfigError
from harness.rain_sets.drawn_rain import HowItMayRain, rain_protocol
from harness.rain_sets.files import any_match, check_folder, no_match
from harness.rain_sets.files_layout import CropMultiple, FilesRainSet, MaxSide
from harness.rain_sets.layout_options import PicturesOptions, TruthsOptions
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.public_set import Layout, PublicSet
from harness.rain_sets.public_sets import PUBLIC_SETS
from harness.rain_sets.selection import Choice, Every
from harness.samples import RainSet


def __getattr__(name: str) -> Callable[..., RainSet]:
    """Return the builder of a set.

    Raises:
        AttributeError: If there is no such set.
    """
    key = name.replace("_", "-")
    if key not in PUBLIC_SETS:
        raise AttributeError(f"no public rain set is called {key!r}")
    return builder(key)


MEANINGS = {
    "name": "As it stands in the tables.",
    "root": "The folder that holds the set as its authors lay it out.",
    "split": "Which of the set's parts.",
    "rain": "``light``, ``heavy`` or numbers draw our rain on the pictures, which are then the "
    "clean ones; ``none`` takes them as they are.",
    "rain_seed": "Of the drawn rain.",
    "only": "The pictures that count: patterns of ids or files, or values by the name of an "
    "attribute that the annotations give.",
    "exclude": "The pictures that do not count, as ``only`` has them.",
    "every": "Of what is left, the first, and from it on every so manieth in the order of ids.",
    "max_side": "Makes pictures and truths smaller, to a longer side of so many pixels at most.",
    "crop_multiple": "Cuts the right and lower side of pictures and truths to multiples of so many "
    "pixels, for networks that restore no others.",
}
"""What each option means, as a user is told."""


def builder(key: str) -> Callable[..., RainSet]:
    """Return the builder of a set, with the options that its entry leaves to the user.

    Args:
        key: Of the entry.
    """
    facts = PUBLIC_SETS[key]
    signature = inspect.Signature(
        [
            inspect.Parameter(
                name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind, default=default
            )
            for name, (kind, default) in _options(facts).items()
        ]
    )

    def build(*args: Any, **options: Any) -> RainSet:
        given = signature.bind(*args, **options)
        given.apply_defaults()
        return _build(facts, **given.arguments)

    build.__name__ = key.replace("-", "_")
    build.__doc__ = _documentation(facts, signature.parameters)
    build.__annotations__ = {name: kind for name, (kind, _) in _options(facts).items()}
    build.__signature__ = signature  # type: ignore[attr-defined]
    return build


def _documentation(facts: PublicSet, options: Iterable[str]) -> str:
    listed = "".join(f"\n    {name}: {MEANINGS[name]}" for name in options)
    return f"{facts.title}: {facts.description}.\n\nArgs:{listed}"


def _options(facts: PublicSet) -> dict[str, tuple[Any, Any]]:
    """Return type and default of each option."""
    needed = inspect.Parameter.empty
    options: dict[str, tuple[Any, Any]] = {"name": (str, needed), "root": (DirectoryPath, needed)}
    if facts.splits:
        options["split"] = (Literal[facts.splits], facts.splits[0])
    if facts.rain_is_drawn:
        options |= {"rain": (HowItMayRain, "none"), "rain_seed": (int, 0)}
    return options | {
        "only": (Choice | None, None),
        "exclude": (Choice | None, None),
        "every": (Every | None, None),
        "max_side": (MaxSide | None, None),
        "crop_multiple": (CropMultiple | None, None),
    }


def _build(
    facts: PublicSet,
    name: str,
    root: Path,
    only: Choice | None,
    exclude: Choice | None,
    every: int | None,
    max_side: int | None,
    crop_multiple: int | None,
    split: str = "",
    rain: Any = "none",
    rain_seed: int = 0,
) -> RainSet:
    check_folder(name, root)
    options = _that_matches(name, root, [_of_split(one, split) for one in facts.layouts])
    weather = options.get("only")
    if only is not None and weather is not None:
        if not isinstance(only, dict):
            raise ConfigError(f"{name}: `only` must choose by attributes here, beside {weather}")
        only = {**weather, **only}
    pictures = options["pictures"]
    if rain != "none":
        pictures = {"clean": pictures, "rain": rain, "rain_seed": rain_seed}
    rain_set = FilesRainSet(
        name,
        root,
        PicturesOptions.model_validate(pictures),
        TruthsOptions.model_validate(options.get("truths", {})),
        only if only is not None else weather,
        exclude,
        every,
        max_side,
        crop_multiple,
        options.get("spare_truth", False),
        options.get("spare_pictures", False),
    )
    rain_set.keeps_older_keys = facts.keeps_older_keys
    is_whole = only == weather or only is None
    counted = is_whole and exclude is None and every is None and split in ("", *facts.splits[:1])
    drawn = f", {_rain_words(rain)} rain drawn by this project" if facts.rain_is_drawn else ""
    rain_set.description = _description(facts, split, drawn, len(rain_set.ids()), counted)
    return rain_set


def _rain_words(rain: Any) -> str:
    return "no" if rain == "none" else rain_protocol(rain)


def _of_split(layout: Layout, split: str) -> Layout:
    chosen: Layout = json.loads(json.dumps(layout).replace("{split}", split))
    return chosen


def _that_matches(name: str, root: Path, layouts: list[Layout]) -> Layout:
    """Return the first layout whose files are there, else the first with pictures that are.

    Raises:
        ConfigError: If no pictures of any are there.
    """
    half = None
    for layout in layouts:
        patterns = _patterns(layout)
        matches = [any_match(root, pattern) for pattern in patterns]
        if all(matches) and all((root / one).is_file() for one in _files(layout)):
            return layout
        if any(matches) and half is None:
            half = layout
    if half is None:
        raise no_match(
            name,
            root,
            *(_patterns(layout)[0] for layout in layouts),
            advice="say how yours lie with `layout: files`, or `layout: pairs` with `rainy` and "
            "`clean`",
        )
    return half


def _patterns(layout: Layout) -> list[NamePattern]:
    """Return what the files of a layout are found by, its pictures first."""
    pictures, truths = layout["pictures"], layout.get("truths", {})
    texts = [pictures] if isinstance(pictures, str) else _texts(pictures)
    boxes: Mapping[str, Any] = truths.get("boxes", {})
    texts += [boxes[kind] for kind in ("voc", "cityscapes") if kind in boxes]
    texts += [truths["label_maps"]["files"]] if "label_maps" in truths else []
    return [NamePattern(text) for text in texts]


def _texts(pictures: Mapping[str, str]) -> list[str]:
    return [pictures[key] for key in ("rainy", "side_by_side", "clean") if key in pictures]


def _files(layout: Layout) -> list[str]:
    boxes: Mapping[str, Any] = layout.get("truths", {}).get("boxes", {})
    return [boxes[kind] for kind in ("coco", "bdd100k") if kind in boxes]


def _description(facts: PublicSet, split: str, drawn: str, number: int, counted: bool) -> str:
    """Return what the report says of a set, with a word on a number that is not the published."""
    part = f", {split} part" if split else ""
    differs = ""
    if counted and facts.images is not None and number != facts.images:
        differs = f"; {number} images here, {facts.images} published"
    return f"{facts.title}: {facts.description}{part}{drawn} ({facts.paper}){differs}"
