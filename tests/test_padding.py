"""Padding to a size multiple: where the pixels are added, and that the picture comes back whole."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.derainer import Derainer, DerainerFacts, pad_to_multiple
from harness.device import Device
from harness.samples import Sample
from harness.terms import Padding


class Same(Derainer):
    """Returns what it got, and remembers it."""

    def __init__(self, padding: Padding) -> None:
        self.facts = DerainerFacts(title="Same", size_multiple=16, padding=padding)
        self.given = torch.empty(0)

    def restore(self, rainy: Tensor) -> Tensor:
        self.given = rainy
        return rainy


@pytest.mark.parametrize("size", [(17, 30), (16, 32), (1, 3), (5, 31)])
@pytest.mark.parametrize("padding", ["end", "centred"])
def test_the_picture_comes_back_whole(padding: Padding, size: tuple[int, int], cpu: Device) -> None:
    rainy = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    derainer = Same(padding)
    (restored,) = derainer.restore_samples([Sample("x", rainy)], cpu)
    assert np.array_equal((restored * 255).round().permute(1, 2, 0).numpy(), rainy)
    assert derainer.given.shape[-2] % 16 == derainer.given.shape[-1] % 16 == 0


@pytest.mark.parametrize("size", [(20, 27), (24, 24)])
def test_centred_padding_is_numpys_reflection_of_both_sides(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).random(size, dtype=np.float32)
    missing = [-length % 16 for length in size]
    expected = np.pad(picture, [(one // 2, one - one // 2) for one in missing], mode="reflect")
    padded = pad_to_multiple(torch.from_numpy(picture)[None, None], 16, "centred")
    assert np.array_equal(padded[0, 0].numpy(), expected)


def test_padding_at_the_end_is_in_no_key_and_centred_is() -> None:
    facts = DerainerFacts(title="X", size_multiple=16)
    before = {
        field.name: getattr(facts, field.name)
        for field in dataclasses.fields(facts)
        if field.name != "padding"
    }
    assert facts.for_keys() == before
    centred = dataclasses.replace(facts, padding="centred")
    assert centred.for_keys() == before | {"padding": "centred"}
