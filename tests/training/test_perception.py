import json

import pytest
import torch
import yaml

from harness.device import Device
from harness.errors import ConfigError
from harness.samples import Sample
from harness.settings import check_model
from harness.streets.scenes import render_scene
from harness.task import Batch
from harness.training.perception import train_perception
from harness.training.perception_settings import PerceptionSettings, SceneSettings
from tasks.detection import DetectionTask
from tasks.segmentation import SegmentationTask

WIDTH, HEIGHT = 128, 80
TASKS = {"detection": DetectionTask, "segmentation": SegmentationTask}


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


@pytest.mark.parametrize(
    ("train", "val", "cause"),
    [
        ((0, 10), (9, 2), "overlap"),
        ((0, 4), (1_000_000, 2), "test scenes"),
        ((999_999, 2), (0, 4), "test scenes"),
        ((-1, 4), (10, 4), "at least 0"),
        ((0, 0), (10, 4), "one scene"),
    ],
)
def test_ranges_of_scenes_that_cannot_be_are_refused(train, val, cause):
    with pytest.raises(ValueError, match=cause):
        SceneSettings(train=train, val=val)


def test_a_model_learns_from_rain_sets_and_goes_on_from_weights(tmp_path):
    scenes = {"layout": "streets", "level": "heavy", "width": WIDTH, "height": HEIGHT, "scenes": 2}
    first = train_perception(settings_for("segmentation", epochs=1), tmp_path / "first")
    settings = {
        "train": "segmentation",
        "model": "unet_streets",
        "pictures": {
            "train": [{"name": "a", **scenes, "first_seed": 0}],
            "val": [{"name": "b", **scenes, "first_seed": 500_000}],
            "derainer": "guided-filter",
        },
        "start_from": str(first.relative_to(tmp_path)),
        "seed": 7,
        "epochs": 1,
        "threads": 1,
    }
    (tmp_path / "train.yaml").write_text(yaml.safe_dump(settings))
    checked = check_model(PerceptionSettings, settings, "train.yaml", tmp_path)
    path = train_perception(checked, tmp_path / "second")
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["start_from"] == json.loads(first.with_suffix(".json").read_text())["sha256"]
    assert facts["settings"]["pictures"]["derainer"]["use"] == "guided-filter"
    before, after = (torch.load(one, weights_only=True) for one in (first, path))
    moved = max(
        (after[key].float() - before[key].float()).abs().max().item()
        for key in before
        if key.endswith("conv.weight")
    )
    assert moved < 0.01, "one epoch from those weights, not from those of its own seed"


def test_weights_that_fit_nothing_are_refused(tmp_path):
    torch.save({"other": torch.zeros(3)}, tmp_path / "other.pth")
    settings = settings_for("segmentation", epochs=1, start_from=tmp_path / "other.pth")
    with pytest.raises(ConfigError, match="none of its 1 tensors fits"):
        train_perception(settings, tmp_path / "run")
    settings = settings_for("segmentation", start_from=tmp_path / "nowhere.pth")
    with pytest.raises(ConfigError, match=r"no such file, and its name lies neither"):
        train_perception(settings, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_test_scenes_of_rain_sets_are_refused(tmp_path):
    settings = settings_for(
        "detection", scenes=None, pictures={"train": ["streets-heavy"], "val": ["streets-light"]}
    )
    with pytest.raises(ConfigError, match=r"train\[0\]: scenes from 1000000"):
        train_perception(settings, tmp_path / "run")


def test_an_unknown_model_is_refused_before_anything_is_rendered(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'rtmdet_streets'"):
        train_perception(settings_for("detection", model="rtmdet_street"), tmp_path / "run")
    assert not list(tmp_path.iterdir())
