"""The shipped models in the frameworks' own test loops, run as their `tools/test.py` does."""

import pandas as pd
import pytest
import torch

from harness.device import Device
from harness.rain_sets.streets import StreetsRainSet
from harness.training.labelled_files import LabelledPictures, write_labelled
from tasks.detection import DetectionTask
from tasks.mm_configs import CONFIGS, register_frameworks
from tasks.mm_models import WEIGHTS
from tasks.segmentation import SegmentationTask

FIRST, COUNT = 500_000, 3


def scenes_as_files(root, classes):
    """Write some scenes as the files that the configs name."""
    streets = StreetsRainSet("streets", "light", scenes=COUNT, first_seed=FIRST)
    device = Device(torch.device("cpu"))
    return write_labelled(root, LabelledPictures([streets], "clean", None, classes, device))


def figures_of_the_framework(model, work_dir):
    register_frameworks()
    from mmengine.config import Config
    from mmengine.runner import Runner

    config = Config.fromfile(CONFIGS / f"{model}.py")
    scenes = scenes_as_files(work_dir / "scenes", config.classes)
    dataset = config.test_dataloader.dataset
    dataset.data_root = f"{scenes.truths}/"
    dataset.data_prefix = {
        **dataset.data_prefix,
        next(iter(dataset.data_prefix)): f"{scenes.images}/",
    }
    if "ann_file" in config.test_evaluator:
        config.test_evaluator.ann_file = str(scenes.truths / "boxes.json")
    config.load_from, config.work_dir = str(WEIGHTS / f"{model}.pth"), str(work_dir)
    return Runner.from_cfg(config).test()


def our_figures(task, batch):
    rain_set = StreetsRainSet("streets", "light", scenes=COUNT, first_seed=FIRST)
    samples = [rain_set.load(sample_id) for sample_id in rain_set.ids()]
    rows = [
        task.score(task.predict(batch(sample.clean))[0], sample, rain_set) for sample in samples
    ]
    table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
    return {value.metric: value.value for value in type(task).summarise(table)}


@pytest.mark.parametrize(
    ("model", "task_class", "theirs", "ours", "unit", "printed"),
    [
        ("rtmdet_streets", DetectionTask, "coco/bbox_mAP", "ap", 1, 0.001),
        ("unet_streets", SegmentationTask, "mIoU", "miou", 100, 0.01),
    ],
)
def test_their_figures_are_ours(model, task_class, theirs, ours, unit, printed, batch, tmp_path):
    found = figures_of_the_framework(model, tmp_path)[theirs]
    assert found == pytest.approx(our_figures(task_class(), batch)[ours] * unit, abs=1.5 * printed)
    assert found > 0.3 * unit
