from collections.abc import Iterator

import numpy as np
import pytest

from harness.errors import SampleError
from harness.rain_sets import streets
from harness.rain_sets.streets import SceneCache, StreetsRainSet, streets_heavy, streets_light
from harness.streets.scenes import render_scene

SMALL = {"scenes": 2, "width": 96, "height": 64}


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[SceneCache]:
    cache = SceneCache()
    monkeypatch.setattr(streets, "_rendered", cache)
    yield cache


def test_a_sample_is_the_scene_with_rain() -> None:
    rain_set = streets_light(**SMALL)
    assert rain_set.name == "streets-light"
    assert rain_set.ids() == ("street-1000000", "street-1000001")
    sample, scene = rain_set.load("street-1000001"), render_scene(1_000_001, 96, 64)
    assert sample.clean is not None and sample.boxes is not None and sample.label_map is not None
    assert np.array_equal(sample.clean, scene.image)
    assert np.array_equal(sample.label_map, scene.label_map)
    assert np.array_equal(sample.boxes.xyxy, scene.boxes_xyxy)
    sides = scene.boxes_xyxy[:, 2:] - scene.boxes_xyxy[:, :2]
    assert np.array_equal(sample.boxes.areas, sides[:, 0] * sides[:, 1])
    assert sample.rainy.shape == sample.clean.shape
    assert (sample.rainy != sample.clean).mean() > 0.2


def test_heavy_rain_changes_more_of_the_same_scene() -> None:
    light, heavy = (make(**SMALL).load("street-1000000") for make in (streets_light, streets_heavy))
    assert np.array_equal(light.clean, heavy.clean)
    change = [np.abs(one.rainy.astype(int) - one.clean).mean() for one in (light, heavy)]
    assert change[1] > change[0]


def test_a_scene_is_rendered_once_for_both_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []

    def counted(seed: int, width: int, height: int) -> streets.Scene:
        rendered.append(seed)
        return render_scene(seed, width, height)

    monkeypatch.setattr(streets, "render_scene", counted)
    for rain_set in (streets_light(**SMALL), streets_heavy(**SMALL)):
        for sample_id in rain_set.ids():
            sample = rain_set.load(sample_id)
            assert sample.clean is not None
            sample.clean[:] = 0  # what a consumer does to its sample must not reach the cache
    assert rendered == [1_000_000, 1_000_001]
    again = streets_light(**SMALL).load("street-1000000").clean
    assert again is not None and again.any()


def test_the_cache_is_bounded_and_drops_the_oldest() -> None:
    one = SceneCache(capacity=10**9)
    one.scene(1, 96, 64)
    cache = SceneCache(capacity=int(2.5 * one.size_in_bytes()))
    scenes = {seed: cache.scene(seed, 96, 64) for seed in (1, 2, 3)}
    assert cache.size_in_bytes() <= 2.5 * one.size_in_bytes()
    assert cache.scene(3, 96, 64) is scenes[3]
    assert cache.scene(1, 96, 64) is not scenes[1]


def test_keys_tell_seed_size_and_level_apart() -> None:
    keys = {
        rain_set.key(sample_id)
        for rain_set in (
            streets_light(**SMALL),
            streets_heavy(**SMALL),
            streets_light(scenes=2, width=96, height=48),
        )
        for sample_id in rain_set.ids()
    }
    assert len(keys) == 6
    renamed = StreetsRainSet("mine", "light", **SMALL)
    assert renamed.key("street-1000000") == streets_light(**SMALL).key("street-1000000")


def test_an_unknown_scene_is_named() -> None:
    with pytest.raises(SampleError, match="streets-light: no scene has the id 'street-7'"):
        streets_light(**SMALL).load("street-7")
