import cv2
import numpy as np
import pytest
import torch

from baselines.guided_filter import GuidedFilter, box_mean, guided_filter, open_rows
from harness.streets.rain import RainParameters, draw_rain


def test_box_mean_is_the_mean_of_what_lies_inside():
    images = torch.rand(1, 2, 9, 13)
    result = box_mean(images, 3)
    assert result[0, 1, 0, 0] == pytest.approx(images[0, 1, :4, :4].mean().item(), abs=1e-6)
    assert result[0, 0, 4, 6] == pytest.approx(images[0, 0, 1:8, 3:10].mean().item(), abs=1e-6)


def test_filter_equals_opencv_arithmetic():
    """He et al.'s algorithm written with OpenCV's box filter, away from the border."""
    rng = np.random.default_rng(0)
    guidance, image = rng.random((2, 40, 50)).astype(np.float32)
    radius, epsilon = 3, 1e-2
    box = lambda x: cv2.blur(x, (2 * radius + 1,) * 2)  # noqa: E731
    slope = (box(guidance * image) - box(guidance) * box(image)) / (
        box(guidance * guidance) - box(guidance) ** 2 + epsilon
    )
    offset = box(image) - slope * box(guidance)
    expected = box(slope) * guidance + box(offset)
    ours = guided_filter(
        torch.from_numpy(guidance)[None, None], torch.from_numpy(image)[None, None], radius, epsilon
    )[0, 0].numpy()
    inner = np.s_[8:-8, 8:-8]
    assert np.allclose(ours[inner], expected[inner], atol=1e-4)


@pytest.mark.parametrize("length", [3, 5, 9])
def test_opening_equals_opencv_morphology(length):
    image = np.random.default_rng(2).integers(0, 256, (20, 31), dtype=np.uint8)
    expected = cv2.morphologyEx(image, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    ours = open_rows(torch.from_numpy(image).float()[None, None], length)[0, 0]
    assert np.array_equal(ours.numpy(), expected)


def test_streaks_are_suppressed_on_a_picture():
    rows = np.linspace(60, 150, 96)[:, None] + np.zeros((1, 128))
    clean = np.repeat(rows[..., None], 3, 2).astype(np.uint8)
    clean[40:70, 50:90] = (120, 60, 40)
    rainy = draw_rain(clean, RainParameters(density=90.0, opacity=0.6), seed=5)
    restored = GuidedFilter().restore(_tensor(rainy))
    before = (_tensor(rainy) - _tensor(clean)).square().mean()
    after = (restored - _tensor(clean)).square().mean()
    assert after < 0.6 * before


def test_nothing_becomes_brighter_and_flat_stays_flat():
    rainy = torch.rand(1, 3, 20, 30)
    assert (GuidedFilter().restore(rainy) <= rainy).all()
    flat = torch.full((1, 3, 20, 30), 0.4)
    assert torch.allclose(GuidedFilter().restore(flat), flat, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (33, 3)])
def test_any_size(size):
    rainy = torch.rand(2, 3, *size)
    assert GuidedFilter().restore(rainy).shape == rainy.shape


def test_alone_equals_in_a_batch():
    batch = torch.rand(3, 3, 24, 40)
    together = GuidedFilter().restore(batch)
    alone = torch.cat([GuidedFilter().restore(image[None]) for image in batch])
    assert torch.equal(together, alone)


@pytest.mark.parametrize(
    "options", [{"radius": 0}, {"epsilon": 0.0}, {"opening": 4}, {"strength": 1.5}]
)
def test_wrong_parameters_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        GuidedFilter(**options)


def test_parameters_are_part_of_the_fingerprint():
    assert GuidedFilter().fingerprint() != GuidedFilter(strength=0.5).fingerprint()


def _tensor(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
