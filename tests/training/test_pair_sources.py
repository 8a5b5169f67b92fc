import numpy as np
import pytest
from PIL import Image

from harness.errors import ConfigError, SampleError
from harness.rain_sets.pairs import SideBySideRainSet
from harness.rain_sets.public_layouts import rain100l, rain1400
from harness.rain_sets.streets import StreetsRainSet
from harness.rain_sets.unpaired import UnpairedRainSet
from harness.streets.rain import FAMILIES
from harness.training.clean_pictures import RenderedScenes
from harness.training.pair_sources import DrawnPairs, FiledPairs, choose_rain
from harness.training.picture_cache import PictureCache


def _filed(rain_set, smallest=16):
    return FiledPairs(rain_set, smallest, PictureCache(10**8))


def _pixels(path):
    return np.asarray(Image.open(path))


def test_versions_of_a_drawn_pair_are_different_rain_on_one_picture(scenes):
    source = DrawnPairs(RenderedScenes(range(8), 64, 48, scenes), {"heavy": 1.0})
    clean, first, second = source.draw(np.random.default_rng(0), versions=2)
    assert clean.shape == (48, 64, 3)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, clean)


def test_a_pair_without_further_versions_is_the_one_with_them(scenes):
    source = DrawnPairs(RenderedScenes(range(8), 64, 48, scenes), {"sampled": 1.0})
    alone = source.draw(np.random.default_rng(4), versions=1)
    assert np.array_equal(alone, source.draw(np.random.default_rng(4), versions=3)[:2])


@pytest.mark.parametrize("name", ["light", *FAMILIES, "sampled"])
def test_every_rain_can_be_drawn(scenes, name):
    source = DrawnPairs(RenderedScenes(range(8), 64, 48, scenes), {name: 1.0})
    assert source.draw(np.random.default_rng(0), versions=1).shape == (2, 48, 64, 3)


def test_rain_is_chosen_by_its_share():
    rng = np.random.default_rng(0)
    drawn = [choose_rain({"added": 0.25, "light": 0.75}, rng) for _ in range(400)]
    assert sum(rain.additive == 1 for rain in drawn) == pytest.approx(100, abs=25)


def test_filed_pairs_are_the_files(make_pairs, tmp_path):
    make_pairs(tmp_path, count=6)
    source = _filed(rain100l("Rain100L", tmp_path))
    seen = set()
    for seed in range(40):
        clean, rainy = source.draw(np.random.default_rng(seed), versions=1)
        files = [
            number
            for number in range(1, 7)
            if np.array_equal(clean, _pixels(tmp_path / f"norain/norain-{number:03}.png"))
            and np.array_equal(rainy, _pixels(tmp_path / f"rainy/rain-{number:03}.png"))
        ]
        seen.update(files)
        assert len(files) == 1
    assert seen == {1, 2, 3, 4, 5, 6}


def test_an_image_without_siblings_is_its_own_further_version(make_pairs, tmp_path):
    source = _filed(rain100l("Rain100L", make_pairs(tmp_path)))
    _, first, second, third = source.draw(np.random.default_rng(0), versions=3)
    assert np.array_equal(first, second)
    assert np.array_equal(first, third)


def test_siblings_of_one_clean_image_are_its_further_versions(tmp_path):
    rng = np.random.default_rng(0)
    for folder in ("rainy_image", "ground_truth"):
        (tmp_path / folder).mkdir()
    for scene in (1, 2):
        clean = np.full((20, 24, 3), 40 * scene, np.uint8)
        Image.fromarray(clean).save(tmp_path / f"ground_truth/{scene}.jpg", quality=100)
        for rain in (1, 2, 3):
            rainy = clean + np.uint8(5 * rain) + rng.integers(0, 2, clean.shape, np.uint8)
            Image.fromarray(rainy).save(tmp_path / f"rainy_image/{scene}_{rain}.jpg", quality=100)
    source = _filed(rain1400("Rain1400", tmp_path))
    for seed in range(10):
        clean, *rainy = source.draw(np.random.default_rng(seed), versions=3)
        levels = [round((image.mean() - 0.5 - clean.mean()) / 5) for image in rainy]
        assert sorted(levels) == [1, 2, 3]


def test_pairs_may_lie_in_one_file(tmp_path):
    both = np.zeros((20, 48, 3), np.uint8)
    both[:, 24:] = 200
    Image.fromarray(both).save(tmp_path / "1.png")
    source = _filed(SideBySideRainSet("halves", tmp_path, "{id}.png", clean_side="right"))
    clean, rainy = source.draw(np.random.default_rng(0), versions=1)
    assert clean.min() == 200
    assert rainy.max() == 0


def test_any_rain_set_with_clean_images_will_do():
    source = _filed(StreetsRainSet("streets", "light", scenes=1, first_seed=3, width=64, height=48))
    clean, rainy = source.draw(np.random.default_rng(0), versions=1)
    assert 0 < np.abs(clean.astype(int) - rainy).mean() < 60


def test_a_set_without_clean_images_is_refused(make_pairs, tmp_path):
    real = UnpairedRainSet("SIRR", make_pairs(tmp_path) / "rainy")
    with pytest.raises(ConfigError, match="SIRR: this rain set has no clean images"):
        _filed(real)


def test_an_image_smaller_than_the_patches_is_named(make_pairs, tmp_path):
    source = _filed(rain100l("Rain100L", make_pairs(tmp_path, count=1)), smallest=32)
    with pytest.raises(SampleError, match=r"Rain100L: rain-001 is 32x24, smaller than the patches"):
        source.draw(np.random.default_rng(0), versions=1)
