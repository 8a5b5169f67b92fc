"""What foreign code gets cannot be written into, or it shows; and the original stays as it was."""

import ctypes
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.errors import BenchError
from harness.lending import Loan, sealed
from harness.run.loading import sample_digest
from harness.samples import Boxes, Sample


@pytest.fixture
def sample() -> Sample:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    boxes = Boxes(
        np.ones((2, 4), np.float32), np.ones(2, np.int64), np.zeros(2, np.bool_), np.ones(2)
    )
    depth = np.asfortranarray(rng.random((4, 6), dtype=np.float32))
    depth[0, 0] = np.nan  # which equals nothing, and is no damage
    truths = {"depth": depth, "nothing": np.empty((4, 6, 0), ">f8")}
    return sealed(Sample("a", picture, picture[::-1], boxes, picture[..., 0], truths))


def numpy_lifts_the_flag(array: np.ndarray) -> None:
    array.setflags(write=True)
    array.view(np.uint8).reshape(-1)[0] ^= 1


def torch_shares_the_memory(array: np.ndarray) -> None:
    torch.from_numpy(array).view(torch.uint8).view(-1)[0] ^= 1


def c_writes(array: np.ndarray) -> None:
    byte = ctypes.cast(array.ctypes.data, ctypes.POINTER(ctypes.c_uint8))
    byte[0] ^= 1


ARRAYS: dict[str, Callable[[Sample], np.ndarray]] = {
    "rainy picture": lambda one: one.rainy,
    "clean picture": lambda one: one.clean,
    "label map": lambda one: one.label_map,
    "boxes": lambda one: one.boxes.ignore,
    "depth": lambda one: one.truths["depth"],
}


@pytest.mark.parametrize("what", ARRAYS)
def test_numpy_does_not_write(sample: Sample, what: str) -> None:
    (lent,) = Loan().samples([sample])
    with pytest.raises(ValueError, match="WRITEABLE"):
        numpy_lifts_the_flag(ARRAYS[what](lent))
    with pytest.raises(ValueError, match="read-only"):
        ARRAYS[what](lent)[...] = 0


@pytest.mark.parametrize("write", [torch_shares_the_memory, c_writes])
@pytest.mark.parametrize("what", ARRAYS)
@pytest.mark.filterwarnings("ignore:The given NumPy array is not writable")
def test_one_bit_shows_and_harms_nobody(
    sample: Sample, what: str, write: Callable[[np.ndarray], None]
) -> None:
    before, loan = sample_digest(sample), Loan()
    (lent,) = loan.samples([sample])
    assert sample_digest(lent) == before
    loan.check()
    write(ARRAYS[what](lent))
    with pytest.raises(BenchError, match=f"wrote into the {what} of a, which others"):
        loan.check()
    assert sample_digest(sample) == before


def test_another_array_in_its_place_harms_nobody(sample: Sample) -> None:
    loan = Loan()
    (lent,) = loan.samples([sample])
    object.__setattr__(lent, "rainy", lent.rainy * 0)
    lent.truths.clear()  # type: ignore[attr-defined]
    loan.check()
    assert sample.rainy.any() and set(sample.truths) == {"depth", "nothing"}


def test_restored_pictures_are_lent_too(sample: Sample) -> None:
    loan, ours = Loan(), sample.rainy.copy()
    (theirs,) = loan.pictures([ours], ["a"])
    c_writes(theirs)
    assert np.array_equal(ours, sample.rainy)
    with pytest.raises(BenchError, match="wrote into the restored picture of a"):
        loan.check()


def test_a_rain_set_that_reuses_its_memory_harms_nobody(sample: Sample) -> None:
    buffer = sample.rainy.copy()
    taken = sealed(replace(sample, rainy=buffer))
    buffer[:] = 0
    assert np.array_equal(taken.rainy, sample.rainy)
