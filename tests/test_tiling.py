"""Tiles: any size, equal results for local filters, no seam for networks, never in silence."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from baselines.prenet import PReNetDerainer
from baselines.rdmc import RDMCSmall
from harness import device as device_module
from harness.derainer import Derainer, DerainerFacts, NetworkDerainer
from harness.device import Device
from harness.samples import Sample
from harness.tile_sizes import Tile, Tiling, check_tile
from harness.tiling import PROBE_SIDE, Tiler, restore_in_tiles
from tasks.image_quality import psnr, rgb_to_y

multiples = st.sampled_from([1, 3, 4, 16])
sizes = st.integers(1, 160)
tilings = st.tuples(st.integers(0, 20), st.integers(1, 60)).map(
    lambda pair: Tiling(max(1, 2 * pair[0]) + pair[1], pair[0])
)


@given(length=st.integers(1, 400), tiling=tilings, multiple=multiples)
def test_spans_cover_a_side_and_overlap(length: int, tiling: Tiling, multiple: int) -> None:
    length *= multiple
    spans = tiling.spans(length, multiple)
    assert (spans[0].start, spans[-1].stop) == (0, length)
    assert all(span.start % multiple == 0 for span in spans)
    assert len({span.stop - span.start for span in spans}) == 1
    shared = [one.stop - next_one.start for one, next_one in itertools.pairwise(spans)]
    assert all(pixels >= tiling.overlap for pixels in shared)


@given(height=sizes, width=sizes, tiling=tilings, multiple=multiples)
def test_what_changes_nothing_still_changes_nothing(
    height: int, width: int, tiling: Tiling, multiple: int
) -> None:
    height, width = (-(-side // multiple) * multiple for side in (height, width))
    images = torch.rand(2, 3, height, width)
    restored = restore_in_tiles(lambda tile: tile, images, tiling, multiple)
    assert torch.equal(restored, images)


@given(height=sizes, width=sizes, radius=st.integers(1, 6), more=st.integers(0, 30))
def test_a_filter_within_a_third_of_the_overlap_sees_no_tile(
    height: int, width: int, radius: int, more: int
) -> None:
    def blur(images: Tensor) -> Tensor:
        return F.avg_pool2d(images, 2 * radius + 1, 1, radius)

    images, overlap = torch.rand(1, 3, height, width, dtype=torch.float64), 3 * radius
    restored = restore_in_tiles(blur, images, Tiling(2 * overlap + more, overlap), 1)
    torch.testing.assert_close(restored, blur(images).float(), atol=1e-6, rtol=0)


class Blur(Derainer):
    """Looks two pixels around itself, and remembers what it was given."""

    facts = DerainerFacts(title="Blur", size_multiple=4)

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def restore(self, rainy: Tensor) -> Tensor:
        self.seen.append(tuple(rainy.shape))
        return F.avg_pool2d(F.pad(rainy, (2, 2, 2, 2), mode="replicate"), 5, 1)


class FarSighted(Blur):
    is_local = False


def restore(derainer: Derainer, device: Device, *shape: int, count: int = 1) -> list[Tensor]:
    pixels = np.random.default_rng(3).integers(0, 255, (*shape, 3), dtype=np.uint8)
    return derainer.restore_samples([Sample("a", pixels)] * count, device)


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let the machine have so many bytes left for one lane."""

    def leave(left: float) -> None:
        left /= device_module.SHARE_OF_MEMORY["cpu"]
        monkeypatch.setattr(device_module, "available_memory", lambda _: left)

    return leave


def test_short_memory_makes_tiles_and_says_so(
    cpu: Device, short_memory: Callable[[float], None]
) -> None:
    whole = restore(Blur(), cpu, 300, 401)[0]
    derainer = Blur()
    derainer.tiler = Tiler(overlap=64)
    needed = 3 * 4 * 2.2  # bytes a pixel: the padded input and the output
    short_memory(200 * 200 * needed)
    tiled = restore(derainer, cpu, 300, 401)[0]
    torch.testing.assert_close(tiled, whole, atol=1e-6, rtol=0)
    tiling = derainer.tiler.tiling
    assert tiling is not None
    assert 190 <= tiling.side <= 210
    assert derainer.seen[0] == (1, 3, PROBE_SIDE, PROBE_SIDE)
    assert {shape[-2:] for shape in derainer.seen[1:]} == {(tiling.side, tiling.side)}


def test_enough_memory_leaves_images_whole(cpu: Device) -> None:
    derainer = Blur()
    derainer.tiler = Tiler()
    restore(derainer, cpu, 300, 401)
    assert derainer.seen == [(1, 3, 300, 404)]
    assert derainer.tiler.tiling is None


