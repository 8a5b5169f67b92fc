"""Derainers that import."""

import sys
import time
from typing import ClassVar

import torch
from torch import nn

from harness.derainer import Derainer, DerainerFacts


class Unbuildable(Derainer):
    facts = DerainerFacts(title="Unbuildable")

    def __init__(self):
        raise ValueError("no licence file")

    def restore(self, rainy):
        return rainy


class Stranger:
    facts = DerainerFacts(title="Stranger")


class Factless(Derainer):
    def restore(self, rainy):
        return rainy


class Vain(Derainer):
    facts: ClassVar[dict] = {"title": "[/bold] Vain"}

    def restore(self, rainy):
        return rainy


class Failing(Derainer):
    facts = DerainerFacts(title="Failing [/bold]")

    def restore(self, rainy):
        raise IndexError("list index out of range")


class Exiting(Derainer):
    facts = DerainerFacts(title="Exiting")

    def restore(self, rainy):
        sys.exit("no GPU found")


class Choosy(Derainer):
    facts = DerainerFacts(title="Choosy")

    def refusal(self, rain_set):
        return rain_set.weather

    def restore(self, rainy):
        return rainy


class Talking(Derainer):
    facts = DerainerFacts(title="Talking")

    def restore(self, rainy):
        return "restored"


class Shrinking(Derainer):
    facts = DerainerFacts(title="Shrinking")

    def restore(self, rainy):
        return rainy[..., 1:]


class NotANumber(Derainer):
    facts = DerainerFacts(title="NotANumber")

    def restore_samples(self, samples, device):
        return [torch.full((3, *sample.rainy.shape[:2]), float("nan")) for sample in samples]

    def restore(self, rainy):
        return rainy


class Levels(Derainer):
    facts = DerainerFacts(title="Levels")

    def restore(self, rainy):
        return (rainy * 255).to(torch.int64)


class Sleeping(Derainer):
    """Never comes back, and takes nothing while it sleeps; one thread at a time."""

    facts = DerainerFacts(title="Sleeping")

    def restore(self, rainy):
        time.sleep(10**6)
        return rainy


class Spinning(Derainer):
    """Computes for ever and catches what it can; several threads at a time."""

    facts = DerainerFacts(title="Spinning")
    is_reentrant = True

    def restore(self, rainy):
        layer = nn.Conv2d(3, 3, 3, padding=1)
        while True:
            try:
                rainy = layer(rainy).clamp(0, 1)
            except Exception:
                continue
