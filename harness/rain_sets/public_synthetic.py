"""Public sets of synthetic rain: pairs.

The layouts follow what published code reads: PReNet's scoring scripts (Rain100L, Rain100H, Rain12,
Rain1400), ID-CGAN's and DID-MDN's loaders (the halves of Rain800 and Rain1200), and later
derainers' loaders for the rest.
"""

from collections.abc import Mapping

from harness.rain_sets.public_set import (
    INPUT_TARGET,
    MSPFN,
    NOT_STATED,
    RAINDS,
    TEST_INPUT_TARGET,
    PublicSet,
    halves,
    pairs,
)

_JORDER = "Yang et al., Deep Joint Rain Detection and Removal from a Single Image, CVPR 2017"
_JORDER_SOURCE = "www.icst.pku.edu.cn/struct/Projects/joint_rain_removal.html"
_IDCGAN = "Zhang et al., Image De-raining Using a Conditional GAN, IEEE TCSVT 2020"
_IDCGAN_SOURCE = "github.com/hezhangsprinter/ID-CGAN"
_DIDMDN = "Zhang and Patel, Density-aware Single Image De-raining (DID-MDN), CVPR 2018"
_DIDMDN_SOURCE = "github.com/hezhangsprinter/DID-MDN"
_DDN = "Fu et al., Removing Rain from Single Images via a Deep Detail Network, CVPR 2017"
_DDN_SOURCE = "xueyangfu.github.io/projects/cvpr2017.html"
_MPRNET_SOURCE = "github.com/swz30/MPRNet, Deraining/Datasets"
_MSPFN_SOURCE = "github.com/kuijiang94/MSPFN"
_DRSFORMER = "as pairs: github.com/cschenxiang/DRSformer"

_RAIN100 = (
    pairs("rainy/rain-{id}.png", "norain/norain-{id}.png"),
    pairs("rainy/rain-{id}.png", "norain-{id}.png"),
    pairs("rain-{id}.png", "norain-{id}.png"),
    INPUT_TARGET,
)
"""The second is PReNet's ``datasets/test/Rain100L``, with the clean images beside the folder."""

_RAIN100_TRAPS = (
    "its page offers the later release of 200 pairs by now; published figures are of this one"
)
_RAIN200 = (pairs("rain/X2/norain-{id}x2.png", "norain/norain-{id}.png"), INPUT_TARGET)
_RAIN200_TRAPS = "`root` is the test folder; an article that says Rain100 may mean this release"
_RAIN13K_TRAPS = "Rain13K's training part has pictures from the same source"

_MSPFN_LAYOUTS = (
    INPUT_TARGET,
    pairs("rain/{id}.*", "norain/{id}.*"),
    {"pictures": "rain/{id}.*"},
)
_MSPFN_UNVERIFIED = "the number of images"


def _rain200(name: str, strength: str) -> PublicSet:
    return PublicSet(
        name,
        f"{strength} synthetic streaks, the later release",
        _JORDER,
        200,
        NOT_STATED,
        f"{_JORDER_SOURCE}; {_DRSFORMER}",
        _RAIN200,
        _RAIN200_TRAPS,
        keeps_older_keys=True,
    )


