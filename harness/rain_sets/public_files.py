"""Public rain sets as data: what is published of each, and the options that read its files.

A layout that was not seen on the original files says so; it follows what the authors or loaders of
others describe, and is tried on a miniature. If yours lies otherwise, the same options in
``layout: files`` read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Layout = Mapping[str, Any]
"""Options of the layout ``files``; ``{split}`` stands for the chosen part."""


@dataclass(frozen=True)
class PublicFiles:
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


def _pairs(rainy: str, clean: str) -> Layout:
    return {"pictures": {"rainy": rainy, "clean": clean}}


_INPUT_TARGET = _pairs("input/{id}.*", "target/{id}.*")
_TEST_INPUT_TARGET = _pairs("test/input/{id}.*", "test/target/{id}.*")
_VOC = {
    "pictures": "JPEGImages/{id}.*",
    "truths": {
        "boxes": {
            "voc": "Annotations/{id}.xml",
            "check_sizes": False,
            "rename": {"motorbike": "motorcycle", "motor": "motorcycle", "bike": "bicycle"},
        }
    },
    "spare_truth": True,
}
_MPID = "Li et al., Single Image Deraining: A Comprehensive Benchmark Analysis (MPID), CVPR 2019"
_MPID_TRAPS = "labels without pictures are passed over; sizes in the XML are wrong and not checked"
_MSPFN = "Jiang et al., Multi-Scale Progressive Fusion Network, CVPR 2020"
_RAINDS = "Quan et al., Removing Raindrops and Rain Streaks in One Go (RainDS), CVPR 2021"
_RESEARCH = "research use"
_NOT_STATED = "not stated"

_MSPFN_LAYOUTS = (
    _INPUT_TARGET,
    _pairs("rain/{id}.*", "norain/{id}.*"),
    {"pictures": "rain/{id}.*"},
)

PUBLIC_FILES: Mapping[str, PublicFiles] = {
    "rain13k": PublicFiles(
        "Rain13K",
        "training pairs gathered from Rain14000, Rain1800, Rain800 and Rain12, to train from",
        f"{_MSPFN}; Zamir et al., MPRNet, CVPR 2021",
        13712,
        _NOT_STATED,
        "github.com/swz30/MPRNet, Deraining/Datasets",
        (
            _pairs("train/Rain13K/input/{id}.*", "train/Rain13K/target/{id}.*"),
            _pairs("train/input/{id}.*", "train/target/{id}.*"),
            _INPUT_TARGET,
        ),
        "a training part: what was trained on it must not be tested on it",
    ),
    "did-data": PublicFiles(
        "DID-Data",
        "synthetic streaks of three densities, test part",
        "Zhang and Patel, Density-aware Single Image De-raining (DID-MDN), CVPR 2018",
        1200,
        _RESEARCH,
        "github.com/hezhangsprinter/DID-MDN; as pairs: github.com/cschenxiang/DRSformer",
        (_TEST_INPUT_TARGET, _INPUT_TARGET),
    ),
    "ddn-data": PublicFiles(
        "DDN-Data",
        "14 synthetic rains on each of 100 scenes, test part",
        "Fu et al., Removing Rain from Single Images via a Deep Detail Network, CVPR 2017",
        1400,
        _RESEARCH,
        "xueyangfu.github.io; as pairs: github.com/cschenxiang/DRSformer",
        (
            _TEST_INPUT_TARGET,
            _INPUT_TARGET,
            _pairs("rainy_image/{scene}_{rain}.jpg", "ground_truth/{scene}.jpg"),
        ),
    ),
    "rainds-syn": PublicFiles(
        "RainDS-syn",
        "synthetic rain streaks, test part",
        _RAINDS,
        200,
        _RESEARCH,
        "github.com/Songforrr/RainDS_CCN",
        (
            _pairs(
                "test_set/rainstreak/{scene}-rain-{id}.png", "test_set/gt/{scene}-norain-{id}.png"
            ),
            _pairs("rainstreak/{scene}-rain-{id}.png", "gt/{scene}-norain-{id}.png"),
        ),
        "raindrops, and both together, lie in folders of their own beside the streaks",
    ),
    "rainds-real": PublicFiles(
        "RainDS-real",
        "rain from a sprinkler before real scenes, test part",
        _RAINDS,
        98,
        _RESEARCH,
        "github.com/Songforrr/RainDS_CCN",
        (
            _pairs("test_set/rainstreak/rain-{id}.png", "test_set/gt/norain-{id}.png"),
            _pairs("rainstreak/rain-{id}.png", "gt/norain-{id}.png"),
        ),
        "raindrops, and both together, lie in folders of their own beside the streaks",
    ),
    "gt-rain": PublicFiles(
        "GT-RAIN",
        "real rain from webcams with the clean frame of another moment, test part",
        "Ba et al., Not Just Streaks: Towards Ground Truth for Single Image Deraining, ECCV 2022",
        2100,
        "see its page",
        "visual.ee.ucla.edu/gt_rain.htm",
        (
            _pairs(
                "GT-RAIN_test/{scene}/{name}-R-{id}.png", "GT-RAIN_test/{scene}/{name}-C-000.png"
            ),
            _pairs("{scene}/{name}-R-{id}.png", "{scene}/{name}-C-000.png"),
        ),
        "300 rainy frames of a scene share one clean frame, and light and plants change meanwhile",
    ),
    "lhp-rain": PublicFiles(
        "LHP-Rain",
        "real rain in video, the clean image won from neighbouring frames, test part",
        "Guo et al., From Sky to the Ground: A Large-scale Benchmark for Real Rain, ICCV 2023",
        None,
        _NOT_STATED,
        "github.com/yunguo224/LHP-Rain",
        (
            _pairs("test/input/{id}.*", "test/gt/{id}.*"),
            _pairs("input/{id}.*", "gt/{id}.*"),
            _INPUT_TARGET,
        ),
    ),
    "rid": PublicFiles(
        "RID",
        "real rain on a windscreen while driving, with boxes",
        _MPID,
        2495,
        _NOT_STATED,
        "github.com/lsy17096535/Single-Image-Deraining",
        (_VOC,),
        _MPID_TRAPS,
    ),
    "ris": PublicFiles(
        "RIS",
        "real rain before surveillance cameras, with boxes",
        _MPID,
        2048,
        _NOT_STATED,
        "github.com/lsy17096535/Single-Image-Deraining",
        (_VOC,),
        _MPID_TRAPS,
    ),
    "coco350": PublicFiles(
        "COCO350",
        "synthetic streaks on COCO's pictures",
        _MSPFN,
        350,
        _NOT_STATED,
        "github.com/kuijiang94/MSPFN",
        _MSPFN_LAYOUTS,
        "boxes are COCO's own: add them with `layout: files`",
    ),
    "bdd350": PublicFiles(
        "BDD350",
        "synthetic streaks on BDD100K's pictures",
        _MSPFN,
        350,
        _NOT_STATED,
        "github.com/kuijiang94/MSPFN",
        _MSPFN_LAYOUTS,
        "boxes are BDD100K's own: add them with `layout: files`",
    ),
    "bdd150": PublicFiles(
        "BDD150",
        "real rain from BDD100K without reference",
        _MSPFN,
        150,
        _NOT_STATED,
        "github.com/kuijiang94/MSPFN",
        ({"pictures": "rain/{id}.*"}, {"pictures": "input/{id}.*"}, {"pictures": "{id}.*"}),
        "boxes are BDD100K's own: add them with `layout: files`",
    ),
    "bdd100k-rain": PublicFiles(
        "BDD100K (rain)",
        "road scenes in real rain, by the weather that the annotations state, with boxes",
        "Yu et al., BDD100K: A Diverse Driving Dataset for Heterogeneous Multitask Learning, "
        "CVPR 2020",
        738,
        "see doc.bdd100k.com/license",
        "bdd100k.com",
        tuple(
            {
                "pictures": "images/100k/{split}/{id}.jpg",
                "truths": {
                    "boxes": {
                        "bdd100k": labels,
                        "rename": {
                            "pedestrian": "person",
                            "bike": "bicycle",
                            "motor": "motorcycle",
                        },
                    }
                },
                "only": {"weather": "rainy"},
                "spare_truth": True,
                "spare_pictures": True,
            }
            for labels in (
                "labels/det_20/det_{split}.json",
                "labels/bdd100k_labels_images_{split}.json",
            )
        ),
        "`rainy` is the annotators' word: many pictures show a wet road alone",
        ("val", "train"),
    ),
    "acdc-rain": PublicFiles(
        "ACDC (rain)",
        "road scenes in real rain with label maps of Cityscapes' 19 classes",
        "Sakaridis et al., ACDC: The Adverse Conditions Dataset with Correspondences, ICCV 2021",
        100,
        "research use, with registration",
        "acdc.vision.ee.ethz.ch",
        tuple(
            {
                "pictures": "rgb_anon/rain/{split}/{sequence}/{frame}_rgb_anon.png",
                "truths": {
                    "label_maps": {
                        "files": f"gt/rain/{{split}}/{{sequence}}/{{frame}}_gt_{labels}.png",
                        "classes": classes,
                    }
                },
            }
            for labels, classes in (
                ("labelIds", "cityscapes"),
                ("labelTrainIds", "cityscapes-train-ids"),
            )
        ),
        "the reference pictures in good weather are of another moment and place: no clean images",
        ("val", "train"),
    ),
    "idd-aw": PublicFiles(
        "IDD-AW (rain)",
        "unstructured Indian roads in real rain with label maps of Cityscapes' 19 classes",
        "Shaik et al., IDD-AW: A Benchmark for Safe and Robust Segmentation of Drive Scenes in "
        "Unstructured Traffic and Adverse Weather, WACV 2024",
        None,
        "research use, with registration",
        "iddaw.github.io",
        (
            {
                "pictures": "{split}/rgb/RAIN/{sequence}/{frame}_rgb.png",
                "truths": {
                    "label_maps": {
                        "files": "{split}/gtSeg/RAIN/{sequence}/{frame}_*labelcsTrainIds.png",
                        "classes": "cityscapes-train-ids",
                    }
                },
            },
        ),
        "the label maps are made from its polygons by the authors' script, in Cityscapes' classes",
        ("val", "train"),
    ),
    "dawn": PublicFiles(
        "DAWN (rain)",
        "road scenes in real rain with boxes",
        "Kenk and Hassaballah, DAWN: Vehicle Detection in Adverse Weather Nature, arXiv 2020",
        200,
        "research use",
        "data.mendeley.com/datasets/766ygrbt8y",
        (
            {
                "pictures": "images/{id}.jpg",
                "truths": {"boxes": {"coco": "instances_dawn_rain194.json"}},
            },
            {
                "pictures": "Rain/{id}.jpg",
                "truths": {"boxes": {"voc": "Rain/Rain_PASCAL_VOC/{id}.xml"}},
            },
            {"pictures": "{id}.jpg", "truths": {"boxes": {"voc": "Rain_PASCAL_VOC/{id}.xml"}}},
        ),
        "six pictures come twice, one is stored mirrored by EXIF; of 194 as COCO JSON, each "
        "image's `appearance` (streaks, drops_on_glass, spray_mist_or_wet_road) chooses parts; the "
        "layout with XML was not seen on the original files",
        seen=True,
    ),
}
"""The sets by the layout's name in a configuration."""
