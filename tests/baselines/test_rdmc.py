import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from baselines.rdmc import RDMC, RDMCSmall
from baselines.rdmc.blocks import ConvPair, PassNorm, Upsample
from baselines.rdmc.network import RDMCNetwork, scale_widths
from baselines.rdmc.recruitment import CoarserPath, Gate
from harness.errors import ConfigError, DerainerError
from harness.samples import Sample

TINY = 0.125


def _tiny(**options):
    torch.manual_seed(0)
    return RDMCNetwork(TINY, **options)


def test_size_with_every_path_off_and_on():
    """DRNet's own counts: about 15.9 M without recruitment, 19.8 M with its eight paths."""
    with torch.device("meta"):
        sizes = {
            recruitment: sum(p.numel() for p in RDMCNetwork(1, recruitment, "batch").parameters())
            for recruitment in ("off", "static")
        }
    assert sizes["off"] == pytest.approx(15.9e6, rel=0.01)
    assert sizes["static"] == pytest.approx(19.8e6, rel=0.01)


def test_upsample_equals_torch_interpolation():
    upsample, features = Upsample(), torch.randn(2, 3, 5, 7)
    with torch.no_grad():
        upsample.mixture.copy_(torch.tensor([0.3, -0.9]))
    bilinear, bicubic = upsample.mixture.softmax(0)
    expected = bilinear * F.interpolate(features, scale_factor=2, mode="bilinear")
    expected = expected + bicubic * F.interpolate(features, scale_factor=2, mode="bicubic")
    assert torch.allclose(upsample(features), expected, atol=1e-6)


@pytest.mark.parametrize("recruitment", ["dynamic", "static", "off"])
@pytest.mark.parametrize("norm", ["batch", "batch-per-pass", "layer", "none"])
def test_alone_equals_in_a_batch(recruitment, norm):
    network = _tiny(recruitment=recruitment, norm=norm).eval()
    batch = torch.rand(3, 3, 32, 48)
    with torch.inference_mode():
        together = network(batch)
        alone = torch.cat([network(image[None]) for image in batch])
    assert together.shape == batch.shape
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("recruitment", ["dynamic", "static", "off"])
def test_all_that_is_learned_survives_a_round_trip(recruitment):
    network, rainy = _tiny(recruitment=recruitment).eval(), torch.rand(1, 3, 32, 32)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    torch.manual_seed(9)
    other = RDMCNetwork(TINY, recruitment).eval()
    other.load_state_dict(network.state_dict())
    assert torch.equal(network(rainy), other(rainy))


