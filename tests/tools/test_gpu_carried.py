"""What is brought to a bare machine: pairs without loss, photographs that fit, wheels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.rain_sets.public_layouts import rain100l
from tools.gpu.carried_pictures import PAIRS, SIDES, shrunk, write_pairs, write_photographs
from tools.gpu.subjects import ROOT, read_pairs


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    for number in range(6):
        blocks = rng.integers(0, 256, (90, 120, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(blocks).save(tmp_path / f"{number}.jpg")
    return sorted(tmp_path.glob("*.jpg"))


def test_pairs_lose_nothing_and_are_read_as_the_set_they_are(
    make_pairs: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_pairs(tmp_path / "data" / "Rain100L", count=PAIRS + 2)
    write_pairs(source, tmp_path / "carried" / "Rain100L")
    whole = rain100l(name="Rain100L", root=source)
    monkeypatch.setenv("RDMC_BENCH_DATA", str(tmp_path / "carried"))
    carried = read_pairs(PAIRS)
    assert carried.rain_set == "Rain100L"
    assert len(carried.samples) == PAIRS
    for sample, name in zip(carried.samples, whole.ids(), strict=False):
        original = whole.load(name)
        assert np.array_equal(sample.rainy, original.rainy)
        assert sample.clean is not None
        assert np.array_equal(sample.clean, original.clean)


def test_photographs_are_made_smaller_until_all_fit(
    photographs: list[Path], tmp_path: Path
) -> None:
    plenty = write_photographs(photographs, tmp_path / "plenty", 10**8)
    sides = {max(Image.open(one).size) for one in (tmp_path / "plenty").iterdir()}
    assert sides == {640}
    less = write_photographs(photographs, tmp_path / "less", plenty * 2 // 3)
    assert less <= plenty * 2 // 3
    assert len(list((tmp_path / "less").iterdir())) == len(photographs)


def test_what_does_not_fit_at_any_size_is_left_out_evenly(
    photographs: list[Path], tmp_path: Path
) -> None:
    assert write_photographs(photographs, tmp_path / "none", 0) == 0
    smallest = sum(len(content) for _, content in shrunk(photographs, SIDES[-1]))
    half = write_photographs(photographs, tmp_path / "half", smallest // 2 + 1000)
    kept = sorted(path.stem for path in (tmp_path / "half").iterdir())
    assert half <= smallest // 2 + 1000
    assert kept == ["1", "3", "5"]


def test_every_wheel_has_a_pinned_version() -> None:
    lines = (ROOT / "tools/gpu/wheels.txt").read_text().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert len(names) > 10
    assert set(names) <= pinned
