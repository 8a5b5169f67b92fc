import torch

from baselines.prenet import PReNet
from baselines.vrgnet import VRGNet


def test_it_is_prenet_but_for_the_last_head():
    torch.manual_seed(0)
    network = VRGNet().eval()
    plain = PReNet().eval()
    plain.load_state_dict(network.state_dict(), strict=False)
    rainy = torch.rand(1, 3, 12, 16)
    with torch.inference_mode():
        assert not torch.allclose(network(rainy), plain(rainy))
        for name in ("weight", "bias"):
            own, other = getattr(network.convfinal[0], name), getattr(plain.conv[0], name)
            own[:3], own[3:] = other, 7.0  # the log-variance must not matter
        assert torch.allclose(network(rainy), plain(rainy), atol=1e-6)


def test_the_log_variance_takes_no_part():
    network = VRGNet()
    network(torch.rand(1, 3, 12, 16)).sum().backward()
    head = network.convfinal[0]
    idle = [gradient[3:] for gradient in (head.weight.grad, head.bias.grad)]
    assert sum(gradient.numel() for gradient in idle) == 170_697 - 169_830
    assert not any(gradient.any() for gradient in idle)
