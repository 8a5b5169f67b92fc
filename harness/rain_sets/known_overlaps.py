"""Training data that is known to show pictures of a public test set, and who says so."""

import re
from typing import NamedTuple

_RAIN_TRAIN_H = (
    "546 of its 1800 training pictures show backgrounds of Rain100H's test part "
    "(readme of github.com/csdwren/PReNet)"
)


class KnownOverlap(NamedTuple):
    """Training data that shows pictures of a test set.

    Attributes:
        trained_on: As what weights learned from is called; in any case of letters.
        tested_on: The test set, by the layout's name in a configuration.
        what: Of the training data, as a part of a sentence, and the source.
        left_out_by: Where weights come from whose authors say that they left those out.
    """

    trained_on: str
    tested_on: str
    what: str
    left_out_by: str = ""


KNOWN_OVERLAPS = (
    KnownOverlap("Rain100H", "Rain100H", _RAIN_TRAIN_H, "github.com/csdwren/"),
    KnownOverlap("RainTrainH", "Rain100H", _RAIN_TRAIN_H, "github.com/csdwren/"),
    KnownOverlap("Rain1800", "Rain100H", _RAIN_TRAIN_H),
    KnownOverlap(
        "Rain13K",
        "Rain100H",
        "it holds all 1800 of Rain1800 (Zamir et al., MPRNet, CVPR 2021), of which 546 show "
        "backgrounds of Rain100H's test part (readme of github.com/csdwren/PReNet)",
    ),
    KnownOverlap(
        "Rain13K", "Rain12", "it holds the 12 pairs of Rain12 (Zamir et al., MPRNet, CVPR 2021)"
    ),
)
"""What was found so far. `rdmc-bench check --against` finds others where both sets are at hand."""


OTHER_NAMES = {
    "streets": "rendered streets",
    "streets-light": "rendered streets",
    "streets-heavy": "rendered streets",
    "DDN-Data": "Rain1400",
    "DID-Data": "Rain1200",
}
"""By layout, what facts call the set whose training part weights learned from."""


def names_set(trained_on: str, rain_set: str) -> bool:
    """Return whether a text on what weights learned from names a set, as a word of its own.

    >>> names_set("Rain100H (the default)", "rain100h"), names_set("Rain1200", "Rain12")
    (True, False)
    """
    return re.search(rf"(?<!\w){re.escape(rain_set)}(?!\w)", trained_on, re.IGNORECASE) is not None


def known_overlap(trained_on: str, source: str, tested_on: str) -> str:
    """Return what is known of weights that learned from pictures of a test set, "" for nothing.

    Args:
        trained_on: What the weights learned from, as their facts say it.
        source: Where they come from, likewise.
        tested_on: The test set, by the layout's name, in any case of letters.
    """
    for one in KNOWN_OVERLAPS:
        is_left_out = bool(one.left_out_by) and one.left_out_by in source
        if (
            one.tested_on.lower() == tested_on.lower()
            and names_set(trained_on, one.trained_on)
            and not is_left_out
        ):
            return f"{one.trained_on}, and {one.what}"
    return ""


def other_part(trained_on: str, tested_on: str) -> str:
    """Return the set of which weights learned from another part than is tested, "" for none.

    Args:
        trained_on: What the weights learned from, as their facts say it.
        tested_on: The test set, by the layout's name.

    >>> other_part("COCO train2017, CamVid train", "CamVid"), other_part("Rain800", "CamVid")
    ('CamVid', '')
    """
    names = filter(None, (tested_on, OTHER_NAMES.get(tested_on)))
    return next((name for name in names if names_set(trained_on, name)), "")
