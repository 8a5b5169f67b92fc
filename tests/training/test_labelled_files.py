import json

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO

from baselines.guided_filter import GuidedFilter
from harness.derainer import quantise
from harness.device import Device
from harness.errors import ConfigError
from harness.rain_sets.streets import StreetsRainSet
from harness.streets.scenes import BOX_CLASSES, LABEL_CLASSES, render_scene
from harness.training import labelled_files
from harness.training.labelled_files import LabelledPictures, write_labelled

WIDTH, HEIGHT = 128, 80
SEEDS = (3, 4, 5)


def pictures(**changed):
    streets = StreetsRainSet("some", "heavy", len(SEEDS), SEEDS[0], WIDTH, HEIGHT)
    given = {"rain_sets": [streets], "shown": "clean", "derainer": None, "classes": BOX_CLASSES}
    return LabelledPictures(**{**given, "device": Device(torch.device("cpu")), **changed})


def read(path):
    return np.asarray(Image.open(path))


def named(seed):
    return f"0-street-{seed:07d}"


def test_files_hold_what_the_renderer_gives(tmp_path):
    folder = write_labelled(tmp_path, pictures())
    coco = COCO(str(folder.truths / "boxes.json"))
    ids = {image["file_name"]: key for key, image in coco.imgs.items()}
    assert len(ids) == 3
    for seed in SEEDS:
        scene = render_scene(seed, WIDTH, HEIGHT)
        np.testing.assert_array_equal(read(folder.images / f"{named(seed)}.png"), scene.image)
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=[ids[f"{named(seed)}.png"]]))
        xywh = np.array([a["bbox"] for a in annotations]).reshape(-1, 4)
        np.testing.assert_array_equal(
            np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]), scene.boxes_xyxy
        )
        names = [coco.cats[a["category_id"]]["name"] for a in annotations]
        assert names == [BOX_CLASSES[label] for label in scene.labels]
        assert [bool(a["iscrowd"]) for a in annotations] == scene.ignore.tolist()


def test_classes_are_the_models_in_its_order(tmp_path):
    classes = ("car", "bus", "road", "person")
    folder = write_labelled(tmp_path, pictures(classes=classes))
    content = json.loads((folder.truths / "boxes.json").read_text())
    assert [one["name"] for one in content["categories"]] == list(classes)
    scenes = [render_scene(seed, WIDTH, HEIGHT) for seed in SEEDS]
    theirs = [BOX_CLASSES[label] for scene in scenes for label in scene.labels]
    ours = [classes[one["category_id"] - 1] for one in content["annotations"]]
    assert ours == [name for name in theirs if name in classes] and ours != theirs
    label_map = read(folder.truths / f"label_maps/{named(3)}.png")
    expected = np.full(label_map.shape, 255)
    for number, name in enumerate(classes):
        if name in LABEL_CLASSES:
            expected[scenes[0].label_map == LABEL_CLASSES.index(name)] = number
    np.testing.assert_array_equal(label_map, expected)


def test_models_with_other_classes_share_the_pictures(tmp_path, monkeypatch):
    first = write_labelled(tmp_path, pictures())
    monkeypatch.setattr(labelled_files, "_shown", lambda *_: pytest.fail("is there"))
    second = write_labelled(tmp_path, pictures(classes=LABEL_CLASSES))
    assert second.images == first.images and second.truths != first.truths


def test_rainy_and_restored_pictures_are_shown_where_asked_for(tmp_path):
    derainer = GuidedFilter()
    rainy = write_labelled(tmp_path, pictures(shown="rainy"))
    restored = write_labelled(tmp_path, pictures(shown="rainy", derainer=derainer))
    assert rainy != restored
    sample = pictures().rain_sets[0].load("street-0000004")
    np.testing.assert_array_equal(read(rainy.images / f"{named(4)}.png"), sample.rainy)
    (expected,) = derainer.restore_samples([sample], Device(torch.device("cpu")))
    np.testing.assert_array_equal(
        read(restored.images / f"{named(4)}.png"), quantise(expected, "round")
    )


def test_writing_goes_on_where_it_stopped(tmp_path, monkeypatch):
    whole = write_labelled(tmp_path / "whole", pictures())
    loaded = []
    load = StreetsRainSet.load

    def stop_at_the_second(self, sample_id):
        if len(loaded) == 1:
            raise KeyboardInterrupt
        loaded.append(sample_id)
        return load(self, sample_id)

    monkeypatch.setattr(StreetsRainSet, "load", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        write_labelled(tmp_path / "parts", pictures())
    monkeypatch.setattr(
        StreetsRainSet, "load", lambda self, one: loaded.append(one) or load(self, one)
    )
    again = write_labelled(tmp_path / "parts", pictures())
    assert loaded == [f"street-{seed:07d}" for seed in SEEDS]
    assert (again.truths / "boxes.json").read_bytes() == (whole.truths / "boxes.json").read_bytes()
    monkeypatch.setattr(labelled_files, "_write_one", lambda *_: pytest.fail("is there"))
    assert write_labelled(tmp_path / "parts", pictures()) == again


def test_sets_that_do_not_go_together_are_refused(tmp_path):
    streets = pictures().rain_sets[0]
    without = StreetsRainSet("other", "heavy", 1, 9, WIDTH, HEIGHT)
    without.box_classes = None
    with pytest.raises(ConfigError, match="some, other: one has boxes and the other none"):
        write_labelled(tmp_path, pictures(rain_sets=[streets, without]))
    with pytest.raises(ConfigError, match="none is in both"):
        write_labelled(tmp_path, pictures(classes=("boat",)))
    without.box_classes, without.has_clean = streets.box_classes, False
    with pytest.raises(ConfigError, match="other: has no clean pictures"):
        write_labelled(tmp_path, pictures(rain_sets=[without]))
    assert not list(tmp_path.iterdir())
