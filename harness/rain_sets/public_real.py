"""Public sets of real rain without other truths: pairs, and pictures alone."""

from collections.abc import Mapping

from harness.rain_sets.public_set import (
    INPUT_TARGET,
    MSPFN,
    NOT_STATED,
    RAINDS,
    RESEARCH,
    TEST_INPUT_TARGET,
    PublicSet,
    pairs,
)

_REALRAIN = "Li et al., Toward Real-world Single Image Deraining (RealRain-1k), arXiv 2022"
_REALRAIN_SOURCE = "github.com/hiker-lw/RealRain-1k"
_UNCOUNTED = "the number of images"


def _realrain(name: str, strength: str) -> PublicSet:
    return PublicSet(
        name,
        f"real {strength} rain, test part",
        _REALRAIN,
        224,
        NOT_STATED,
        _REALRAIN_SOURCE,
        (TEST_INPUT_TARGET, INPUT_TARGET),
        unverified=_UNCOUNTED,
        keeps_older_keys=True,
    )


REAL: Mapping[str, PublicSet] = {
    "spa-data": PublicSet(
        "SPA-Data",
        "real rain, the clean image won from a video of the same scene, test part",
        "Wang et al., Spatial Attentive Single-Image Deraining, CVPR 2019",
        1000,
        NOT_STATED,
        "github.com/stevewongv/SPANet",
        (pairs("rain/{id}.png", "gt/{id}gt.png"), INPUT_TARGET),
        "`root` is the folder `real_test_1000`",
        keeps_older_keys=True,
    ),
    "realrain-1k-l": _realrain("RealRain-1k-L", "light"),
    "realrain-1k-h": _realrain("RealRain-1k-H", "heavy"),
    "sirr-real": PublicSet(
        "SIRR-real",
        "photographs of real rain without reference",
        "Wei et al., Semi-supervised Transfer Learning for Image Rain Removal, CVPR 2019",
        147,
        NOT_STATED,
        "github.com/wwzjer/Semi-supervised-IRR",
        ({"pictures": "*"},),
        seen=True,
        keeps_older_keys=True,
    ),
    "rainds-real": PublicSet(
        "RainDS-real",
        "rain from a sprinkler before real scenes, test part",
        RAINDS,
        98,
        NOT_STATED,
        "github.com/Songforrr/RainDS_CCN",
        tuple(
            pairs(f"{folder}rainstreak/{rainy}.png", f"{folder}gt/{clean}.png")
            for folder in ("test_set/", "")
            for rainy, clean in (("rain-{id}", "norain-{id}"), ("{id}", "{id}"))
        ),
        "`rainstreak` of the test part has one file without its clean one, `IMG_7435.png`: leave "
        "it out with `exclude`; raindrops, and both together, have folders of their own",
        unverified=_UNCOUNTED,
    ),
    "gt-rain": PublicSet(
        "GT-RAIN",
        "real rain from webcams with the clean frame of another moment, test part",
        "Ba et al., Not Just Streaks: Towards Ground Truth for Single Image Deraining, ECCV 2022",
        2100,
        RESEARCH,
        "visual.ee.ucla.edu/gt_rain.htm; github.com/UCLA-VMG/GT-RAIN",
        (
            pairs(
                "GT-RAIN_test/{scene}/{name}-R-{id}.png", "GT-RAIN_test/{scene}/{name}-C-000.png"
            ),
            pairs("{scene}/{name}-R-{id}.png", "{scene}/{name}-C-000.png"),
        ),
        "the 300 rainy frames of each of 7 scenes share one clean frame, and light and plants "
        "change meanwhile",
    ),
    "lhp-rain": PublicSet(
        "LHP-Rain",
        "real rain in video, the clean image won from neighbouring frames, test part",
        "Guo et al., From Sky to the Ground: A Large-scale Benchmark for Real Rain, ICCV 2023",
        None,
        NOT_STATED,
        "yunguo224.github.io/LHP-Rain.github.io",
        (
            pairs("test/input/{id}.*", "test/gt/{id}.*"),
            pairs("input/{id}.*", "gt/{id}.*"),
            INPUT_TARGET,
        ),
        "comes whole (3000 videos, a million pairs) and as a smaller version",
    ),
    "bdd150": PublicSet(
        "BDD150",
        "real rain from BDD100K without reference",
        MSPFN,
        150,
        NOT_STATED,
        "github.com/kuijiang94/MSPFN",
        ({"pictures": "rain/{id}.*"}, {"pictures": "input/{id}.*"}, {"pictures": "{id}.*"}),
        "boxes are BDD100K's own: add them with `layout: files`",
        unverified=_UNCOUNTED,
    ),
}
"""The sets by the layout's name in a configuration."""
