"""Samples cut to multiples of some pixels."""

import numpy as np
import pytest

from harness.errors import SampleError
from harness.rain_sets.cropping import cropped
from harness.samples import Boxes, Sample


def sample() -> Sample:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (21, 37, 3), dtype=np.uint8)
    xyxy = np.array([[0, 0, 10, 10], [20, 5, 37, 21], [33, 0, 37, 4], [30, 14, 36, 18]], np.float32)
    boxes = Boxes(xyxy, np.arange(4), np.array([0, 1, 0, 0], bool), np.array([90.0, 100, 9, 24]))
    depth = rng.random((21, 37), np.float32)
    return Sample("a", pixels, pixels + 1, boxes, pixels[..., 0], {"depth": depth})


def test_everything_is_cut_alike() -> None:
    whole, part = sample(), cropped(sample(), 16)
    assert part.rainy.shape == (16, 32, 3)
    assert np.array_equal(part.rainy, whole.rainy[:16, :32])
    assert part.clean is not None and whole.clean is not None and part.label_map is not None
    assert np.array_equal(part.clean, whole.clean[:16, :32])
    assert np.array_equal(part.label_map, whole.rainy[:16, :32, 0])
    assert np.array_equal(part.truths["depth"], whole.truths["depth"][:16, :32])
    assert part.notes == ("cropped from 37x21 to 32x16",)


def test_boxes_end_at_the_edge_and_those_beyond_it_are_gone() -> None:
    boxes = cropped(sample(), 16).boxes
    assert boxes is not None
    assert boxes.xyxy.tolist() == [[0, 0, 10, 10], [20, 5, 32, 16], [30, 14, 32, 16]]
    assert boxes.labels.tolist() == [0, 1, 3] and boxes.ignore.tolist() == [False, True, False]
    share = (12 * 11) / (17 * 16)
    assert boxes.areas.tolist() == pytest.approx([90, 100 * share, 24 * (2 * 2) / (6 * 4)])


def test_what_fits_stays_as_it_is_and_what_is_too_small_is_named() -> None:
    whole = sample()
    assert cropped(whole, 1) is whole
    with pytest.raises(SampleError, match="a: is 37x21, of which `crop_multiple: 32` leaves"):
        cropped(whole, 32)
