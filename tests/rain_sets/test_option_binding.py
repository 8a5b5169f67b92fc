"""Options of the layouts as a configuration has them."""

from pathlib import Path

import numpy as np
import pytest
from pictures import write_array, write_picture

from harness.errors import ConfigError
from harness.plugins.options import bind_options
from harness.rain_sets.coco import CocoRainSet
from harness.rain_sets.labelled import LabelledRainSet
from harness.rain_sets.streets import streets_light


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
