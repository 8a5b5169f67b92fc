"""Files that spandrel tells: with a package that stands in for it, and with its own networks."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from spandrel_stand_in import Gain, standing_in

from baselines.foreign import GivenFacts
from baselines.spandrel_file import SpandrelDerainer
from harness.device import Device
from harness.errors import ConfigError, DerainerError
from harness.foreign_code import outcome
from harness.samples import Sample


@pytest.fixture
def gain(tmp_path: Path) -> Path:
    torch.save({"params_ema": Gain(0.5).state_dict()}, tmp_path / "gain.pth")
    return tmp_path / "gain.pth"


def picture(height: int, width: int) -> Sample:
    rainy = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Sample("x", rainy)


def test_the_file_says_what_the_network_is(gain: Path, cpu) -> None:
    with standing_in():
        derainer = SpandrelDerainer(gain, GivenFacts(trained_on="Rain13K", licence="MIT"))
    derainer.place(cpu)
    assert (derainer.facts.title, derainer.facts.size_multiple) == ("GainNet", 8)
    assert derainer.facts.licence.startswith("permissive code")
    assert derainer.facts.licence.endswith("weights: MIT")
    assert derainer.facts.trained_on == "Rain13K"
    assert derainer.parameters_count() == 1
    assert derainer.is_local
    samples = [picture(13, 20), picture(13, 20)]
    for sample, restored in zip(samples, derainer.restore_samples(samples, cpu), strict=True):
        expected = torch.from_numpy(sample.rainy).permute(2, 0, 1) / 255 / 2
        assert torch.allclose(restored, expected)


def test_what_must_not_be_cut_into_tiles_is_not(gain: Path) -> None:
    class Discouraged:
        name = "DISCOURAGED"

    with standing_in(tiling=Discouraged()):
        assert not SpandrelDerainer(gain).is_local


def test_a_precision_that_does_not_work_is_told_before_the_run(gain: Path) -> None:
    with standing_in():
        derainer = SpandrelDerainer(gain)
    told = {
        precision: derainer.remarks([], Device(torch.device("cpu"), precision))
        for precision in ("float32", "bfloat16", "float16")
    }
    assert told.pop("float16") == [
        "GainNet does not work in float16, as spandrel says; `precision: float32` does"
    ]
    assert not any(told.values())


@pytest.mark.parametrize(
    "said", [{"scale": 4, "purpose": "SR"}, {"input_channels": 1}, {"purpose": "Inpainting"}]
)
def test_what_is_no_derainer_is_refused(gain: Path, said: dict[str, object]) -> None:
    with standing_in(**said), pytest.raises(DerainerError, match="holds GainNet for"):
        SpandrelDerainer(gain)


def test_an_unknown_network_is_told_with_the_package_that_may_know_it(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(1)}, tmp_path / "other.pth")
    told = r"none of the 1 networks .*no architecture fits.*Restormer.* spandrel_extra_arches"
    with standing_in(), pytest.raises(DerainerError, match=told):
        SpandrelDerainer(tmp_path / "other.pth")


def test_a_refusal_without_a_word_is_not_quoted(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(1)}, tmp_path / "other.pth")
    refused = pytest.raises(DerainerError, match=r"networks that spandrel knows here; Restormer")
    with standing_in(refusal=LookupError()), refused:  # as UnsupportedModelError is raised
        SpandrelDerainer(tmp_path / "other.pth")


def test_nothing_in_the_file_is_run(tmp_path: Path) -> None:
    torch.save({"params": Gain().state_dict(), "hook": Path}, tmp_path / "code.pth")
    with standing_in(), pytest.raises(DerainerError, match="holds more than tensors"):
        SpandrelDerainer(tmp_path / "code.pth")


def test_without_the_package_the_error_says_what_to_install(
    gain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    told = r"pip install 'rdmc-bench\[spandrel\]', with the torchvision that is built for torch 2"
    with pytest.raises(ConfigError, match=told):
        SpandrelDerainer(gain)


EVEN = {"enc_blk_nums": [1] * 4, "dec_blk_nums": [1] * 4, "middle_blk_num": 1, "width": 8}
NETWORKS = {  # package, module and class, small sizes, and the size multiple of the papers
    "NAFNet": ("spandrel", "NAFNet", "NAFNet", EVEN, 1),
    "Uformer": ("spandrel", "Uformer", "Uformer", {"embed_dim": 8}, 128),
    "KBNet": ("spandrel", "KBNet", "KBNet_s", EVEN, 1),
    "Restormer": (
        "spandrel_extra_arches",
        "Restormer",
        "Restormer",
        {"dim": 8, "num_blocks": [1] * 4, "num_refinement_blocks": 1},
        8,
    ),
    "MPRNet": (
        "spandrel_extra_arches",
        "MPRNet",
        "MPRNet",
        {"n_feat": 8, "scale_unetfeats": 4, "scale_orsnetfeats": 4, "num_cab": 1},
        8,
    ),
    "M3SNet": ("spandrel_extra_arches", "M3SNet", "M3SNet", EVEN, 16),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_the_package_itself(name: str, tmp_path: Path, cpu) -> None:
    package, module, network_name, sizes, multiple = NETWORKS[name]
    for needed in ("spandrel", package):
        _, error = outcome(lambda needed=needed: importlib.import_module(needed))
        if error is not None:
            pytest.skip(f"{needed} cannot be imported here: {error}")
    build = getattr(importlib.import_module(f"{package}.architectures.{module}"), network_name)
    torch.manual_seed(0)
    network = build(**sizes).eval()
    torch.save({"params": network.state_dict()}, tmp_path / "net.pth")
    derainer = SpandrelDerainer(tmp_path / "net.pth")
    derainer.place(cpu)
    assert derainer.facts.size_multiple == multiple
    rainy = torch.rand(2, 3, 128, 128)
    with torch.inference_mode():
        made = network(rainy)
    expected = made[0] if isinstance(made, list | tuple) else made
    assert torch.allclose(derainer.restore(rainy), expected.clamp(0, 1), atol=1e-5)
    (restored,) = derainer.restore_samples([picture(33, 50)], cpu)
    assert restored.shape == (3, 33, 50)