SYNTHETIC: Mapping[str, PublicSet] = {
    "rain100l": PublicSet(
        "Rain100L",
        "light synthetic streaks",
        _JORDER,
        100,
        NOT_STATED,
        _JORDER_SOURCE,
        _RAIN100,
        _RAIN100_TRAPS,
        seen=True,
        keeps_older_keys=True,
    ),
    "rain100h": PublicSet(
        "Rain100H",
        "heavy synthetic streaks",
        _JORDER,
        100,
        NOT_STATED,
        _JORDER_SOURCE,
        _RAIN100,
        f"{_RAIN100_TRAPS}; MSPFN's copy has the folders `inputcrop` and `cleancrop`, which "
        "`layout: files` reads",
        keeps_older_keys=True,
    ),
    "rain12": PublicSet(
        "Rain12",
        "synthetic streaks",
        "Li et al., Rain Streak Removal Using Layer Priors, CVPR 2016",
        12,
        NOT_STATED,
        "yu-li.github.io/paper/li_cvpr16_rain.zip",
        (
            pairs("{id}_in.png", "{id}_GT.png"),
            pairs("rainy/{id}.png", "groundtruth/{id}.png"),
            INPUT_TARGET,
        ),
        "Rain13K's training part contains it",
        keeps_older_keys=True,
    ),
    "rain200l": _rain200("Rain200L", "light"),
    "rain200h": _rain200("Rain200H", "heavy"),
    "rain800": PublicSet(
        "Rain800",
        "synthetic streaks on BSD500 and UCID photographs, test part",
        _IDCGAN,
        100,
        NOT_STATED,
        _IDCGAN_SOURCE,
        # The authors' test.lua restores B from AB (``which_direction=BtoA``): A, left, is clean.
        (
            pairs("rain/rain-{id}.png", "norain/norain-{id}.png"),
            INPUT_TARGET,
            halves("{id}.*", clean_side="left"),
        ),
        "came a pair in one file, the clean half left",
        keeps_older_keys=True,
        unverified="the number of images",
    ),
    "rain1200": PublicSet(
        "Rain1200",
        "synthetic streaks of three densities, test part",
        _DIDMDN,
        1200,
        NOT_STATED,
        _DIDMDN_SOURCE,
        # The authors' pix2pix_val.py gives the left half as the network's input.
        (INPUT_TARGET, halves("{id}.*", clean_side="right")),
        "came a pair in one file, the rainy half left",
        keeps_older_keys=True,
        unverified="the number of images",
    ),
    "rain1400": PublicSet(
        "Rain1400",
        "14 synthetic rains on each of 100 scenes",
        _DDN,
        1400,
        NOT_STATED,
        _DDN_SOURCE,
        (pairs("rainy_image/{scene}_{rain}.jpg", "ground_truth/{scene}.jpg"), INPUT_TARGET),
        "downloads often hold a second copy of some files, `902_2(1).jpg`, which is told",
        keeps_older_keys=True,
    ),
    "test100": PublicSet(
        "Test100",
        "Rain800's test part as Rain13K ships it",
        f"{_IDCGAN}; {MSPFN}",
        100,
        NOT_STATED,
        _MPRNET_SOURCE,
        (INPUT_TARGET,),
        _RAIN13K_TRAPS,
        keeps_older_keys=True,
        unverified="the number of images",
    ),
    "test1200": PublicSet(
        "Test1200",
        "Rain1200's test part as Rain13K ships it",
        f"{_DIDMDN}; {MSPFN}",
        1200,
        NOT_STATED,
        _MPRNET_SOURCE,
        (INPUT_TARGET,),
        keeps_older_keys=True,
        unverified="the number of images",
    ),
    "test2800": PublicSet(
        "Test2800",
        "synthetic streaks from Rain14000 as Rain13K ships them",
        f"{_DDN}; {MSPFN}",
        2800,
        NOT_STATED,
        _MPRNET_SOURCE,
        (INPUT_TARGET,),
        _RAIN13K_TRAPS,
        keeps_older_keys=True,
        unverified="the number of images",
    ),
    "rain13k": PublicSet(
        "Rain13K",
        "training pairs gathered from Rain14000, Rain1800, Rain800 and Rain12, to train from",
        f"{MSPFN}; Zamir et al., MPRNet, CVPR 2021",
        13712,
        NOT_STATED,
        _MPRNET_SOURCE,
        (
            pairs("train/Rain13K/input/{id}.*", "train/Rain13K/target/{id}.*"),
            pairs("train/input/{id}.*", "train/target/{id}.*"),
            INPUT_TARGET,
        ),
        "a training part: what was trained on it must not be tested on it",
        unverified="the number of images",
    ),
    "did-data": PublicSet(
        "DID-Data",
        "synthetic streaks of three densities, test part",
        _DIDMDN,
        1200,
        NOT_STATED,
        f"{_DIDMDN_SOURCE}; {_DRSFORMER}",
        (TEST_INPUT_TARGET, INPUT_TARGET),
        "DRSformer's figures of it, and of DDN-Data, are computed by RCDNet's code",
        unverified="the number of images",
    ),
    "ddn-data": PublicSet(
        "DDN-Data",
        "14 synthetic rains on each of 100 scenes, test part",
        _DDN,
        1400,
        NOT_STATED,
        f"{_DDN_SOURCE}; {_DRSFORMER}",
        (
            TEST_INPUT_TARGET,
            INPUT_TARGET,
            pairs("rainy_image/{scene}_{rain}.jpg", "ground_truth/{scene}.jpg"),
        ),
    ),
    "rainds-syn": PublicSet(
        "RainDS-syn",
        "synthetic rain streaks, test part",
        RAINDS,
        200,
        NOT_STATED,
        "github.com/Songforrr/RainDS_CCN",
        tuple(
            pairs(
                f"{folder}rainstreak/{{part?}}rain-{{id}}.png",
                f"{folder}gt/{{part?}}norain-{{id}}.png",
            )
            for folder in ("test_set/", "test/", "")
        ),
        "two parts lie in one folder, the files of one beginning with `pie-`; raindrops, and both "
        "together, have folders of their own beside the streaks",
        unverified="the number of images",
    ),
    "coco350": PublicSet(
        "COCO350",
        "synthetic streaks on COCO's pictures",
        MSPFN,
        350,
        NOT_STATED,
        _MSPFN_SOURCE,
        _MSPFN_LAYOUTS,
        "boxes are COCO's own: add them with `layout: files`",
        unverified=_MSPFN_UNVERIFIED,
    ),
    "bdd350": PublicSet(
        "BDD350",
        "synthetic streaks on BDD100K's pictures",
        MSPFN,
        350,
        NOT_STATED,
        _MSPFN_SOURCE,
        _MSPFN_LAYOUTS,
        "boxes are BDD100K's own: add them with `layout: files`",
        unverified=_MSPFN_UNVERIFIED,
    ),
}
"""The sets by the layout's name in a configuration."""
