import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from harness.errors import TaskError
from harness.images import read_rgb
from tasks.image_quality import AT_A_TIME, BLOCK, MARGIN, TILE, WINDOW, psnr, rgb_to_y, ssim


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (37, 53, 3), dtype=np.uint8)
    noise = rng.integers(-30, 31, first.shape)
    return first, np.clip(first + noise, 0, 255).astype(np.uint8)


def reference_ssim(first, second, channel_axis=None):
    """scikit-image's, whose mean leaves out the border of the window's radius, as ours does."""
    return structural_similarity(
        first,
        second,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        channel_axis=channel_axis,
    )


def test_luma_is_that_of_scikit_image(pair):
    np.testing.assert_allclose(rgb_to_y(pair[0]), rgb2ycbcr(pair[0])[..., 0], atol=1e-9)


def test_psnr_equals_scikit_image(pair):
    assert psnr(*pair) == pytest.approx(peak_signal_noise_ratio(*pair, data_range=255), abs=1e-9)


def test_ssim_equals_scikit_image_on_luma(pair):
    first, second = rgb_to_y(pair[0]), rgb_to_y(pair[1])
    assert ssim(first, second) == pytest.approx(reference_ssim(first, second), abs=1e-6)


def test_ssim_equals_scikit_image_on_rgb(pair):
    assert ssim(*pair) == pytest.approx(reference_ssim(*pair, channel_axis=2), abs=1e-6)


@pytest.mark.parametrize("extra", [0, 1, BLOCK - 1, BLOCK + 1])
@pytest.mark.parametrize("axis", [0, 1])
def test_ssim_of_several_tiles_equals_scikit_image(axis, extra):
    shape = [24, 30]
    shape[axis] = TILE[axis] + MARGIN + extra
    rng = np.random.default_rng(extra)
    first, second = rng.integers(0, 256, (2, *shape, 3), dtype=np.uint8)
    expected = reference_ssim(first, second, channel_axis=2)
    assert ssim(first, second) == pytest.approx(expected, abs=1e-12)


def test_ssim_of_flat_and_of_extreme_pictures_equals_scikit_image():
    flat, other = np.full((40, 40), 254, np.uint8), np.full((40, 40), 255, np.uint8)
    stripes = np.tile(np.array([0, 255], np.uint8), (40, 20))
    for pair in ((flat, other), (stripes, 255 - stripes), (stripes, flat)):
        assert ssim(*pair) == pytest.approx(reference_ssim(*pair), abs=1e-11)


def test_luma_of_many_pixels_is_that_of_scikit_image():
    many = np.random.default_rng(0).integers(0, 256, (3, AT_A_TIME - 5, 3), dtype=np.uint8)
    np.testing.assert_allclose(rgb_to_y(many), rgb2ycbcr(many)[..., 0], atol=1e-9)


def test_memory_does_not_grow_with_a_picture():
    peaks = []
    for tiles in (2, 4):
        side = tiles * max(TILE) + MARGIN
        first, second = np.zeros((2, side, side, 3), np.uint8)
        tracemalloc.start()
        ssim(first, second), psnr(first, second)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_ssim_of_the_smallest_image_that_holds_a_window():
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 256, (2, WINDOW, WINDOW)).astype(np.float64)
    assert ssim(first, second) == pytest.approx(reference_ssim(first, second), abs=1e-6)


def test_an_image_smaller_than_the_window_is_named_with_its_size():
    small = np.zeros((8, 40, 3), np.uint8)
    with pytest.raises(TaskError, match="11x11 pixels or more, this image has 40x8"):
        ssim(small, small)


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_shapes_must_agree(metric):
    with pytest.raises(TaskError, match="different shapes"):
        metric(np.zeros((20, 20)), np.zeros((20, 21)))


images = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=11, max_side=20))


@settings(max_examples=30, deadline=None)
@given(first=images, seed=st.integers(0, 1000))
def test_both_are_symmetric_and_best_for_equal_images(first, seed):
    second = np.random.default_rng(seed).integers(0, 256, first.shape, dtype=np.uint8)
    assert psnr(first, second) == psnr(second, first)
    assert ssim(first, second) == pytest.approx(ssim(second, first), abs=1e-12)
    assert ssim(first, second) <= 1 + 1e-12
    assert psnr(first, first) == np.inf
    assert ssim(first, first) == pytest.approx(1)


def test_rainy_rain100l_gives_the_published_figures(bench_data):
    folder = bench_data / "Rain100L"
    scores = []
    for path in sorted((folder / "rainy").glob("*.png")):
        clean = folder / "norain" / path.name.replace("rain", "norain")
        rainy_y, clean_y = rgb_to_y(read_rgb(path).pixels), rgb_to_y(read_rgb(clean).pixels)
        scores.append((psnr(rainy_y, clean_y), ssim(rainy_y, clean_y)))
    assert len(scores) == 100
    assert np.mean(scores, axis=0) == pytest.approx([26.903, 0.8384], abs=5e-4)
