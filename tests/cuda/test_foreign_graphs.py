"""Networks in ONNX and TorchScript files run on the device of the run, or say where they run."""

from pathlib import Path

import pytest
import torch

from baselines.onnx import CUDA, OnnxDerainer
from baselines.prenet import PReNetDerainer
from baselines.torchscript import TorchScriptDerainer
from harness.device import Device
from harness.samples import Sample


def export(folder: Path) -> Path:
    """Write PReNet as an ONNX file that takes pictures of the size of ``picture``."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    network, path = PReNetDerainer().network, folder / "prenet.onnx"
    example = (torch.rand(1, 3, 64, 96),)
    with torch.no_grad():
        torch.onnx.export(network.eval(), example, path, dynamo=False, input_names=["rainy"])
    return path


def expected(device: Device, picture: Sample) -> torch.Tensor:
    derainer = PReNetDerainer()
    derainer.place(device)
    return derainer.restore_samples([picture], device)[0]


def test_torchscript(device: Device, picture: Sample, tmp_path: Path) -> None:
    path = tmp_path / "prenet.pt"
    with torch.no_grad():
        traced = torch.jit.trace(PReNetDerainer().network.eval(), torch.rand(1, 3, 64, 96))
    torch.jit.save(traced, path)
    derainer = TorchScriptDerainer(path, input_size=(64, 96))
    derainer.place(device)
    assert {one.device for one in derainer.network.parameters()} == {device.torch_device}
    (made,) = derainer.restore_samples([picture], device)
    torch.testing.assert_close(made, expected(device, picture), atol=1e-4, rtol=0)


def test_onnx(device: Device, picture: Sample, tmp_path: Path) -> None:
    derainer = OnnxDerainer(export(tmp_path))
    derainer.place(device)
    (made,) = derainer.restore_samples([picture], device)
    torch.testing.assert_close(made, expected(device, picture), atol=1e-4, rtol=0)


@pytest.mark.cuda
def test_onnx_on_the_gpu_where_onnxruntime_can_and_else_it_says_so(
    gpu: Device, tmp_path: Path
) -> None:
    derainer = OnnxDerainer(export(tmp_path))
    import onnxruntime

    has_cuda = CUDA in onnxruntime.get_available_providers()
    remarks = derainer.remarks([], gpu)
    assert (remarks == []) == has_cuda
    derainer.place(gpu)
    if not has_cuda:
        pytest.skip(f"this onnxruntime has no {CUDA}, and the derainer says so")
    assert derainer._session.get_providers()[0] == CUDA
