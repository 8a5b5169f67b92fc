"""The costly images come first, and every process has about as much to do."""

from collections.abc import Mapping
from itertools import chain
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.processes import Processes
from harness.run.plan import OpenRainSet
from harness.run.shares import share_of
from harness.run.work import ImageWork, Work


class Named:
    """Stands for an open rain set."""

    def __init__(self, name: str) -> None:
        self.name = name


def shares(pictures: Mapping[str, Mapping[str, float]], count: int) -> list[list[tuple[str, str]]]:
    """Return which images each process takes, in its order."""
    missing = {"net": ["restoration"], "filter": ["restoration"]}
    work = Work(
        [
            (cast(OpenRainSet, Named(name)), [ImageWork(image, "", missing) for image in images])
            for name, images in pictures.items()
        ]
    )
    amounts = {
        (name, image): of for name, images in pictures.items() for image, of in images.items()
    }
    found = []
    for rank in range(count):
        processes = Processes()
        processes.rank, processes.count = rank, count
        mine = share_of(work, amounts, processes)
        found.append([(one.name, image.image) for one, images in mine.images for image in images])
    return found


def test_the_costly_ones_come_first_within_their_rain_set() -> None:
    (mine,) = shares({"a": {"1": 5, "2": 60, "3": 5}, "b": {"1": 7, "2": 8}}, 1)
    assert mine == [("a", "2"), ("a", "1"), ("a", "3"), ("b", "2"), ("b", "1")]


def test_pictures_of_one_size_keep_their_order_and_are_dealt_in_turn() -> None:
    first, second = shares({"a": {str(n): 4.0 for n in range(5)}}, 2)
    assert first == [("a", "0"), ("a", "2"), ("a", "4")]
    assert second == [("a", "1"), ("a", "3")]


def test_one_big_picture_leaves_the_small_ones_to_the_other() -> None:
    pictures = {"a": {f"{n:02}": 0.15 for n in range(20)} | {"big": 6.0}}
    first, second = shares(pictures, 2)
    assert first == [("a", "big")]
    assert len(second) == 20


sizes = st.dictionaries(st.sampled_from("abcdefghij"), st.integers(1, 1000), max_size=10)


@given(st.fixed_dictionaries({"one": sizes, "two": sizes}), st.integers(1, 4))
def test_each_image_is_taken_once_and_no_process_has_much_more(
    pictures: Mapping[str, Mapping[str, float]], count: int
) -> None:
    found = shares(pictures, count)
    taken = list(chain(*found))
    assert sorted(taken) == sorted((name, one) for name, of in pictures.items() for one in of)
    loads = [sum(pictures[name][one] for name, one in share) for share in found]
    every = [size for of in pictures.values() for size in of.values()]
    assert max(loads) <= sum(every) / count + max(every, default=0)  # Graham 1966, for any order
    assert max(loads) - min(loads) <= max(every, default=0)


@pytest.mark.parametrize("count", [2, 3])
def test_nothing_to_do(count: int) -> None:
    assert shares({"a": {}}, count) == [[] for _ in range(count)]
