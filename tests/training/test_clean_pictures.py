import numpy as np
import pytest
from PIL import Image

from harness.errors import ConfigError
from harness.training.clean_pictures import Photographs, RenderedScenes, ScenesOfSizes
from harness.training.picture_cache import PictureCache


def _photographs(folder, scale=None, width=64, height=48, limit=10**9):
    return Photographs([folder], width, height, scale, PictureCache(limit))


def test_scenes_are_rendered_once(tmp_path):
    source = RenderedScenes(range(3, 4), 64, 48, tmp_path)
    first = source.picture(0, np.random.default_rng(0))
    (path,) = source.folder.iterdir()
    written = path.stat().st_mtime_ns
    second = source.picture(0, np.random.default_rng(1))
    assert path.stat().st_mtime_ns == written
    assert np.array_equal(first.image, second.image)
    assert first.image.shape == (48, 64, 3)
    assert first.depth.shape == (48, 64)


@pytest.mark.parametrize("size", [(90, 200), (200, 90), (30, 40)])
def test_without_a_scale_photographs_are_brought_to_the_height_of_scenes(
    make_pairs, tmp_path, size
):
    folder = make_pairs(tmp_path, size=size) / "norain"
    image, depth, _ = _photographs(folder, width=100).picture(2, np.random.default_rng(0))
    longer = round(max(size) * 48 / min(size))
    assert image.shape == (48, min(100, longer) if size[1] > size[0] else 48, 3)
    assert depth is None


@pytest.mark.parametrize("limit", [0, 10**9])
def test_at_scale_one_a_cut_is_a_piece_of_the_file(make_pairs, tmp_path, limit):
    folder = make_pairs(tmp_path, size=(90, 200)) / "norain"
    whole = np.asarray(Image.open(folder / "norain-003.png"))
    photographs = _photographs(folder, (1.0, 1.0), limit=limit)
    cuts = [photographs.picture(2, np.random.default_rng(seed)).image for seed in (0, 1)]
    assert not np.array_equal(*cuts)
    windows = np.lib.stride_tricks.sliding_window_view(whole, (48, 64, 3))[:, :, 0]
    for cut in cuts:
        assert (windows == cut).all((2, 3, 4)).sum() == 1


def test_a_scale_is_the_factor_between_file_and_cut(tmp_path):
    """A picture of vertical bars: half the scale halves their width."""
    bars = np.repeat(np.tile(np.repeat([0, 255], 16), 16)[None], 256, axis=0)
    Image.fromarray(np.repeat(bars[..., None], 3, 2).astype(np.uint8)).save(tmp_path / "bars.png")

    def changes(scale):
        image = _photographs(tmp_path, (scale, scale)).picture(0, np.random.default_rng(3)).image
        return np.count_nonzero(np.diff((image[10, :, 0] > 127).astype(int)))

    assert changes(1.0) == pytest.approx(64 / 16, abs=1)
    assert changes(0.5) == pytest.approx(64 / 8, abs=1)
    assert changes(2.0) == pytest.approx(64 / 32, abs=1)


def test_a_photograph_too_small_for_its_scale_is_enlarged_as_far_as_the_cut_needs(
    make_pairs, tmp_path
):
    folder = make_pairs(tmp_path, size=(30, 200)) / "norain"
    image = _photographs(folder, (0.1, 0.2)).picture(0, np.random.default_rng(0)).image
    assert image.shape == (48, 64, 3)


def test_folders_without_pictures_are_named(tmp_path):
    with pytest.raises(ConfigError, match="nothing holds no pictures"):
        _photographs(tmp_path / "nothing")


def test_cache_stays_within_its_bound_and_drops_what_is_longest_unused():
    decoded = []

    def decode(key):
        decoded.append(key)
        return np.zeros(40, np.uint8)

    cache = PictureCache(limit=100)
    for key in "ababcab":
        cache.get(key, lambda key=key: decode(key))
        assert cache.size <= 100
    assert decoded == ["a", "b", "c", "a", "b"]


def test_scenes_of_sizes_are_parts_of_scenes_and_know_how_large_those_were(tmp_path):
    sizes = [(96, 64), (192, 128)]
    source = ScenesOfSizes(range(3, 5), sizes, 64, 48, tmp_path)
    assert len(source) == 2
    heights = set()
    for seed in range(8):
        image, depth, lines = source.picture(1, np.random.default_rng(seed))
        heights.add(lines)
        width = dict(zip((64, 128), (96, 192), strict=True))[lines]
        whole = RenderedScenes(range(3, 5), width, lines, tmp_path)
        whole = whole.picture(1, np.random.default_rng(0))
        windows = np.lib.stride_tricks.sliding_window_view(whole.image, (48, 64, 3))[:, :, 0]
        ((top, left),) = np.argwhere((windows == image).all((2, 3, 4)))
        assert np.array_equal(depth, whole.depth[top : top + 48, left : left + 64])
    assert heights == {64, 128}


def test_a_scene_smaller_than_the_cut_is_left_whole(tmp_path):
    source = ScenesOfSizes(range(1), [(64, 48)], 100, 100, tmp_path)
    image, depth, lines = source.picture(0, np.random.default_rng(0))
    assert image.shape == (48, 64, 3) and depth.shape == (48, 64) and lines == 48


def test_cuts_of_photographs_count_as_parts_of_pictures_of_many_sizes(make_pairs, tmp_path):
    folder = make_pairs(tmp_path, size=(90, 200)) / "norain"
    photographs = Photographs([folder], 64, 48, None, PictureCache(10**9), lines=(24, 400))
    rng = np.random.default_rng(0)
    lines = [photographs.picture(0, rng).lines for _ in range(200)]
    assert min(lines) == 48 and max(lines) > 300  # a part is never larger than its whole
    assert 60 < np.median(lines) < 150
