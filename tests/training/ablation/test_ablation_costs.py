import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.device import Device
from harness.training.ablation.results import deviation
from harness.training.ablation.variant_costs import Batch, batch_statistics, mean_psnr


def test_train_mode_uses_the_statistics_of_the_batch_and_learns_nothing(cpu: Device) -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3).eval()
    norm.running_mean = torch.tensor([0.5, 0.2, 0.1])
    images = torch.rand(4, 3, 8, 8)
    with torch.no_grad():
        before = norm(images)
        with batch_statistics([norm]):
            inside = norm(images)
        after = norm(images)
    expected = F.batch_norm(images, None, None, norm.weight, norm.bias, training=True)
    assert torch.allclose(inside, expected)
    assert torch.equal(before, after)
    assert not torch.allclose(before, inside, atol=0.1)
    assert not norm.training and norm.momentum == 0.1


def test_held_out_psnr_is_a_mean_over_images(cpu: Device) -> None:
    def levels(value: int) -> Tensor:
        return torch.full((1, 3, 16, 16), value, dtype=torch.uint8)

    batches = [
        Batch(torch.cat([levels(100), levels(90)]), torch.cat([levels(101), levels(100)])),
        Batch(levels(50), levels(52)),
    ]
    # A grey difference of d levels is one of d * 219 / 255 in Y.
    errors = torch.tensor([1.0, 10.0, 2.0]) * 219 / 255
    expected = (20 * torch.log10(255 / errors)).mean()
    assert mean_psnr(nn.Identity(), batches, cpu) == pytest.approx(float(expected), abs=1e-3)


def test_deviation_is_that_of_a_sample() -> None:
    values = torch.rand(5, dtype=torch.float64)
    assert deviation(values.tolist()) == pytest.approx(float(values.std()))
