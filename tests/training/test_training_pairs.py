from itertools import chain, zip_longest

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from harness.errors import ConfigError
from harness.rain_sets.public_layouts import rain100l
from harness.streets.rain import LEVELS, draw_rain
from harness.training.clean_pictures import Photographs, RenderedScenes
from harness.training.pair_sources import DrawnPairs, FiledPairs, Source
from harness.training.picture_cache import PictureCache
from harness.training.training_pairs import (
    CountingSampler,
    HeldOutPairs,
    RainPairs,
    cut_patch,
    join,
)


def _pairs(cache, rain="heavy", seed=0, negatives=0):
    drawn = DrawnPairs(RenderedScenes(range(8), 64, 48, cache), {rain: 1.0})
    return RainPairs([Source(drawn, 1.0)], 32, 2, seed, 50, negatives)


def test_a_pair_depends_on_seed_and_number_alone(scenes):
    pairs = _pairs(scenes)
    first = pairs[3]
    pairs[4]
    assert torch.equal(first["rainy"], _pairs(scenes)[3]["rainy"])
    assert not torch.equal(first["rainy"], pairs[4]["rainy"])
    assert not torch.equal(first["rainy"], _pairs(scenes, seed=1)[3]["rainy"])
    assert first["rainy"].shape == first["clean"].shape == (2, 3, 32, 32)
    assert join([first, pairs[4]])["clean"].shape == (4, 3, 32, 32)


@pytest.mark.parametrize("workers", [0, 2])
def test_pairs_of_all_sources_are_the_same_whatever_was_seen_before(
    scenes, make_pairs, tmp_path, workers
):
    """Neither what lies in a cache nor the worker that makes an item shows in its pixels."""
    root = make_pairs(tmp_path / "pairs", size=(60, 90))

    def fresh():
        cache = PictureCache(30_000)
        photographs = Photographs([root / "norain"], 64, 48, (0.5, 1.0), cache)
        sources = [
            Source(DrawnPairs(RenderedScenes(range(8), 64, 48, scenes), {"sampled": 1.0}), 0.4),
            Source(DrawnPairs(photographs, {"added": 0.5, "street": 0.5}), 0.3),
            Source(FiledPairs(rain100l("Rain100L", root), 32, cache), 0.3),
        ]
        return RainPairs(sources, 32, 1, 0, 24, negatives=1)

    loader = DataLoader(fresh(), sampler=CountingSampler(24), num_workers=workers, collate_fn=join)
    for number, batch in enumerate(loader):
        alone = fresh()[number]
        assert all(torch.equal(batch[key], alone[key]) for key in ("rainy", "clean", "others"))


def test_sources_are_chosen_by_their_shares(scenes, make_pairs, tmp_path):
    class Chosen:
        def __init__(self, level):
            self.level = level

        def draw(self, rng, versions):
            return np.full((1 + versions, 16, 16, 3), self.level, np.uint8)

    pairs = RainPairs([Source(Chosen(1), 0.2), Source(Chosen(2), 0.8)], 16, 1, 0, 300)
    levels = [int(pairs[index]["clean"][0, 0, 0, 0]) for index in range(300)]
    assert levels.count(1) == pytest.approx(60, abs=20)


def test_clean_patches_come_from_the_place_of_the_rainy_ones(scenes):
    item = _pairs(scenes, "light", negatives=2)[0]
    clean = item["clean"].float()
    for rainy in (item["rainy"], item["others"][:, 0], item["others"][:, 1]):
        difference = (rainy.float() - clean).abs().mean((1, 2, 3))
        shuffled = (rainy.float() - clean.flip(0)).abs().mean((1, 2, 3))
        assert (difference < shuffled).all()


def test_negatives_come_beside_the_pair_and_leave_it_as_it_was(scenes):
    item = _pairs(scenes, negatives=3)[5]
    assert item["others"].shape == (2, 3, 3, 32, 32)
    without = _pairs(scenes)[5]
    assert all(torch.equal(item[key], without[key]) for key in ("rainy", "clean"))
    assert not torch.equal(item["others"][:, 0], item["others"][:, 1])
    assert join([item, item])["others"].shape == (4, 3, 3, 32, 32)
    assert "others" not in _pairs(scenes)[5]


def test_validation_draws_the_rain_of_the_benchmark(scenes):
    source = RenderedScenes(range(500, 502), 64, 48, scenes)
    held_out = HeldOutPairs(source)
    assert len(held_out) == 2 * len(LEVELS)
    clean, depth, _ = source.picture(1, np.random.default_rng(0))
    expected = draw_rain(clean, "heavy", seed=501, depth=depth)
    assert np.array_equal(held_out[3]["rainy"][0].permute(1, 2, 0).numpy(), expected)
    assert join([held_out[2], held_out[3]])["levels"] == ["light", "heavy"]


def test_validation_at_several_sizes_names_them(scenes, tmp_path):
    sizes = (
        RenderedScenes(range(500, 502), 64, 48, scenes),
        RenderedScenes(range(1), 96, 64, tmp_path),
    )
    held_out = HeldOutPairs(*sizes)
    assert len(held_out) == 2 * len(LEVELS) + len(LEVELS)
    assert held_out[5]["levels"] == ["heavy_64"]
    assert held_out[5]["clean"].shape == (1, 3, 64, 96)
    assert held_out[0]["levels"] == ["light_48"]


def test_a_patch_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="do not fit"):
        cut_patch(np.zeros((2, 20, 30, 3), np.uint8), 32, np.random.default_rng(0))


def test_sampler_begins_where_training_stopped():
    sampler = CountingSampler(5)
    assert list(sampler) == [0, 1, 2, 3, 4]
    sampler.skip(3)
    assert list(sampler) == [3, 4]


@pytest.mark.parametrize(("length", "count"), [(12, 3), (11, 4), (2, 3)])
def test_processes_see_together_what_one_would_see(length, count):
    parts = [list(CountingSampler(length, rank, count)) for rank in range(count)]
    step_by_step = [number for step in zip_longest(*parts) for number in step if number is not None]
    assert step_by_step == list(CountingSampler(length))
    assert len(set(chain(*parts))) == length


def test_a_process_that_resumes_leaves_out_its_own_numbers():
    sampler = CountingSampler(12, rank=1, count=3)
    sampler.skip(2)
    assert list(sampler) == [7, 10]
