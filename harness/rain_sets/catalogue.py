"""What is published of the public rain sets: images, papers, and how their folders are laid out.

Where one set circulates in several layouts, each is an arrangement, and the first that matches
the files is taken. They follow what published code reads: PReNet's scoring scripts (Rain100L,
Rain100H, Rain12, Rain1400), ID-CGAN's and DID-MDN's loaders (the halves of Rain800 and Rain1200),
and later derainers' loaders for the rest (Rain200L/H, SPA-Data, Rain13K, RealRain-1k).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from harness.streets.scenes import LABEL_CLASSES


class Pairs(NamedTuple):
    """Rainy and clean images in files of their own; see `NamePattern`."""

    rainy: str
    clean: str


class SideBySide(NamedTuple):
    """Rainy and clean halves in one file."""

    pictures: str
    clean_side: Literal["left", "right"]


@dataclass(frozen=True)
class PublicSet:
    """What is published of a rain set.

    Attributes:
        title: The name that papers use.
        description: What it shows, in a few words.
        paper: Authors, venue and year of who made it.
        images: How many rainy images its part for testing has.
        arrangements: How its files may lie below ``root``; empty where a builder of its own
            knows.
        split: Name of the part that ``images`` counts, where the user may choose another.
    """

    title: str
    description: str
    paper: str
    images: int
    arrangements: tuple[Pairs | SideBySide, ...] = ()
    split: str = ""


INPUT_TARGET = Pairs("input/{id}.*", "target/{id}.*")
"""How MSPFN, MPRNet and Restormer ship the test sets of Rain13K: both sides under one name."""

_JORDER = "Yang et al., Deep Joint Rain Detection and Removal from a Single Image, CVPR 2017"
_IDCGAN = "Zhang et al., Image De-raining Using a Conditional GAN, IEEE TCSVT 2020"
_DIDMDN = "Zhang and Patel, Density-aware Single Image De-raining (DID-MDN), CVPR 2018"
_DDN = "Fu et al., Removing Rain from Single Images via a Deep Detail Network, CVPR 2017"
_MSPFN = "Jiang et al., Multi-Scale Progressive Fusion Network, CVPR 2020"
_REALRAIN = "Li et al., Toward Real-world Single Image Deraining (RealRain-1k), arXiv 2022"

_RAIN100 = (
    Pairs("rainy/rain-{id}.png", "norain/norain-{id}.png"),
    Pairs("rainy/rain-{id}.png", "norain-{id}.png"),
    Pairs("rain-{id}.png", "norain-{id}.png"),
    INPUT_TARGET,
)
"""The second is PReNet's ``datasets/test/Rain100L``, with the clean images beside the folder."""

_RAIN200 = (Pairs("rain/X2/norain-{id}x2.png", "norain/norain-{id}.png"), INPUT_TARGET)

_SPLITS = (Pairs("test/input/{id}.*", "test/target/{id}.*"), INPUT_TARGET)

