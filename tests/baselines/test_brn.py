import torch

from baselines.brn import BRN


def test_both_networks_see_each_other():
    """The background depends on the streak network, and that on the background's memory."""
    torch.manual_seed(0)
    network = BRN(stages=2)
    network(torch.rand(1, 3, 12, 16)).sum().backward()
    for name in ("conv_r", "conv_i_r", "conv0_r"):
        assert network.get_submodule(name)[0].weight.grad.any()
    seen_by_streaks = network.conv_i_r[0].weight.grad[:, 64:]  # the background's hidden state
    assert seen_by_streaks.any()


def test_neither_output_is_added_to_its_input():
    network = BRN().eval()
    for head in (network.conv, network.conv_r):
        torch.nn.init.zeros_(head[0].weight)
        torch.nn.init.constant_(head[0].bias, 0.125)
    assert network(torch.rand(1, 3, 8, 8)).unique().tolist() == [0.125]
