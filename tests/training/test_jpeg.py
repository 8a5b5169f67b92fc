import numpy as np
import pytest

from harness.training.clean_pictures import RenderedScenes
from harness.training.jpeg import compressed, draw_when
from harness.training.pair_sources import DrawnPairs

RAIN = {"light": 1.0}


def test_shares_of_before_and_after():
    rng = np.random.default_rng(0)
    drawn = [draw_when(rng, 0.5) for _ in range(1000)]
    assert drawn.count("before") == pytest.approx(250, abs=50)
    assert drawn.count("after") == pytest.approx(250, abs=50)


def test_compression_changes_little_and_keeps_the_order_of_the_channels():
    image = np.zeros((48, 64, 3), np.uint8)
    image[..., 0], image[16:32, :, 2] = 200, 90
    kept = compressed(image, np.random.default_rng(0))
    assert kept.shape == image.shape and kept.dtype == np.uint8
    assert 0 < np.abs(kept.astype(int) - image).mean() < 6


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_pairs_are_compressed_before_or_after_the_rain(scenes, share):
    pictures = RenderedScenes(range(8), 64, 48, scenes)
    originals = [pictures.picture(index, np.random.default_rng(0)).image for index in range(8)]
    source = DrawnPairs(pictures, RAIN, jpeg=share)
    kept = 0
    for seed in range(30):
        clean, rainy = source.draw(np.random.default_rng(seed), versions=1)
        kept += any(np.array_equal(clean, original) for original in originals)
        assert not np.array_equal(clean, rainy)
    assert kept == 30 if share == 0 else 6 < kept < 24
