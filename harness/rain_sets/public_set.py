"""What an entry of the public rain sets says: what is published, and how the files lie.

Every entry is data: facts for tables and notes, and options of the layout ``files``. A layout that
was not seen on the original files says so; it follows what the authors or loaders of others
describe, and is tried on a miniature. If yours lies otherwise, the same options in
``layout: files`` read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Layout = Mapping[str, Any]
"""Options of the layout ``files``; ``{split}`` stands for the chosen part."""


@dataclass(frozen=True)
class PublicSet:
    """What is published of a rain set, and how its files lie.

    Attributes:
        title: The name that papers use.
        description: What it shows, in a few words.
        paper: Authors, title, venue and year.
        images: How many rainy images its part for testing has; None where nobody says.
        licence: What its authors allow.
        source: Where its authors offer it.
        layouts: How its files may lie below ``root``; the first that matches is taken.
        traps: What is known to go wrong with it.
        splits: Parts to choose from, the one that ``images`` counts first; none for one part.
        seen: Whether a layout was tried on the original files.
        unverified: Which of these facts nobody held against a source.
        rain_is_drawn: Whether its pictures are clean, so that a user chooses the rain.
        keeps_older_keys: See `ComposedRainSet`: for sets that were there before it.
    """

    title: str
    description: str
    paper: str
    images: int | None
    licence: str
    source: str
    layouts: tuple[Layout, ...]
    traps: str = ""
    splits: tuple[str, ...] = ()
    seen: bool = False
    unverified: str = ""
    rain_is_drawn: bool = False
    keeps_older_keys: bool = False


NOT_STATED = "not stated"
RESEARCH = "research use"


def pairs(rainy: str, clean: str) -> Layout:
    """Return the layout of pairs in files of their own."""
    return {"pictures": {"rainy": rainy, "clean": clean}}


def halves(pictures: str, clean_side: Literal["left", "right"]) -> Layout:
    """Return the layout of pairs as halves of one file."""
    return {"pictures": {"side_by_side": pictures, "clean_side": clean_side}}


INPUT_TARGET = pairs("input/{id}.*", "target/{id}.*")
"""How MSPFN, MPRNet and Restormer ship the test sets of Rain13K: both sides under one name."""

TEST_INPUT_TARGET = pairs("test/input/{id}.*", "test/target/{id}.*")

MSPFN = "Jiang et al., Multi-Scale Progressive Fusion Network, CVPR 2020"
RAINDS = "Quan et al., Removing Raindrops and Rain Streaks in One Go (RainDS), CVPR 2021"
