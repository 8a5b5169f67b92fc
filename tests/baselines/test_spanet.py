import pytest
import torch

from baselines.irnn import FourDirections
from baselines.spanet import SPANet


def _by_loops(irnn, features):
    """Each of the four recurrences written pixel by pixel, after the facts of SPANet's release."""
    count, channels, height, width = features.shape
    ways = []
    for direction in ("up", "right", "down", "left"):
        layer = getattr(irnn, f"{direction}_weight")
        weight, bias = layer.weight.flatten(), layer.bias
        vertical = direction in ("up", "down")
        length = height if vertical else width
        order = range(length) if direction in ("down", "right") else reversed(range(length))
        way = torch.zeros(count, channels, height, width)
        before = None
        for place in order:
            index = (..., place, slice(None)) if vertical else (..., place)
            value = features[index]
            if before is not None:
                value = weight[:, None] * before + bias[:, None] + value
            before = way[index] = value.clamp_min(0)
        ways.append(way)
    return torch.cat(ways, 1)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (6, 9)])
def test_recurrences_equal_loops_over_pixels(size):
    torch.manual_seed(0)
    irnn = FourDirections(5)
    features = torch.randn(2, 5, *size)
    with torch.inference_mode():
        assert torch.allclose(irnn(features), _by_loops(irnn, features), atol=1e-6)


def test_a_streak_spreads_to_its_side_of_the_picture():
    irnn = FourDirections(1)
    for layer in irnn.children():
        torch.nn.init.ones_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    features = torch.zeros(1, 1, 5, 7)
    features[0, 0, 2, 3] = 1
    up, right, down, left = irnn(features)[0]
    assert up[:3, 3].all() and up.sum() == 3
    assert right[2, 3:].all() and right.sum() == 4
    assert down[2:, 3].all() and down.sum() == 3
    assert left[2, :4].all() and left.sum() == 4


def test_attention_weighs_the_twelve_blocks_between():
    """Where the map is zero, blocks 4 to 15 change nothing, and the others still do."""
    torch.manual_seed(0)
    network = SPANet().eval()
    torch.nn.init.constant_(network.SAM1.conv_out.weight, -1e6)
    rainy = torch.rand(1, 3, 12, 16)
    with torch.inference_mode():
        restored = network(rainy)
        for number in range(4, 16):
            torch.nn.init.zeros_(network.get_submodule(f"res_block{number}.group1.conv3").weight)
        assert torch.equal(network(rainy), restored)
        torch.nn.init.zeros_(network.get_submodule("res_block16.group1.conv3").weight)
        assert not torch.equal(network(rainy), restored)
