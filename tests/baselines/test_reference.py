import numpy as np
import pytest
import torch

from baselines.reference import Clean, Rainy
from harness.errors import DerainerError, SampleError
from harness.samples import Sample


def _samples(count=2, size=(17, 23), clean=True):
    rng = np.random.default_rng(1)
    draw = lambda: rng.integers(0, 256, (*size, 3), dtype=np.uint8)  # noqa: E731
    return [Sample(f"s{i}", draw(), draw() if clean else None) for i in range(count)]


@pytest.mark.parametrize(("derainer", "field"), [(Rainy(), "rainy"), (Clean(), "clean")])
def test_every_level_is_returned_as_it_was(derainer, field, cpu):
    samples = _samples()
    restored = derainer.restore_samples(samples, cpu)
    for sample, image in zip(samples, restored, strict=True):
        assert image.dtype == torch.uint8
        assert np.array_equal(image.permute(1, 2, 0).numpy(), getattr(sample, field))
    assert derainer.bound == {"rainy": "lower", "clean": "upper"}[field]
    assert derainer.parameters_count() == 0


def test_returned_pixels_are_a_copy(cpu):
    (sample,) = _samples(1)
    before = sample.rainy.copy()
    Rainy().restore_samples([sample], cpu)[0].zero_()
    assert np.array_equal(sample.rainy, before)


def test_clean_names_the_sample_without_truth(cpu):
    with pytest.raises(SampleError, match=r"s0.*no clean image"):
        Clean().restore_samples(_samples(1, clean=False), cpu)


def test_clean_cannot_be_made_of_a_rainy_tensor():
    with pytest.raises(DerainerError, match="restore_samples"):
        Clean().restore(torch.zeros(1, 3, 4, 4))


def test_fingerprints_differ():
    assert Rainy().fingerprint() != Clean().fingerprint()
