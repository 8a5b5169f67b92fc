"""NIQE against mmagic and scikit-video; `niqe_reference` says how their values were made."""

import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from niqe_pictures import MADE

from harness.errors import TaskError
from harness.images import read_rgb
from harness.samples import Sample
from tasks.niqe import MODEL, NiqeTask, niqe, pristine_model
from tasks.scene_statistics import block_features, half_size, rgb_to_grey

REFERENCE = json.loads(Path(__file__).with_name("niqe_reference.json").read_text())
LEFT_TWICE = [13, 17]
"""Right scales of the diagonals; scikit-video 1.1.11 itself then writes the left ones there."""


def in_colour(grey):
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize("name", MADE)
def test_it_equals_mmagics(name):
    assert niqe(in_colour(MADE[name]())) == pytest.approx(REFERENCE["niqe"][name], rel=1e-6)


@pytest.mark.parametrize("name", REFERENCE["skvideo_features"])
def test_the_features_equal_scikit_videos(name):
    ours = block_features(MADE[name]().astype(np.float64))[:, :18]
    np.testing.assert_allclose(ours, REFERENCE["skvideo_features"][name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("picture", "expected"), [("rainy/rain-001", 4.26904), ("norain/norain-001", 2.63505)]
)
def test_real_pictures_give_mmagics_figures(picture, expected, bench_data):
    """mmagic's, of OpenCV's grey, which is another by one level here and there."""
    pixels = read_rgb(bench_data / "Rain100L" / f"{picture}.png").pixels
    assert niqe(pixels) == pytest.approx(expected, abs=1e-4)


def test_scikit_video_where_it_is_installed(monkeypatch):
    """The features of both scales, with pictures extended and halved as in the original."""
    if importlib.util.find_spec("skvideo") is None:
        pytest.skip("scikit-video is not installed; its features stand in niqe_reference.json")
    monkeypatch.setattr(np, "int", int, raising=False)  # which numpy had until 1.24
    monkeypatch.setattr(np, "float", float, raising=False)
    module = importlib.import_module("skvideo.measure.niqe")
    from skvideo.utils import compute_image_mscn_transform as transform

    monkeypatch.setattr(
        module,
        "compute_image_mscn_transform",
        lambda image: transform(image, extend_mode="nearest"),
    )
    picture = MADE["leaves"]().astype(np.float64)
    monkeypatch.setattr(module.scipy.misc, "imresize", _resized, raising=False)
    theirs = module.get_patches_test_features(picture, 96)
    kept = [index for index in range(36) if index % 18 not in LEFT_TWICE]
    # It computes in single precision: a shape may be the next one of the table, 0.001 away.
    np.testing.assert_allclose(
        block_features(picture)[:, kept], theirs[:, kept], rtol=1e-3, atol=2e-3
    )


def _resized(picture, *args, **kwargs):
    return half_size(np.asarray(picture, np.float64)).astype(np.float32)


def test_the_pristine_model_is_the_published_one():
    """Its first means as they stand, for example, in the code of other projects."""
    model = pristine_model()
    np.testing.assert_allclose(model.mean[:4], [2.60131368, 0.90570272, 0.81204778, 0.09042671])
    assert model.covariance.shape == (36, 36)
    assert np.linalg.eigvalsh(model.covariance).min() > 0
    licence = MODEL.with_name("LICENCE.txt").read_text()
    assert "Copyright (c) 2011 The University of Texas at Austin" in licence


def test_grey_is_opencvs_to_a_level():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    theirs = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float64)
    difference = np.abs(rgb_to_grey(pixels) - theirs)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.02


def test_half_size_is_pillows_away_from_the_edge():
    """Pillow's bicubic is antialiased as MATLAB's is; at the edge it has another rule."""
    from PIL import Image

    picture = np.random.default_rng(1).uniform(0, 255, (64, 96))
    image = Image.fromarray(picture.astype(np.float32), mode="F")
    theirs = np.asarray(image.resize((48, 32), Image.Resampling.BICUBIC))
    np.testing.assert_allclose(half_size(picture)[2:-2, 2:-2], theirs[2:-2, 2:-2], atol=1e-3)


def test_what_exceeds_whole_blocks_is_not_looked_at():
    picture = in_colour(MADE["leaves"]())
    wider = np.pad(picture, ((0, 95), (0, 95), (0, 0)), mode="reflect")
    # The smoothing sees the cropped picture only, as the original crops first.
    assert niqe(wider) == niqe(picture)


def test_one_block_is_too_small():
    with pytest.raises(TaskError, match=r"2 whole blocks of 96x96 pixels or more.*191x150"):
        niqe(np.zeros((150, 191, 3), np.uint8))


def test_a_picture_without_texture_has_none():
    with pytest.raises(TaskError, match="0 have texture"):
        niqe(np.full((200, 200, 3), 7, np.uint8))


def test_the_task_averages_over_images(batch):
    task = NiqeTask()
    pictures = [in_colour(MADE[name]()) for name in ("leaves", "streaks")]
    rows = [task.score(one, Sample("a", one), None) for one in task.predict(batch(*pictures))]
    table = pd.DataFrame(rows).assign(protocol=task.protocol(), quantiser="round")
    (value,) = NiqeTask.summarise(table)
    expected = np.mean([REFERENCE["niqe"][name] for name in ("leaves", "streaks")])
    assert value.value == pytest.approx(expected)
    assert value.signature.startswith("niqe|agg:image|luma:rgb2gray-rounded|block:96|scales:2|")
    assert task.metrics["niqe"].direction == -1