@pytest.mark.parametrize("recruitment", ["dynamic", "static"])
def test_training_starts_near_off_and_every_parameter_gets_a_gradient(recruitment):
    network = _tiny(recruitment=recruitment, norm="batch-per-pass")
    network(torch.rand(2, 3, 32, 32)).square().mean().backward()
    silent = [k for k, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []
    gates = [m for m in network.modules() if isinstance(m, Gate)]
    assert len(gates) == 8
    for gate in gates:
        assert float(gate.bias.sigmoid()) < 0.05


def test_dynamic_gates_depend_on_the_features_they_join():
    gate = Gate(4, dynamic=True)
    torch.nn.init.normal_(gate.weight)
    features = torch.randn(2, 4, 6, 6)
    opened = gate(torch.randn(2, 4, 6, 6), features)
    assert opened.shape == (2, 1, 6, 6)
    assert opened.std() > 0.01
    changed = gate(torch.randn(2, 4, 6, 6), features)
    assert not torch.allclose(opened, changed)
    assert Gate(4, dynamic=False)(features, features).numel() == 1


def test_path_to_the_output_can_be_negative():
    path = CoarserPath(8, 3, "batch", 3, to_output=True)
    outcome = path(torch.randn(2, 8, 8, 8), 0)
    assert outcome.shape == (2, 3, 8, 8)
    assert (outcome < 0).any()


def test_first_estimate_is_the_rainy_image_and_passes_share_weights():
    network, rainy = _tiny(), torch.rand(1, 3, 32, 32)
    torch.nn.init.zeros_(network.decoder.head.weight)
    torch.nn.init.zeros_(network.decoder.output.path.pair.second.weight)
    estimates = network.estimates(rainy)
    assert len(estimates) == 3
    assert all(torch.equal(estimate, rainy) for estimate in estimates)
    assert {len(RDMCNetwork(TINY, passes=n, norm="none").state_dict()) for n in (1, 4)} == {
        len(_tiny(norm="none").state_dict())
    }


def test_each_pass_keeps_statistics_of_its_own():
    norm = PassNorm(2, "batch-per-pass", 3)
    for index, level in enumerate((0.0, 5.0, 10.0)):
        for _ in range(60):
            norm(torch.randn(4, 2, 8, 8) + level, index)
    means = [float(one.running_mean.mean()) for one in norm.norms]
    assert means == pytest.approx([0, 5, 10], abs=0.2)


def test_dilation_widens_the_field_of_the_second_convolution():
    pair = ConvPair(1, 1, "none", 1, dilation=3)
    for parameter in pair.parameters():
        torch.nn.init.ones_(parameter)
    impulse = torch.zeros(1, 1, 15, 15)
    impulse[0, 0, 7, 7] = 100
    seen = pair(impulse, 0)[0, 0] > 50
    assert seen.any(0).nonzero().flatten().tolist() == list(range(3, 12))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_mixture_of_interpolations_learns_as_if_it_were_two(dtype):
    upsample, features = Upsample(), torch.randn(2, 3, 6, 4, requires_grad=True)
    target = torch.randn(2, 3, 12, 8)
    (upsample(features.to(dtype)).float() * target).sum().backward()
    found = upsample.mixture.grad.clone(), features.grad.clone()
    upsample.mixture.grad = features.grad = None
    bilinear, bicubic = upsample.mixture.softmax(0)
    expected = bilinear * F.interpolate(features, scale_factor=2, mode="bilinear")
    expected = expected + bicubic * F.interpolate(features, scale_factor=2, mode="bicubic")
    (expected * target).sum().backward()
    tolerance = {"atol": 1e-5} if dtype is torch.float32 else {"rtol": 0.05, "atol": 0.1}
    assert torch.allclose(found[0], upsample.mixture.grad, **tolerance)
    assert torch.allclose(found[1], features.grad, **tolerance)


def test_layer_norm_looks_at_one_pixel():
    norm, features = PassNorm(8, "layer", 3), torch.randn(2, 8, 5, 5)
    normalised = norm(features, 2)
    assert torch.allclose(normalised.mean(1), torch.zeros(2, 5, 5), atol=1e-5)
    changed = features.clone()
    changed[1, :, 3, 3] += torch.randn(8)
    differs = (norm(changed, 0) != normalised).any(1)
    assert differs.nonzero().tolist() == [[1, 3, 3]]


def test_one_scale_has_the_size_of_three():
    sizes = [sum(p.numel() for p in _tiny(dilations=d).parameters()) for d in ((1, 2, 3), (1,) * 3)]
    assert sizes[0] == sizes[1]
    assert _tiny(dilations=(2,))(torch.rand(1, 3, 16, 32)).shape == (1, 3, 16, 32)


@pytest.mark.parametrize(
    "options",
    [
        {"passes": 0},
        {"dilations": ()},
        {"dilations": (1, 0)},
        {"channels": (8, 8)},
        {"channels": (8, 8, 8, 8, 0)},
    ],
)
def test_a_network_that_cannot_be(options):
    with pytest.raises(ValueError, match=r"needs 1 or more|of 1 or more"):
        _tiny(**options)


def test_widths_of_the_small_one_stay_multiples_of_four():
    assert all(channels % 4 == 0 for channels in scale_widths(0.24).branches)
    assert scale_widths(0.5, channels=(16, 16, 32, 48, 48)).branches == (8, 8, 16, 24, 24)


def test_weights_of_one_pass_fit_three():
    """With one batch norm for all passes the recursion can be added to a trained network."""
    one, three = (_tiny(passes=passes, norm="batch").eval() for passes in (1, 3))
    three.load_state_dict(one.state_dict())
    rainy = torch.rand(1, 3, 16, 32)
    with torch.inference_mode():
        torch.testing.assert_close(three.estimates(rainy)[0], one(rainy))


def test_full_size_says_what_to_do_without_weights():
    with pytest.raises(ConfigError, match=r"`weights`.*train .*rdmc-s"):
        RDMC()


def test_options_must_fit_the_weights(tmp_path):
    path = tmp_path / "w.pth"
    torch.save(_tiny().state_dict(), path)
    assert RDMC(path, width=TINY).parameters_count() > 0
    for other in ({"recruitment": "off"}, {"norm": "layer"}, {"dilations": (1,)}):
        with pytest.raises(DerainerError, match="another network"):
            RDMC(path, width=TINY, **other)


@pytest.mark.parametrize("size", [(1, 1), (17, 50)])
def test_small_one_takes_any_size(size, cpu):
    derainer = RDMCSmall()
    rainy = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    (restored,) = derainer.restore_samples([Sample("x", rainy)], cpu)
    assert restored.shape == (3, *size)


def test_small_one_is_shipped_with_its_facts():
    derainer = RDMCSmall()
    assert "this project" in derainer.facts.source
    assert 0.8e6 < derainer.parameters_count() < 1.0e6


def test_importing_the_package_imports_no_derainer():
    code = (
        "import baselines, sys; "
        "print([m for m in sys.modules if m.startswith('baselines.') or m == 'torch'])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip() == "[]"
