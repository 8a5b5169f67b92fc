import json

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO

from harness.device import Device
from harness.errors import ConfigError
from harness.samples import Sample
from harness.streets.scenes import BOX_CLASSES, render_scene
from harness.task import Batch
from harness.training import streets_data
from harness.training.perception import (
    PerceptionSettings,
    SceneSettings,
    train_perception,
)
from harness.training.streets_data import SceneRange, write_scenes
from tasks.detection import DetectionTask
from tasks.segmentation import SegmentationTask

WIDTH, HEIGHT = 128, 80
TASKS = {"detection": DetectionTask, "segmentation": SegmentationTask}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"), SceneRange(3, 3, WIDTH, HEIGHT))


def test_files_hold_what_the_renderer_gives(folder):
    coco = COCO(str(folder / "boxes.json"))
    for seed in (3, 4, 5):
        scene = render_scene(seed, WIDTH, HEIGHT)
        np.testing.assert_array_equal(Image.open(folder / f"images/{seed}.png"), scene.image)
        np.testing.assert_array_equal(
            Image.open(folder / f"label_maps/{seed}.png"), scene.label_map
        )
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=[seed]))
        xywh = np.array([a["bbox"] for a in annotations]).reshape(-1, 4)
        np.testing.assert_array_equal(
            np.hstack([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]]), scene.boxes_xyxy
        )
        names = [coco.cats[a["category_id"]]["name"] for a in annotations]
        assert names == [BOX_CLASSES[label] for label in scene.labels]
        assert [bool(a["iscrowd"]) for a in annotations] == scene.ignore.tolist()


def test_rendering_goes_on_where_it_stopped(folder, tmp_path, monkeypatch):
    scenes = SceneRange(3, 3, WIDTH, HEIGHT)
    rendered = []

    def stop_at_the_second(seed, width, height):
        if len(rendered) == 1:
            raise KeyboardInterrupt
        rendered.append(seed)
        return render_scene(seed, width, height)

    monkeypatch.setattr(streets_data, "render_scene", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        write_scenes(tmp_path, scenes)
    rendered.insert(0, None)
    monkeypatch.setattr(
        streets_data, "render_scene", lambda *a: rendered.append(a[0]) or render_scene(*a)
    )
    again = write_scenes(tmp_path, scenes)
    assert rendered == [None, 3, 4, 5]
    assert (again / "boxes.json").read_bytes() == (folder / "boxes.json").read_bytes()


def test_several_processes_write_the_same_files(folder, tmp_path):
    parallel = write_scenes(tmp_path, SceneRange(3, 3, WIDTH, HEIGHT), workers=2)
    for path in folder.rglob("*.*"):
        assert (parallel / path.relative_to(folder)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("first", [999_999, 1_000_000, -1])
def test_test_scenes_are_never_written_for_training(first, tmp_path):
    with pytest.raises(ValueError, match="seed"):
        write_scenes(tmp_path, SceneRange(first, 2))
    assert not list(tmp_path.iterdir())


def settings_for(task, **changed):
    scenes = SceneSettings(train=(0, 4), val=(500_000, 2), width=WIDTH, height=HEIGHT)
    model = {"detection": "rtmdet_streets", "segmentation": "unet_streets"}[task]
    values = {"train": task, "model": model, "scenes": scenes, "epochs": 2, "threads": 1}
    return PerceptionSettings(**{**values, **changed})


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_training_gives_weights_that_the_task_loads(task, tmp_path):
    settings = settings_for(task, epochs=1)
    path = train_perception(settings, tmp_path / "run")
    assert path.name == f"{settings.model}.pth"
    tensors = torch.load(path, weights_only=True)
    assert {t.dtype for t in tensors.values() if t.is_floating_point()} == {torch.float16}
    judge = TASKS[task](weights=path)
    image = render_scene(500_000, WIDTH, HEIGHT).image
    batch = Batch([image], [Sample("one", image)], Device(torch.device("cpu")))
    assert len(judge.predict(batch)) == 1
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["sha256"] == judge.model.weights_digest
    assert facts["settings"]["scenes"]["train"] == [0, 4]


def test_training_goes_on_after_the_last_complete_epoch(tmp_path, caplog):
    out = tmp_path / "run"
    train_perception(settings_for("segmentation", epochs=1), out)
    train_perception(settings_for("segmentation", epochs=2), out)
    logs = [path.read_text() for path in sorted(out.glob("*/*.log"))]
    assert "resumed epoch: 1" in logs[-1]
    assert (out / "last_checkpoint").read_text().endswith("epoch_2.pth")


def test_ranges_that_overlap_are_refused(tmp_path):
    scenes = SceneSettings(train=(0, 10), val=(9, 2))
    with pytest.raises(ConfigError, match="overlap"):
        train_perception(settings_for("detection", scenes=scenes), tmp_path / "run")


def test_ranges_that_reach_the_test_scenes_are_refused(tmp_path):
    scenes = SceneSettings(train=(0, 4), val=(1_000_000, 2))
    with pytest.raises(ConfigError, match="test scenes"):
        train_perception(settings_for("detection", scenes=scenes), tmp_path / "run")


def test_an_unknown_model_is_refused_before_anything_is_rendered(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'rtmdet_streets'"):
        train_perception(settings_for("detection", model="rtmdet_street"), tmp_path / "run")
    assert not list(tmp_path.iterdir())
