import torch

from baselines.rescan import RESCAN, RecurrentUnit


def test_the_first_stage_has_no_state_rather_than_an_empty_one():
    torch.manual_seed(0)
    unit = RecurrentUnit(3, 8, dilation=2)
    features = torch.rand(1, 3, 9, 11)
    with torch.inference_mode():
        without, empty = unit(features, None), unit(features, torch.zeros(1, 8, 9, 11))
        assert not torch.allclose(without, empty)
        for gate in "zrn":
            torch.nn.init.zeros_(unit.get_submodule(f"conv_h{gate}").bias)
        assert torch.equal(unit(features, None), without)
        assert torch.allclose(unit(features, torch.zeros(1, 8, 9, 11)), without, atol=1e-6)


def test_a_residual_of_nothing_leaves_the_image():
    network = RESCAN().eval()
    torch.nn.init.zeros_(network.dec[-1].weight)
    torch.nn.init.zeros_(network.dec[-1].bias)
    rainy = torch.rand(2, 3, 8, 10)
    assert torch.equal(network(rainy), rainy)


def test_it_works_in_bgr():
    """A residual in the network's first channel is taken from blue."""
    network = RESCAN().eval()
    torch.nn.init.zeros_(network.dec[-1].weight)
    with torch.no_grad():
        network.dec[-1].bias.copy_(torch.tensor([0.25, 0.0, 0.0]))
    rainy = torch.rand(1, 3, 8, 10)
    removed = (rainy - network(rainy)).mean((0, 2, 3))
    assert torch.allclose(removed, torch.tensor([0.0, 0.0, 0.25]), atol=1e-6)
