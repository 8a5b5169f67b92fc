import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from harness.errors import TaskError
from harness.samples import Sample
from tasks.image_quality import psnr, rgb_to_y
from tasks.restoration import RestorationTask


class PairedSet:
    name = "paired"
    has_clean = True


class RealSet:
    name = "SIRR-real"
    has_clean = False


@pytest.fixture
def sample():
    rainy, clean = np.random.default_rng(0).integers(0, 256, (2, 24, 30, 3), dtype=np.uint8)
    return Sample("a", rainy=rainy, clean=clean)


def rows_of(*scored):
    return pd.DataFrame([{**row, "protocol": "v:1", "quantiser": "floor"} for row in scored])


def test_it_scores_the_restored_image_against_the_clean_one(sample, batch):
    task = RestorationTask()
    restored = sample.clean // 2
    (prediction,) = task.predict(batch(restored))
    row = task.score(prediction, sample, PairedSet())
    assert set(row) == set(task.columns)
    assert row["psnr_y"] == psnr(rgb_to_y(restored), rgb_to_y(sample.clean))


def test_metrics_are_means_over_images_with_a_signature(sample):
    task = RestorationTask()
    rows = [task.score(image, sample, PairedSet()) for image in (sample.rainy, sample.clean // 2)]
    values = {value.metric: value for value in RestorationTask.summarise(rows_of(*rows))}
    assert values["psnr_y"].value == pytest.approx(np.mean([row["psnr_y"] for row in rows]))
    assert values["psnr_y"].n == 2
    assert values["psnr_y"].signature == (
        "psnr|ch:Y|range:16-235|luma:unrounded|quant:floor|crop:0|agg:image|v:1"
    )
    assert values["ssim_rgb"].signature.startswith("ssim|ch:RGB|range:0-255|quant:floor")


def test_a_perfect_image_is_counted_apart(sample):
    task = RestorationTask()
    rows = [task.score(image, sample, PairedSet()) for image in (sample.rainy, sample.clean)]
    values = {value.metric: value for value in RestorationTask.summarise(rows_of(*rows))}
    psnr, ssim = values["psnr_y"], values["ssim_y"]
    assert (psnr.value, psnr.n, psnr.infinite) == (rows[0]["psnr_y"], 2, 1)
    assert (ssim.n, ssim.infinite) == (2, 0) and rows[0]["ssim_y"] < ssim.value < 1


def test_where_every_image_is_perfect_the_mean_is_infinite(sample):
    row = RestorationTask().score(sample.clean, sample, PairedSet())
    values = {value.metric: value for value in RestorationTask.summarise(rows_of(row, row))}
    assert (values["psnr_y"].value, values["psnr_y"].infinite) == (np.inf, 0)


def test_sets_without_clean_images_are_refused():
    assert RestorationTask().refusal(RealSet()) == "SIRR-real has no clean images"
    assert RestorationTask().refusal(PairedSet()) is None


def test_a_sample_without_its_clean_image_is_named(sample):
    with pytest.raises(TaskError, match="a: has no clean image"):
        RestorationTask().score(sample.rainy, Sample("a", rainy=sample.rainy), PairedSet())


def test_it_does_not_import_the_detection_frameworks():
    code = (
        "import sys, tasks.restoration; sys.exit(any(m in sys.modules for m in ('mmcv', 'mmdet')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
