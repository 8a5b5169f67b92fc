import inspect
from pathlib import Path

import numpy as np
import pytest
from pictures import write_array, write_picture

from harness.errors import ConfigError
from harness.images import read_rgb
from harness.plugins.options import bind_options
from harness.rain_sets import layouts
from harness.rain_sets.catalogue import PUBLIC_SETS, Pairs, SideBySide
from harness.rain_sets.coco import CocoRainSet
from harness.rain_sets.labelled import LabelledRainSet
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.streets import streets_light

CASES = [
    pytest.param(layout, arrangement, id=f"{layout}-{number}")
    for layout, facts in PUBLIC_SETS.items()
    for number, arrangement in enumerate(facts.arrangements)
]


def builder(layout: str) -> layouts.RainSet:
    return getattr(layouts, layout.replace("-", "_"))


@pytest.mark.parametrize("layout", PUBLIC_SETS)
def test_every_layout_has_its_builder(layout: str) -> None:
    assert list(inspect.signature(builder(layout)).parameters)[:2] == ["name", "root"]


@pytest.mark.parametrize(("layout", "arrangement"), CASES)
def test_every_arrangement_is_recognised(
    tmp_path: Path, layout: str, arrangement: Pairs | SideBySide
) -> None:
    for number in ("1", "2"):
        values = {"id": number, "scene": number, "rain": "1"}
        for seed, text in enumerate(arrangement[:1] if len(arrangement[1]) < 6 else arrangement):
            relative = NamePattern(text).fill(values).replace("*", "png")
            write_picture(tmp_path / relative, seed)
    rain_set = builder(layout)("mine", tmp_path)
    assert len(rain_set.ids()) == 2
    sample = rain_set.load(rain_set.ids()[0])
    assert sample.clean is not None
    facts = PUBLIC_SETS[layout]
    assert f"2 images here, {facts.images} published" in rain_set.description
    assert facts.paper in rain_set.description
    if isinstance(arrangement, SideBySide):
        whole = next(read_rgb(path).pixels for path in sorted(tmp_path.glob("*")))
        left = whole[:, : whole.shape[1] // 2]
        clean_is_left = arrangement.clean_side == "left"
        assert np.array_equal(sample.clean if clean_is_left else sample.rainy, left)


def test_options_bind_from_a_configuration(tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures/1.png")
    write_array(tmp_path / "truth/1.png", np.zeros((24, 32), np.uint8))
    (tmp_path / "boxes.json").touch()
    labelled = {
        "root": ".",
        "images": "pictures/{id}.png",
        "labels": "truth/{id}.png",
        "classes": ["road"],
        "ignore": [1, 2],
        "rain": "light",
    }
    bound = bind_options("sets[0]", LabelledRainSet, labelled, tmp_path)
    assert LabelledRainSet("mine", **bound).load("1").clean is not None
    with pytest.raises(ConfigError, match="rain"):
        bind_options("sets[0]", LabelledRainSet, {**labelled, "rain": "wet"}, tmp_path)
    coco = {"root": "pictures", "annotations": "boxes.json", "clean_root": "pictures"}
    bound = bind_options("sets[0]", CocoRainSet, coco, tmp_path)
    assert bound["clean_root"] == tmp_path / "pictures"
    with pytest.raises(ConfigError, match="scenes"):
        bind_options("sets[0]", streets_light, {"scenes": 0}, tmp_path)
    for layout in PUBLIC_SETS:
        bind_options("sets[0]", builder(layout), {"root": "pictures"}, tmp_path)
        with pytest.raises(ConfigError, match="root"):
            bind_options("sets[0]", builder(layout), {"root": "absent"}, tmp_path)


def test_an_unknown_arrangement_shows_what_was_sought_and_what_is_there(tmp_path: Path) -> None:
    write_picture(tmp_path / "wet/1.png")
    with pytest.raises(ConfigError, match=r"'rain/\{id\}.png' or .*there: 'wet/1.png'"):
        layouts.spa_data("spa", tmp_path)
    with pytest.raises(ConfigError, match="does not exist"):
        layouts.spa_data("spa", tmp_path / "absent")


def test_a_set_without_its_clean_half_says_which_pattern_is_missing(tmp_path: Path) -> None:
    write_picture(tmp_path / "rain/000.png")
    with pytest.raises(ConfigError, match=r"matches 'gt/\{id\}gt.png'"):
        layouts.spa_data("spa", tmp_path)


def test_cityscapes_and_its_rain(tmp_path: Path) -> None:
    frame = "ulm_000000_000019"
    labels = np.full((24, 32), 7, np.uint8)
    labels[0] = 4
    write_picture(tmp_path / f"leftImg8bit/val/ulm/{frame}_leftImg8bit.png", 1)
    write_picture(tmp_path / "leftImg8bit/val/ulm/ulm_000001_000019_leftImg8bit.png", 2)
    for one in (frame, "ulm_000001_000019"):
        write_array(tmp_path / f"gtFine/val/ulm/{one}_gtFine_labelIds.png", labels)
    suffix = "leftImg8bit_rain_alpha_0.01_beta_0.005_dropsize_0.01_pattern_1"
    write_picture(tmp_path / f"leftImg8bit_rain/val/ulm/{frame}_{suffix}.png", 3)
    drawn = layouts.cityscapes("cs", tmp_path, rain="heavy")
    assert drawn.ids() == (f"{frame}_leftImg8bit", "ulm_000001_000019_leftImg8bit")
    rainy = layouts.rain_cityscapes("rcs", tmp_path)
    assert rainy.ids() == (f"{frame}_{suffix}",)
    for rain_set in (drawn, rainy):
        sample = rain_set.load(rain_set.ids()[0])
        assert sample.clean is not None and sample.label_map is not None
        assert np.unique(sample.label_map).tolist() == [0, 255]
    assert len(drawn.label_classes or ()) == 19


def test_rain100l_as_it_lies(bench_data: Path) -> None:
    rain_set = layouts.rain100l("Rain100L", bench_data / "Rain100L")
    assert rain_set.ids() == tuple(f"rain-{number:03d}" for number in range(1, 101))
    assert "published" not in rain_set.description
    sample = rain_set.load("rain-001")
    assert sample.clean is not None and not sample.notes
    assert sample.rainy.shape == sample.clean.shape
    assert len({rain_set.key(sample_id) for sample_id in rain_set.ids()}) == 100


def test_sirr_as_it_lies(bench_data: Path) -> None:
    rain_set = layouts.sirr_real("SIRR-real", bench_data / "sirr_real")
    assert len(rain_set.ids()) == 147 and not rain_set.has_clean
    assert "published" not in rain_set.description


@pytest.mark.parametrize(("split", "number"), [("train", 367), ("val", 101), ("test", 233)])
def test_camvid_as_it_lies(bench_data: Path, split: str, number: int) -> None:
    root = bench_data / "camvid"
    rain_set = layouts.camvid("CamVid", root, split=split, rain="light")
    assert len(rain_set.ids()) == number
    assert "published" not in rain_set.description
    sample = rain_set.load(rain_set.ids()[0])
    assert sample.label_map is not None and sample.label_map.shape == (360, 480)
    assert set(np.unique(sample.label_map).tolist()) <= {*range(11), 255}
    assert sample.clean is not None and (sample.clean != sample.rainy).any()
