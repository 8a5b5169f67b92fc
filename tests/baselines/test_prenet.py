import pytest
import torch
import torch.nn.functional as F
from picture_tensors import to_tensor

from baselines.prenet import DEFAULT_WEIGHTS, PReNetDerainer
from harness.digests import digest_file
from harness.errors import DerainerError
from harness.images import read_rgb
from harness.samples import Sample


def test_relatives_do_not_load(authors_weights):
    with pytest.raises(DerainerError, match="another network"):
        PReNetDerainer(authors_weights / "prenet_r_rain100l.pth")


def _by_hand(tensors, rainy):
    """PReNet as BASELINES.md describes it, spelled out in functions over a checkpoint."""

    def conv(name, features):
        return F.conv2d(features, tensors[f"{name}.weight"], tensors[f"{name}.bias"], padding=1)

    estimate, hidden, cell = rainy, None, None
    for _ in range(6):
        features = conv("conv0.0", torch.cat((rainy, estimate), 1)).relu()
        if hidden is None:
            hidden, cell = torch.zeros_like(features), torch.zeros_like(features)
        joined = torch.cat((features, hidden), 1)
        gates = [conv(f"conv_{gate}.0", joined) for gate in "ifog"]
        enter, keep, show = (gate.sigmoid() for gate in gates[:3])
        cell = keep * cell + enter * gates[3].tanh()
        hidden = features = show * cell.tanh()
        for block in range(1, 6):
            inner = conv(f"res_conv{block}.0", features).relu()
            features = (conv(f"res_conv{block}.2", inner).relu() + features).relu()
        estimate = conv("conv.0", features) + rainy
    return estimate


def test_the_authors_weights_do_what_they_should(authors_weights, bench_data, cpu):
    """Part of two Rain100L pairs; all 100 whole pairs give 37.630 dB (round), 37.464 (floor)."""
    path = authors_weights / "prenet_rain100l.pth"
    derainer = PReNetDerainer(path)
    derainer.place(cpu)
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    for number in (38, 71):
        rainy = read_rgb(bench_data / f"Rain100L/rainy/rain-{number:03}.png").pixels[:96, :128]
        clean = read_rgb(bench_data / f"Rain100L/norain/norain-{number:03}.png").pixels[:96, :128]
        (restored,) = derainer.restore_samples([Sample("x", rainy.copy())], cpu)
        by_hand = _by_hand(tensors, to_tensor(rainy)[None])[0].clamp(0, 1)
        assert torch.allclose(restored, by_hand, atol=1e-5)
        truth = to_tensor(clean)
        assert _psnr_y(restored, truth) > _psnr_y(to_tensor(rainy), truth) + 5


def test_default_weights_are_ours_and_known():
    derainer = PReNetDerainer()
    assert derainer.weights_digest == digest_file(DEFAULT_WEIGHTS)
    assert derainer.weights_digest in PReNetDerainer.known_weights
    assert "this project" in derainer.facts.source


def _psnr_y(first, second):
    luma = torch.tensor([65.481, 128.553, 24.966]).reshape(3, 1, 1) / 255
    return float(-10 * ((first - second) * luma).sum(0).square().mean().log10())
