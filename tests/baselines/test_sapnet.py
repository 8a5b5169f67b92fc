import torch

from baselines.sapnet import DILATIONS, ChannelAttention, SAPNet


def test_attention_scales_each_channel_by_the_means():
    torch.manual_seed(0)
    attention = ChannelAttention(8)
    features = torch.rand(2, 8, 5, 7)
    squeeze, stretch, plain = (
        layer.weight.flatten(1)
        for layer in (attention.conv_du[0], attention.conv_du[2], attention.conv_1_1)
    )
    means = features.flatten(2).mean(2)
    scales = ((means @ squeeze.T).relu() @ stretch.T + means @ plain.T).sigmoid()
    assert torch.allclose(attention(features), features * scales[..., None, None], atol=1e-6)


def test_both_convolutions_of_a_block_are_dilated_alike():
    network = SAPNet()
    for number, dilation in enumerate(DILATIONS, 1):
        block = network.get_submodule(f"res_conv{number}")
        assert [block[0].dilation, block[3].dilation] == [(dilation, dilation)] * 2
