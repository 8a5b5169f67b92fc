import torch

from baselines.ddn import DDN, DDNDerainer
from harness.derainer import quantise
from harness.plugins import registry
from tasks.image_quality import psnr


def test_the_network_sees_no_more_than_the_details():
    """A picture and the same one a level brighter have the same details, so the same residual."""
    torch.manual_seed(0)
    network = DDN().eval()
    rainy = torch.rand(1, 3, 40, 48) * 0.5
    with torch.inference_mode():
        residual = network(rainy) - rainy
        brighter = network(rainy + 0.3) - (rainy + 0.3)
    assert residual.abs().max() > 1e-3
    assert torch.allclose(residual, brighter, atol=1e-5)


def test_it_learns():
    torch.manual_seed(0)
    network = DDN(units=2).train()
    clean = torch.rand(2, 3, 32, 32) * 0.5
    rainy = clean + 0.3 * (torch.rand(2, 1, 1, 32) > 0.8)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(8):
        loss = (network(rainy) - clean).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_its_shipped_weights_take_rain_off_a_scene_that_they_never_saw(cpu):
    sample = registry.load("rain-sets", "streets-heavy")("heavy", scenes=1).load("street-1000000")
    derainer = DDNDerainer()
    assert "this project's rain" in derainer.facts.trained_on
    (restored,) = derainer.restore_samples([sample], cpu)
    gain = psnr(quantise(restored, "round"), sample.clean) - psnr(sample.rainy, sample.clean)
    assert gain > 1