def test_a_batch_that_does_not_fit_goes_one_by_one(
    cpu: Device, short_memory: Callable[[float], None]
) -> None:
    derainer = Blur()
    derainer.tiler = Tiler()
    short_memory(300 * 404 * 3 * 4 * 3)
    restored = restore(derainer, cpu, 300, 401, count=3)
    assert derainer.seen[1:] == [(1, 3, 300, 404)] * 3
    assert derainer.tiler.tiling is None
    assert torch.equal(restored[0], restore(Blur(), cpu, 300, 401)[0])


@pytest.mark.parametrize(("fitting", "parts"), [(2.5, [2, 2, 1]), (4.5, [3, 2]), (9, [5])])
def test_a_batch_goes_in_as_few_parts_as_fit(
    cpu: Device, short_memory: Callable[[float], None], fitting: float, parts: list[int]
) -> None:
    needed = 3 * 4 * 2.2  # bytes a pixel, as above
    derainer = Blur()
    derainer.tiler = Tiler()
    short_memory(fitting * 300 * 404 * needed)
    restored = restore(derainer, cpu, 300, 401, count=5)
    whole = [shape for shape in derainer.seen if shape[-1] == 404]
    assert whole == [(count, 3, 300, 404) for count in parts]
    assert len(restored) == 5
    assert torch.equal(restored[4], restore(Blur(), cpu, 300, 401)[0])


@pytest.mark.parametrize(("tile", "tiles"), [("auto", 1), ("off", 1), (512, 4)])
def test_who_looks_far_works_in_tiles_only_if_asked(
    cpu: Device, short_memory: Callable[[float], None], tile: Tile, tiles: int
) -> None:
    short_memory(1.0)
    derainer = FarSighted()
    derainer.tiler = Tiler(tile)
    restore(derainer, cpu, 768, 768)
    assert len(derainer.seen) == tiles


class Greedy(Blur):
    """Runs out of memory above so many pixels."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def restore(self, rainy: Tensor) -> Tensor:
        restored = super().restore(rainy)
        if rainy.shape[-1] * rainy.shape[-2] > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return restored


def test_memory_that_runs_out_makes_smaller_tiles(cpu: Device) -> None:
    derainer = Greedy(150 * 150)
    derainer.tiler = Tiler(overlap=64)
    restored = restore(derainer, cpu, 400, 400)[0]
    torch.testing.assert_close(restored, restore(Blur(), cpu, 400, 400)[0], atol=1e-6, rtol=0)
    assert derainer.tiler.tiling is not None
    derainer.seen.clear()
    restore(derainer, cpu, 400, 400)
    assert all(shape[-1] <= 150 for shape in derainer.seen)  # it need not fail again


@pytest.mark.parametrize("tile", ["auto", "off", 512])
def test_memory_that_runs_out_at_last_is_said(cpu: Device, tile: Tile) -> None:
    derainer = Greedy(10)
    derainer.tiler = Tiler(tile)
    with pytest.raises(torch.OutOfMemoryError):
        restore(derainer, cpu, 600, 600)


def test_what_a_setting_may_be() -> None:
    assert [check_tile(value) for value in ("auto", "off", False, 64)] == ["auto", "off", "off", 64]
    for value in (True, 0, -5, 1, 2.5, "on", None, [64]):
        with pytest.raises(ValueError, match="auto, off, or the side"):
            check_tile(value)


def psnr_of(derainer: NetworkDerainer, device: Device, sample: Sample) -> tuple[float, Tensor]:
    assert sample.clean is not None
    restored = derainer.restore_samples([sample], device)[0]
    levels = (restored * 255).permute(1, 2, 0).numpy()
    return psnr(rgb_to_y(levels.round().astype(np.uint8)), rgb_to_y(sample.clean)), restored


@pytest.mark.parametrize(
    ("build", "tiler", "width"),
    [(RDMCSmall, Tiler(384, 192), 560), (PReNetDerainer, Tiler(160, 96), 240)],
)
def test_a_network_shows_no_seam(
    cpu: Device, build: Callable[[], NetworkDerainer], tiler: Tiler, width: int
) -> None:
    rng = np.random.default_rng(1)
    clean = np.kron(rng.integers(0, 200, (8, width // 16, 3)), np.ones((16, 16, 1), int))
    drops = 60 * (rng.random((128, width, 1)) > 0.97)
    streaks = sum(np.roll(drops, step, 0) for step in range(9))
    rainy = np.clip(clean + streaks, 0, 255).astype(np.uint8)
    sample = Sample("a", rainy, clean.astype(np.uint8))
    derainer = build()
    derainer.place(cpu)
    whole, whole_picture = psnr_of(derainer, cpu, sample)
    derainer.tiler = tiler
    tiled, tiled_picture = psnr_of(derainer, cpu, sample)
    assert tiler.tiling is not None
    assert abs(whole - tiled) < 0.01
    assert (whole_picture - tiled_picture).abs().max() < 1 / 255
