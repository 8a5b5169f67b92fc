import pytest
import torch
from graph_networks import CONVENTIONS, Mixing, assert_restores_alike, sample
from picture_tensors import to_tensor
from torch import nn

from baselines.onnx import OnnxDerainer, _external_files
from baselines.prenet import PReNetDerainer
from harness.errors import ConfigError, DerainerError
from harness.tiling import Tiler

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def _export(network, path, free=("batch", "height", "width"), example=None, outputs=None):
    """Write a network with the input ``rainy``; what is not ``free`` takes the example's size."""
    example = torch.rand(1, 3, 24, 32) if example is None else example
    axes = {
        axis: name for axis, name in {0: "batch", 2: "height", 3: "width"}.items() if name in free
    }
    with torch.no_grad():
        torch.onnx.export(
            network.eval(),
            (example,),
            path,
            dynamo=False,
            input_names=["rainy"],
            output_names=outputs,
            dynamic_axes={"rainy": axes},
        )
    return path


def test_gives_what_the_built_in_derainer_gives(tmp_path, cpu):
    ours = PReNetDerainer()
    theirs = OnnxDerainer(_export(ours.network, tmp_path / "ours.onnx"))
    assert_restores_alike(theirs, ours, cpu, most=1e-4)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_conventions(convention, tmp_path, cpu):
    network, options = CONVENTIONS[convention]
    derainer = OnnxDerainer(_export(network, tmp_path / "net.onnx"), **options)
    (made,) = derainer.restore_samples([sample()], cpu)
    expected = Mixing()(to_tensor(sample().rainy)[None])[0].clamp(0, 1)
    assert torch.allclose(made, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("size", "tiles"), [((24, 32), False), ((7, 20), False), ((40, 52), True), ((20, 90), True)]
)
def test_a_fixed_input_size(size, tiles, tmp_path, cpu):
    derainer = OnnxDerainer(_export(Mixing(), tmp_path / "net.onnx", free=()), size_multiple=16)
    assert derainer.input_size == (24, 32)
    derainer.tiler = Tiler()
    derainer.place(cpu)
    for made in derainer.restore_samples([sample(size), sample(size)], cpu):
        expected = Mixing()(to_tensor(sample(size).rainy)[None])[0].clamp(0, 1)
        assert torch.allclose(made, expected, atol=1e-6)
    assert (derainer.tiler.tiling is not None) == tiles


def test_float16(tmp_path, cpu):
    example = torch.rand(1, 3, 24, 32, dtype=torch.float16)
    path = _export(Mixing().half(), tmp_path / "net.onnx", example=example)
    (made,) = OnnxDerainer(path).restore_samples([sample()], cpu)
    expected = Mixing()(to_tensor(sample().rainy)[None])[0].clamp(0, 1)
    assert torch.allclose(made, expected, atol=2e-3)


class Grey(nn.Module):
    def forward(self, images):
        return images[:, :1] * 2


class LastChannels(nn.Module):
    def forward(self, images):
        return images * 2


class Two(nn.Module):
    def forward(self, first):
        return first + 1, first * 2


@pytest.mark.parametrize(
    ("network", "options", "message"),
    [
        (LastChannels(), {"example": torch.rand(1, 24, 32, 3), "free": ()}, "channels last"),
        (
            LastChannels(),
            {"example": torch.rand(3, 24, 32), "free": ()},
            r"found rainy .*\[3, 24, 32\]",
        ),
        (
            LastChannels(),
            {"example": torch.ones(1, 3, 8, 8, dtype=torch.uint8)},
            r"found rainy tensor\(uint8\)",
        ),
        (LastChannels(), {"example": torch.rand(1, 1, 8, 8)}, r"found rainy .*1, 'height'"),
        (
            LastChannels(),
            {"example": torch.rand(4, 3, 8, 8), "free": ()},
            "takes 4 pictures at a time",
        ),
        (LastChannels(), {"free": ("batch", "width")}, "fixes one side of the picture alone"),
        (Two(), {"outputs": ["a", "b"]}, "its outputs are a, b, and `output` is not set"),
    ],
)
def test_graphs_of_another_kind_are_named(network, options, message, tmp_path):
    path = _export(network, tmp_path / "net.onnx", **options)
    with pytest.raises(DerainerError, match=message):
        OnnxDerainer(path)


def test_an_output_by_name(tmp_path, cpu):
    path = _export(Two(), tmp_path / "net.onnx", outputs=["a", "b"])
    (made,) = OnnxDerainer(path, output="b").restore_samples([sample()], cpu)
    assert torch.allclose(made, (2 * to_tensor(sample().rainy)).clamp(0, 1))
    with pytest.raises(DerainerError, match="its outputs are a, b, and `output` is 'c'"):
        OnnxDerainer(path, output="c")


def test_another_shape_is_named(tmp_path, cpu):
    derainer = OnnxDerainer(_export(Grey(), tmp_path / "net.onnx"))
    with pytest.raises(DerainerError, match=r"gave shape \(1, 1, 40, 52\) .* \(1, 3, 40, 52\)"):
        derainer.restore_samples([sample()], cpu)


def test_a_size_that_contradicts_the_file_is_refused(tmp_path):
    path = _export(Mixing(), tmp_path / "net.onnx", free=())
    with pytest.raises(DerainerError, match="takes pictures of 32x24, and input_size says 64x64"):
        OnnxDerainer(path, input_size=(64, 64))


@pytest.mark.parametrize("content", [b"\xff\0 no graph"])
def test_wrong_files_are_named(content, tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    with pytest.raises(DerainerError, match=r"net.onnx: no ONNX graph that onnxruntime"):
        OnnxDerainer(path)


def test_weights_outside_the_file_count_in_the_fingerprint(tmp_path):
    path = _export(nn.Conv2d(3, 3, 3, padding=1), tmp_path / "net.onnx")
    inside = OnnxDerainer(path).fingerprint()
    onnx.save(
        onnx.load(path), path, save_as_external_data=True, location="net.weights", size_threshold=0
    )
    assert _external_files(path) == ["net.weights"]
    outside = OnnxDerainer(path).fingerprint()
    content = bytearray((tmp_path / "net.weights").read_bytes())
    content[0] ^= 1
    (tmp_path / "net.weights").write_bytes(content)
    assert len({inside, outside, OnnxDerainer(path).fingerprint()}) == 3


def test_without_onnxruntime_the_text_says_what_to_install(tmp_path, monkeypatch):
    path = _export(Mixing(), tmp_path / "net.onnx")
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"pip install 'rdmc-bench\[onnx\]'"):
        OnnxDerainer(path)
