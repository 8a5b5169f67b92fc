import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from baselines.rdmc import RDMC, RDMCSmall, pyramid
from baselines.rdmc.blocks import ConvPair, PassNorm, Upsample
from baselines.rdmc.network import RDMCNetwork, scale_widths
from baselines.rdmc.pyramid import carried_over
from baselines.rdmc.recruitment import CoarserPath, Gate
from baselines.rdmc.starting_point import write_starting_point
from harness.errors import ConfigError, DerainerError
from harness.samples import Sample
from harness.streets.rain import draw_rain
from harness.streets.scenes import render_scene

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
        {"scales": 0},
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


def test_scales_change_no_weight_and_begin_with_the_smallest_picture():
    one, three = _tiny(), _tiny(scales=3, passes=2, corrects="estimate")
    assert one.state_dict().keys() == three.state_dict().keys()
    estimates = three.estimates(torch.rand(2, 3, 64, 128))
    shapes = [tuple(estimate.shape[-2:]) for estimate in estimates]
    assert shapes == [(16, 32), (32, 64), (64, 128), (64, 128)]


@pytest.mark.parametrize("size", [(48, 80), (80, 176)])
def test_with_scales_any_multiple_of_the_coarsest_cell_will_do(size):
    network = _tiny(scales=3, corrects="estimate").eval()
    with torch.inference_mode():
        assert network(torch.rand(1, 3, *size)).shape == (1, 3, *size)


@pytest.mark.parametrize("corrects", ["rainy", "estimate"])
def test_a_network_that_corrects_nothing_gives_the_picture_of_each_scale(corrects):
    network, rainy = _tiny(scales=2, corrects=corrects), torch.rand(1, 3, 64, 32)
    torch.nn.init.zeros_(network.decoder.head.weight)
    torch.nn.init.zeros_(network.decoder.output.path.pair.second.weight)
    half, *whole = network.estimates(rainy)
    assert torch.equal(half, F.avg_pool2d(rainy, 2))
    assert all(torch.equal(estimate, rainy) for estimate in whole)


def test_what_a_coarse_pass_takes_out_reaches_the_full_size():
    """A head that darkens by 0.1 a pass: those at full size add up only if they correct it."""
    for corrects, expected in (("estimate", 0.3), ("rainy", 0.2)):
        network = _tiny(scales=2, passes=2, corrects=corrects, recruitment="off")
        torch.nn.init.zeros_(network.decoder.head.weight)
        torch.nn.init.constant_(network.decoder.head.bias, -0.1)
        rainy = torch.rand(1, 3, 64, 32)
        torch.testing.assert_close(network(rainy), rainy - expected)


def test_a_recursion_begins_anew_on_what_the_smaller_scale_left():
    network = _tiny(scales=2, passes=3, norm="batch-per-pass").eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    rainy = torch.rand(1, 3, 64, 32)
    with torch.inference_mode():
        half, *_, last = network.estimates(rainy)
        left = rainy + carried_over(half - F.avg_pool2d(rainy, 2), rainy)
        network.scales = 1
        torch.testing.assert_close(network(left), last)
        torch.testing.assert_close(network.estimates(F.avg_pool2d(rainy, 2))[0], half)


def test_auto_passes_are_three_at_one_scale_and_one_after_smaller_ones(monkeypatch):
    monkeypatch.setattr(pyramid, "FEWEST_LINES", 32)
    network = _tiny(scales="auto", passes="auto")
    assert len(network.estimates(torch.rand(1, 3, 48, 96))) == 3
    shapes = [one.shape[-2] for one in network.estimates(torch.rand(1, 3, 128, 144))]
    assert shapes == [32, 64, 128]


def test_scales_are_options_that_old_weights_fit(tmp_path):
    path = tmp_path / "w.pth"
    torch.save(_tiny().state_dict(), path)
    one, three = RDMC(path, width=TINY, passes=3, scales=1), RDMC(path, width=TINY, scales=3)
    assert one.fingerprint() != three.fingerprint()
    assert "scales" not in one.options()  # what was restored before there were scales is found


def test_the_shipped_weights_take_out_the_rain_of_a_large_picture_at_half_its_size():
    """At once they restore 1 to 2 dB of 720 lines, and 7 of 240."""
    scene = render_scene(3, 1280, 720)
    rainy = draw_rain(scene.image, "heavy", 3, depth=scene.depth)
    part = (slice(280, 600), slice(400, 720))
    rainy, clean = (
        torch.from_numpy(one[part]).permute(2, 0, 1)[None] / 255 for one in (rainy, scene.image)
    )
    left = [(rainy - clean).square().mean()]
    for scales in (1, 2):
        derainer = RDMCSmall(scales=scales, passes=1)
        with torch.inference_mode():
            left.append((derainer.restore(rainy) - clean).square().mean())
    untouched, at_once, coarse_first = (float(-10 * error.log10()) for error in left)
    assert coarse_first > at_once + 1.5 > untouched + 1.5


def test_auto_is_the_number_of_scales_that_the_size_asks_for(monkeypatch):
    monkeypatch.setattr(pyramid, "FEWEST_LINES", 32)
    auto, two, one = RDMCSmall(), RDMCSmall(scales=2, passes=1), RDMCSmall(scales=1, passes=3)
    small, large = torch.rand(1, 3, 32, 96), torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        assert torch.equal(auto.restore(large), two.restore(large))
        assert torch.equal(auto.restore(small), one.restore(small))


def test_a_starting_point_keeps_the_first_pass_and_looks_at_the_estimate_alone(tmp_path):
    network = _tiny(scales=2, corrects="estimate").eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    torch.save(network.state_dict(), tmp_path / "w.pth")
    write_starting_point(tmp_path / "new" / "start.pth", tmp_path / "w.pth")
    started = _tiny(scales=2, corrects="estimate").eval()
    started.load_state_dict(torch.load(tmp_path / "new" / "start.pth"))
    rainy, estimate = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(started.estimates(rainy)[0], network.estimates(rainy)[0])
        seen = started._pass(rainy, estimate, 1) - estimate
        anew = network._pass(estimate, estimate, 1) - estimate
    torch.testing.assert_close(seen, anew)


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
