"""What crosses to the device and back for a restored picture, counted on a stand-in."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from counting_device import CountedDevice, Counting, Crossings
from torch import Tensor

from baselines.guided_filter import GuidedFilter
from baselines.prenet import PReNetDerainer
from harness.config import read_run_config
from harness.derainer import Derainer, Quantiser, quantise
from harness.device import Device
from harness.errors import DerainerError
from harness.run import whole_run
from harness.run.fetching import fetched
from harness.samples import Sample
from harness.task import Batch

HEIGHT, WIDTH = 13, 20
BYTES = HEIGHT * WIDTH * 3


def samples(count: int) -> list[Sample]:
    pixels = np.random.default_rng(0).integers(0, 256, (count, HEIGHT, WIDTH, 3), np.uint8)
    return [Sample(str(place), one) for place, one in enumerate(pixels)]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("quantisers", [["round"], ["round", "floor"]])
@pytest.mark.parametrize("build", [GuidedFilter, PReNetDerainer])
def test_eight_bits_cross_each_way_and_the_cpu_waits_once(
    build: Callable[[], Derainer], quantisers: list[Quantiser], count: int, cpu: Device
) -> None:
    given, derainer = samples(count), build()
    derainer.place(cpu)
    expected = [
        {one: quantise(image, one) for one in quantisers}
        for image in derainer.restore_samples(given, cpu)
    ]
    counted = Crossings()
    with Counting(counted):
        device = CountedDevice.counted_by(counted)
        derainer.place(device)
        counted.uploaded = 0  # of the weights
        found = fetched(derainer.restore_samples(given, device), given, quantisers)
    assert counted.uploaded == count * BYTES
    assert counted.downloaded == count * len(quantisers) * BYTES + 1  # whether all are finite
    assert counted.waits == 1
    for ours, theirs in zip(found, expected, strict=True):
        assert list(ours) == quantisers
        for one in quantisers:
            np.testing.assert_array_equal(ours[one], theirs[one])


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_one_bad_value_is_found_on_the_device(wrong: float) -> None:
    given = samples(2)
    counted = Crossings()
    with Counting(counted):
        device = CountedDevice.counted_by(counted)
        images = list(device.upload([sample.rainy for sample in given]))
        images[1] = torch.where(images[1] == images[1].max(), wrong, images[1])
        with pytest.raises(DerainerError, match="NaN or infinite"):
            fetched(images, given, ["round"])
    assert counted.waits == 1


def test_a_tasks_pictures_cross_as_eight_bits() -> None:
    given = samples(2)
    counted = Crossings()
    with Counting(counted):
        batch = Batch([one.rainy for one in given], given, CountedDevice.counted_by(counted))
        pictures = batch.on_device(batch.restored)
    assert (counted.uploaded, counted.waits) == (2 * BYTES, 0)
    assert pictures.shape == (2, 3, HEIGHT, WIDTH)


def test_a_run_waits_once_a_batch(
    make_pairs: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in ("write_report", "note_report"):
        monkeypatch.setattr(whole_run, step, lambda directory: None)
    make_pairs(tmp_path / "data", 4, (HEIGHT, WIDTH))
    (tmp_path / "run.yaml").write_text(
        "name: counted\n"
        "rain_sets: [{name: pairs, layout: Rain100L, root: data}]\n"
        "derainers: [prenet]\ntasks: [restoration]\nexamples: 0\nbatch_size: 2\n"
    )
    config, counted = read_run_config(tmp_path / "run.yaml"), Crossings()
    device = CountedDevice.counted_by(counted)
    result = whole_run.run(config, tmp_path, tmp_path / "out", device)
    rows = pd.read_parquet(tmp_path / "out" / "records" / "restoration.parquet")
    assert not result.failures and len(rows) == 4
    network = PReNetDerainer().network
    weights = sum(tensor.nbytes for tensor in network.state_dict().values())
    trial = 64 * 64 * 3  # the picture of noise that a derainer is tried on first
    assert counted.uploaded == weights + trial + 4 * BYTES
    assert counted.downloaded == trial + 4 * BYTES + 3
    assert counted.waits == 3


def test_pictures_of_another_place_are_fetched_too(cpu: Device) -> None:
    given = samples(2)
    counted = Crossings()
    with Counting(counted):
        device = CountedDevice.counted_by(counted)
        first: Tensor = device.upload([given[0].rainy])[0]
        found = fetched([first, cpu.upload([given[1].rainy])[0]], given, ["round"])
    for ours, sample in zip(found, given, strict=True):
        np.testing.assert_array_equal(ours["round"], sample.rainy)