PUBLIC_SETS: Mapping[str, PublicSet] = {
    "rain100l": PublicSet("Rain100L", "light synthetic streaks", _JORDER, 100, _RAIN100),
    "rain100h": PublicSet("Rain100H", "heavy synthetic streaks", _JORDER, 100, _RAIN100),
    "rain12": PublicSet(
        "Rain12",
        "synthetic streaks",
        "Li et al., Rain Streak Removal Using Layer Priors, CVPR 2016",
        12,
        (
            Pairs("{id}_in.png", "{id}_GT.png"),
            Pairs("rainy/{id}.png", "groundtruth/{id}.png"),
            INPUT_TARGET,
        ),
    ),
    "rain200l": PublicSet(
        "Rain200L", "light synthetic streaks, the later release", _JORDER, 200, _RAIN200
    ),
    "rain200h": PublicSet(
        "Rain200H", "heavy synthetic streaks, the later release", _JORDER, 200, _RAIN200
    ),
    "rain800": PublicSet(
        "Rain800",
        "synthetic streaks on BSD500 and UCID photographs, test part",
        _IDCGAN,
        100,
        # The authors' test.lua restores B from AB (``which_direction=BtoA``): A, left, is clean.
        (
            Pairs("rain/rain-{id}.png", "norain/norain-{id}.png"),
            INPUT_TARGET,
            SideBySide("{id}.*", clean_side="left"),
        ),
    ),
    "rain1200": PublicSet(
        "Rain1200",
        "synthetic streaks of three densities, test part",
        _DIDMDN,
        1200,
        # The authors' pix2pix_val.py gives the left half as the network's input.
        (INPUT_TARGET, SideBySide("{id}.*", clean_side="right")),
    ),
    "rain1400": PublicSet(
        "Rain1400",
        "14 synthetic rains on each of 100 scenes",
        _DDN,
        1400,
        (Pairs("rainy_image/{scene}_{rain}.jpg", "ground_truth/{scene}.jpg"), INPUT_TARGET),
    ),
    "test100": PublicSet(
        "Test100",
        "Rain800's test part as Rain13K ships it",
        f"{_IDCGAN}; {_MSPFN}",
        100,
        (INPUT_TARGET,),
    ),
    "test1200": PublicSet(
        "Test1200",
        "Rain1200's test part as Rain13K ships it",
        f"{_DIDMDN}; {_MSPFN}",
        1200,
        (INPUT_TARGET,),
    ),
    "test2800": PublicSet(
        "Test2800",
        "synthetic streaks from Rain14000 as Rain13K ships them",
        f"{_DDN}; {_MSPFN}",
        2800,
        (INPUT_TARGET,),
    ),
    "spa-data": PublicSet(
        "SPA-Data",
        "real rain, the clean image won from a video of the same scene, test part",
        "Wang et al., Spatial Attentive Single-Image Deraining, CVPR 2019",
        1000,
        (Pairs("rain/{id}.png", "gt/{id}gt.png"), INPUT_TARGET),
    ),
    "realrain-1k-l": PublicSet(
        "RealRain-1k-L", "real light rain, test part", _REALRAIN, 224, _SPLITS
    ),
    "realrain-1k-h": PublicSet(
        "RealRain-1k-H", "real heavy rain, test part", _REALRAIN, 224, _SPLITS
    ),
    "sirr-real": PublicSet(
        "SIRR-real",
        "photographs of real rain without reference",
        "Wei et al., Semi-supervised Transfer Learning for Image Rain Removal, CVPR 2019",
        147,
    ),
    "camvid": PublicSet(
        "CamVid",
        "road scenes with label maps of 11 classes",
        "Brostow et al., Semantic Object Classes in Video, 2009; split of SegNet",
        233,
        split="test",
    ),
    "cityscapes": PublicSet(
        "Cityscapes",
        "road scenes with label maps of 19 classes",
        "Cordts et al., The Cityscapes Dataset for Semantic Urban Scene Understanding, CVPR 2016",
        500,
        split="val",
    ),
    "rain-cityscapes": PublicSet(
        "RainCityscapes",
        "36 rains with fog on each of some Cityscapes scenes",
        "Hu et al., Depth-attentional Features for Single-image Rain Removal, CVPR 2019",
        1188,
        split="val",
    ),
}
"""The sets by the layout's name in a configuration."""

CAMVID_CLASSES = LABEL_CLASSES
"""In the order of SegNet's label values 0 to 10; 11 is unlabelled. The streets take theirs over."""

CITYSCAPES_CLASSES: Mapping[str, int] = {
    "road": 7,
    "sidewalk": 8,
    "building": 11,
    "wall": 12,
    "fence": 13,
    "pole": 17,
    "traffic light": 19,
    "traffic sign": 20,
    "vegetation": 21,
    "terrain": 22,
    "sky": 23,
    "person": 24,
    "rider": 25,
    "car": 26,
    "truck": 27,
    "bus": 28,
    "train": 31,
    "motorcycle": 32,
    "bicycle": 33,
}
"""The classes that the benchmark scores, with their value in ``*_gtFine_labelIds.png``
(cityscapesScripts, helpers/labels.py); the other values from 0 to 33 do not count."""
