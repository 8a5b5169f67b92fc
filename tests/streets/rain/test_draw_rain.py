import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.metrics import peak_signal_noise_ratio

from harness.images import read_rgb
from harness.streets.rain import (
    FAMILIES,
    LEVELS,
    RainParameters,
    draw_rain,
    ground_plane_depth,
    sample_parameters,
)
from harness.streets.rain.parameters import MIXTURE, RANGES
from harness.streets.scenes import Scene, render_scene

DIGEST = """
import hashlib
import numpy as np
from harness.streets.rain import draw_rain
clean = np.arange(64 * 96 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 96, 3)
print(hashlib.sha256(draw_rain(clean, "heavy", 5).tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [render_scene(seed) for seed in range(500, 507)]


def test_the_same_seed_draws_the_same_rain_in_another_process() -> None:
    clean = np.arange(64 * 96 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 96, 3)
    here = hashlib.sha256(draw_rain(clean, "heavy", 5).tobytes()).hexdigest()
    run = [sys.executable, "-c", DIGEST]
    there = subprocess.run(run, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_seeds_draw_different_rain(scenes: list[Scene]) -> None:
    first, second = (draw_rain(scenes[0].image, "light", seed) for seed in (1, 2))
    assert np.mean(first != second) > 0.2


def test_levels_lie_where_they_are_said_to(scenes: list[Scene]) -> None:
    mean = {}
    for level in LEVELS:
        rainy = [draw_rain(s.image, level, k, s.depth) for k, s in enumerate(scenes)]
        pairs = zip(scenes, rainy, strict=True)
        mean[level] = np.mean([peak_signal_noise_ratio(s.image, r) for s, r in pairs])
    assert 23.0 < mean["light"] < 27.0
    assert 15.5 < mean["heavy"] < 19.5


def test_heavy_rain_takes_more_colour_and_signal_than_light_rain(scenes: list[Scene]) -> None:
    for seed, scene in enumerate(scenes):
        light = draw_rain(scene.image, "light", seed, scene.depth)
        heavy = draw_rain(scene.image, "heavy", seed, scene.depth)
        assert _colourfulness(heavy) < _colourfulness(light) < _colourfulness(scene.image)
        assert peak_signal_noise_ratio(scene.image, heavy) < peak_signal_noise_ratio(
            scene.image, light
        )


def _colourfulness(image: np.ndarray) -> float:
    return float(np.mean(image.max(axis=2).astype(float) - image.min(axis=2)))


def test_rain_hides_what_is_far_more_than_what_is_near(scenes: list[Scene]) -> None:
    veil_alone = dataclasses.replace(LEVELS["heavy"], density=0.0)
    for scene in scenes:
        rainy = draw_rain(scene.image, veil_alone, 3, scene.depth).astype(float)
        near = (scene.depth < 8) & (scene.depth > 2)
        far = (scene.depth > 40) & (scene.depth < 900)
        kept_near = rainy[near].std() / scene.image[near].std()
        kept_far = rainy[far].std() / scene.image[far].std()
        assert kept_far < kept_near


def test_streaks_do_not_fall_between_the_camera_and_a_wall_before_them() -> None:
    clean = np.full((128, 128, 3), 80, np.uint8)
    streaks = RainParameters(layers=4, density=60.0, opacity=0.5)
    near = draw_rain(clean, streaks, 1, np.full((128, 128), 2.0))
    far = draw_rain(clean, streaks, 1, np.full((128, 128), 200.0))
    assert near.mean() < far.mean()


def test_streaks_lean_as_their_angle_says() -> None:
    clean = np.full((160, 160, 3), 60, np.uint8)
    for angle in (-40.0, 0.0, 40.0):
        rain = RainParameters(angle=angle, layers=1, density=120.0, length=0.25, opacity=0.8)
        rows, columns = np.gradient(draw_rain(clean, rain, 2).astype(float).mean(axis=2))
        tensor = np.array(
            [
                [np.sum(columns**2), np.sum(columns * rows)],
                [np.sum(columns * rows), np.sum(rows**2)],
            ]
        )
        across = np.linalg.eigh(tensor)[1][:, 1]  # the direction in which the picture varies most
        along = np.array([-across[1], across[0]])
        lean = np.degrees(np.arctan(along[0] / along[1]))
        assert lean == pytest.approx(angle, abs=8.0)


def test_no_drops_and_no_veil_leave_the_picture(scenes: list[Scene]) -> None:
    dry = RainParameters(density=0.0)
    assert np.array_equal(draw_rain(scenes[0].image, dry, 0), scenes[0].image)


@settings(max_examples=25, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(16, 90), st.integers(16, 90), st.just(3))),
    st.integers(0, 2**40),
    st.sampled_from(["light", "heavy"]),
)
def test_any_picture_keeps_shape_and_is_left_alone(
    clean: np.ndarray, seed: int, level: str
) -> None:
    before = clean.copy()
    rainy = draw_rain(clean, level, seed)
    assert rainy.shape == clean.shape and rainy.dtype == np.uint8
    assert np.array_equal(clean, before)
    assert np.array_equal(rainy, draw_rain(clean, level, seed))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([*FAMILIES.values(), sample_parameters]))
def test_sampled_parameters_are_within_their_ranges(seed: int, sample) -> None:
    rain = sample(np.random.default_rng(seed))
    for name, (low, high) in RANGES.items():
        assert low <= getattr(rain, name) <= high
    assert -45 <= rain.angle <= 45


def test_sampled_rain_reaches_beyond_both_levels(scenes: list[Scene]) -> None:
    rng = np.random.default_rng(0)
    image, depth = scenes[0].image, scenes[0].depth
    drawn = [draw_rain(image, sample_parameters(rng), seed, depth) for seed in range(60)]
    scores = [peak_signal_noise_ratio(image, rainy) for rainy in drawn]
    levels = [peak_signal_noise_ratio(image, draw_rain(image, k, 0, depth)) for k in LEVELS]
    assert min(scores) < min(levels) and max(levels) < max(scores)


def test_the_mixture_is_of_families_by_their_shares() -> None:
    assert set(MIXTURE) <= set(FAMILIES) and sum(MIXTURE.values()) == pytest.approx(1)
    drawn = [sample_parameters(np.random.default_rng(seed)) for seed in range(400)]
    pure = sum(rain.additive == 1 for rain in drawn) / 400
    assert pure == pytest.approx(MIXTURE["added"], abs=0.06)


def test_added_rain_adds_the_same_light_to_any_picture() -> None:
    """Both pictures are so dark that the atmospheric light is the darkest that there is."""
    flat = np.full((96, 128, 3), 30, np.uint8)
    halves = flat.copy()
    halves[:, 64:] = 90
    for seed in range(6):
        rain = FAMILIES["added"](np.random.default_rng(seed))
        rainy = [draw_rain(clean, rain, seed).astype(int) for clean in (flat, halves)]
        light = rainy[0] - flat
        assert np.array_equal(light, rainy[1] - halves)
        assert light.min() == 0 and light.max() > 5
        assert np.ptp(light, axis=2).max() == 0


def test_added_rain_is_as_strong_as_that_of_rain100l(bench_data: Path) -> None:
    scores: dict[str, list[float]] = {"drawn": [], "theirs": []}
    rng = np.random.default_rng(5)
    for number in range(1, 101, 3):
        clean = read_rgb(bench_data / f"Rain100L/norain/norain-{number:03}.png").pixels
        theirs = read_rgb(bench_data / f"Rain100L/rainy/rain-{number:03}.png").pixels
        drawn = draw_rain(clean, FAMILIES["added"](rng), number)
        scores["theirs"].append(peak_signal_noise_ratio(clean, theirs))
        scores["drawn"].append(peak_signal_noise_ratio(clean, drawn))
    assert np.median(scores["drawn"]) == pytest.approx(np.median(scores["theirs"]), abs=3)
    assert min(scores["drawn"]) < min(scores["theirs"])
    assert max(scores["theirs"]) < max(scores["drawn"])


def test_ground_plane_depth_rises_towards_the_horizon() -> None:
    depth = ground_plane_depth(120, 40)
    assert depth.shape == (120, 40) and depth.dtype == np.float32
    assert np.all(np.diff(depth[:, 0]) <= 0) and depth.min() >= 3.0 and depth.max() == 60.0


@pytest.mark.parametrize(
    ("clean", "level", "seed", "depth", "message"),
    [
        (np.zeros((32, 32, 3), np.uint8), "monsoon", 0, None, "choose from light, heavy"),
        (np.zeros((32, 32, 3), np.float32), "light", 0, None, "give uint8"),
        (np.zeros((32, 32), np.uint8), "light", 0, None, "give uint8 of shape"),
        (np.zeros((8, 32, 3), np.uint8), "light", 0, None, "at least 16"),
        (np.zeros((32, 32, 3), np.uint8), "light", -4, None, "start at 0"),
        (np.zeros((32, 32, 3), np.uint8), "light", 0, np.ones((3, 3)), "one depth for each"),
    ],
)
def test_what_cannot_be_rained_on_is_refused(clean, level, seed, depth, message) -> None:
    with pytest.raises(ValueError, match=message):
        draw_rain(clean, level, seed, depth)


def test_parameters_outside_their_range_are_refused() -> None:
    with pytest.raises(ValueError, match=r"opacity is 1.5: rain takes 0 to 1"):
        RainParameters(opacity=1.5)


@pytest.mark.parametrize("lines", [192, 768, 2160])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_part_of_a_large_picture_is_rained_on_as_much_as_the_whole(lines, layers) -> None:
    """The share that streaks cover does not depend on how large the whole is."""
    rain = RainParameters(layers=layers, density=120.0, length=0.2, width=0.012, opacity=0.5)
    part = np.full((192, 192, 3), 60, np.uint8)
    far = np.full((192, 192), 500.0)
    whole = np.mean([draw_rain(part, rain, seed, far).mean() - 60 for seed in range(20)])
    count = 20 * (1 + lines // 192)  # fewer streaks fall into a part, so that means vary more
    drawn = [draw_rain(part, rain, seed, far, lines).mean() - 60 for seed in range(count)]
    assert np.mean(drawn) == pytest.approx(whole, rel=0.15)


def test_streaks_of_a_part_are_as_wide_and_long_as_in_the_whole() -> None:
    """One sharp edge of brightness a streak: the mean gradient falls as streaks widen."""
    rain = RainParameters(layers=1, density=120.0, length=0.3, width=0.01, opacity=0.8)
    whole = draw_rain(np.full((720, 720, 3), 60, np.uint8), rain, 1).astype(float)[..., 1]
    part = np.full((240, 240, 3), 60, np.uint8)
    parts = np.stack(
        [draw_rain(part, rain, seed, lines=720).astype(float)[..., 1] for seed in range(9)]
    )
    for axis in (0, 1):
        reach = [_reach(whole[None], axis), _reach(parts, axis)]
        assert reach[1] == pytest.approx(reach[0], rel=0.25)
    alone = np.stack([draw_rain(part, rain, seed).astype(float)[..., 1] for seed in range(9)])
    assert _reach(alone, 1) < 0.6 * _reach(parts, 1)


def _reach(pictures: np.ndarray, axis: int) -> float:
    """Return how far brightness stays alike along an axis: spread over mean step, in pixels."""
    return float(pictures.std() / np.abs(np.diff(pictures, axis=axis + 1)).mean())


def test_a_part_of_as_many_lines_as_the_whole_is_the_whole() -> None:
    clean = np.full((96, 128, 3), 60, np.uint8)
    assert np.array_equal(
        draw_rain(clean, RainParameters(width=0.005), 3),
        draw_rain(clean, RainParameters(width=0.005), 3, lines=96),
    )


def test_the_rain_of_the_benchmark_is_what_it_was() -> None:
    """Pixels of rain are figures: whoever changes them raises RAIN_VERSION."""
    clean = np.arange(64 * 96 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 96, 3)
    digest = hashlib.sha256(draw_rain(clean, "heavy", 5).tobytes()).hexdigest()
    assert digest.startswith("ba5aa0c55d1ef42e")
