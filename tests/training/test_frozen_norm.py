from types import SimpleNamespace

import torch
from torch import nn

from harness.training.frozen_norm import FrozenNormHook


def test_norms_follow_the_batch_until_they_are_frozen():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5))
    runner, hook = SimpleNamespace(model=model, iter=0), FrozenNormHook(start=2)
    means = []
    for runner.iter in range(4):
        model.train()  # as after a validation
        hook.before_train_iter(runner, runner.iter)
        model(torch.rand(2, 3, 8, 8)).sum().backward()
        means.append(model[1].running_mean.clone())
    assert not torch.equal(means[0], means[1])
    assert torch.equal(means[1], means[2])
    assert torch.equal(means[1], means[3])
    assert model[2].training  # only norms are frozen
    assert model[1].weight.grad.any()
