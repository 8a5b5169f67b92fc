"""Tiles that several threads restore: the same picture, the same failures, and nobody waits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from harness import tile_queue as module
from harness.derainer import Derainer, DerainerFacts
from harness.device import SINGLE_THREAD, Device
from harness.samples import Sample
from harness.tile_queue import Call, Share, TileQueue, Tiles
from harness.tile_sizes import Tiling
from harness.tiling import Tiler, restore_in_tiles


def directly(call: Call) -> Tensor:
    return call()


def restored(number: int) -> Tensor:
    return torch.tensor(number)


def with_threads(count: int) -> Share:
    """Let so many other threads take tiles."""

    def share(restore: Callable[[int], Tensor], tiles: int) -> Tiles:
        queue = TileQueue(restore, tiles)
        others = [threading.Thread(target=take_all, args=[queue]) for _ in range(count)]
        for one in others:
            one.start()
        yield from queue.in_order()
        for one in others:
            one.join()

    return share


def take_all(queue: TileQueue) -> None:
    torch.set_num_threads(1)
    while (number := queue.take()) is not None:
        queue.do_for_another(number, directly)


@contextmanager
def one_operator_thread() -> Iterator[None]:
    """As in every lane of a run."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@settings(max_examples=40)
@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    overlap=st.integers(0, 8),
    more=st.integers(8, 20),
    threads=st.integers(0, 3),
)
def test_a_picture_is_the_same_to_the_last_bit_whoever_restores_its_tiles(
    height: int, width: int, overlap: int, more: int, threads: int
) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1))
    images, tiling = torch.rand(1, 3, 8 * height, 8 * width), Tiling(2 * overlap + more, overlap)
    with torch.inference_mode(), one_operator_thread():
        alone = restore_in_tiles(network, images, tiling, 4)
        shared = restore_in_tiles(network, images, tiling, 4, with_threads(threads))
    assert torch.equal(shared, alone)


@given(by_others=st.lists(st.booleans(), min_size=1, max_size=12), failing=st.sets(st.integers(0)))
def test_the_first_failure_in_the_order_of_the_tiles_is_the_one_that_is_told(
    by_others: list[bool], failing: set[int]
) -> None:
    count = len(by_others)
    failing = {number % count for number in failing}
    begun = []

    def restore(number: int) -> Tensor:
        begun.append(number)
        if number in failing:
            raise ValueError(number)
        return restored(number)

    queue, made = TileQueue(restore, count), list[int]()
    tiles = queue.in_order()
    try:
        for by_another in by_others:
            if by_another and (number := queue.take()) is not None:
                queue.do_for_another(number, directly)
            made.append(int(next(tiles)))
    except ValueError as error:
        assert made == list(range(min(failing)))
        assert error.args == (min(failing),)
    else:
        assert made == list(range(count)) and not failing
    tiles.close()
    assert begun == list(range(len(begun)))  # each once, in their order
    assert queue.left == 0 and queue.take() is None


def test_who_has_the_picture_waits_for_nobody_who_does_nothing() -> None:
    queue = TileQueue(restored, 3)
    first = queue.take()
    assert first == 0
    tiles, others = queue.in_order(), threading.Event()

    def much_later() -> None:
        others.wait()
        queue.do_for_another(first, directly)

    another = threading.Thread(target=much_later)
    another.start()
    threading.Thread(target=lambda: (wait_until(lambda: queue.left == 0), others.set())).start()
    assert [int(tile) for tile in tiles] == [0, 1, 2]  # 1 and 2 were done while 0 was away
    another.join()


def wait_until(comes: Callable[[], bool]) -> None:
    while not comes():
        threading.Event().wait(0.001)


def test_nothing_goes_on_after_a_failure() -> None:
    both = threading.Barrier(2)
    ended = []

    def restore(number: int) -> Tensor:
        both.wait(60)
        if number == 0:
            raise ValueError("the first")
        wait_until(lambda: queue.left == 0)  # of nine tiles, which tells that it failed
        ended.append(number)
        return restored(number)

    queue = TileQueue(restore, 9)
    first = queue.take()
    another = threading.Thread(target=lambda: queue.do_for_another(first or 0, directly))
    another.start()
    with pytest.raises(ValueError, match="the first"):
        list(queue.in_order())
    assert ended == [1]
    another.join()


def test_what_the_way_to_another_thread_raises_is_told_too() -> None:
    queue = TileQueue(restored, 2)

    def hanging(call: Call) -> Tensor:
        raise TimeoutError("did not come back")

    queue.do_for_another(queue.take() or 0, hanging)
    with pytest.raises(TimeoutError, match="did not come back"):
        list(queue.in_order())


def test_seconds_of_others_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])

    def restore(number: int) -> Tensor:
        now[0] += 10
        return restored(number)

    queue = TileQueue(restore, 3)
    queue.do_for_another(queue.take() or 0, directly)
    assert len(list(queue.in_order())) == 3
    assert (queue.seconds_of_others, queue.seconds_waited) == (10, 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_another_thread_works_in_the_same_modes(dtype: torch.dtype) -> None:
    weight = torch.ones(2, 2, requires_grad=True)
    made: list[Tensor] = []

    def restore(number: int) -> Tensor:
        made.append(weight @ weight)
        return made[-1]

    autocast = torch.autocast("cpu", torch.bfloat16, dtype == torch.bfloat16)
    with torch.inference_mode(), autocast:
        queue = TileQueue(restore, 2)
        another = threading.Thread(target=lambda: queue.do_for_another(queue.take() or 0, directly))
        another.start()
        another.join()
        list(queue.in_order())
    assert [one.is_inference() for one in made] == [True, True]
    assert [one.dtype for one in made] == [dtype, dtype]


class Greedy(Derainer):
    """Runs out of memory above so many pixels."""

    facts = DerainerFacts(title="Greedy")
    is_reentrant = True

    def __init__(self) -> None:
        self.sides: list[int] = []

    def restore(self, rainy: Tensor) -> Tensor:
        self.sides.append(rainy.shape[-1])
        if rainy.shape[-1] > 150:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return rainy


def test_memory_that_runs_out_in_another_thread_makes_smaller_tiles() -> None:
    def first_by_another(restore: Callable[[int], Tensor], count: int) -> Tiles:
        queue = TileQueue(restore, count)
        queue.do_for_another(queue.take() or 0, directly)
        yield from queue.in_order()

    pixels = np.random.default_rng(0).integers(0, 255, (400, 400, 3), dtype=np.uint8)
    derainer = Greedy()
    derainer.tiler = Tiler(overlap=64)
    with derainer.tiler.sharing(first_by_another):
        (made,) = derainer.restore_samples(
            [Sample("a", pixels)], Device(torch.device("cpu"), "float32", SINGLE_THREAD)
        )
    assert torch.equal((made * 255).round().byte().permute(1, 2, 0), torch.from_numpy(pixels))
    assert [side for side in derainer.sides if side > 150] == [400, 282, 199]
