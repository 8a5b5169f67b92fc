"""Derainers that behave and derainers that do not."""

import signal
import threading
import time

import torch
from torch import Tensor

from harness.derainer import Derainer, DerainerFacts

CALLS: list[str] = []


class Halving(Derainer):
    """Halves the picture, and counts how often it was asked."""

    facts = DerainerFacts(title="Halving")

    def restore(self, rainy: Tensor) -> Tensor:
        CALLS.append("restore")
        return rainy / 2


class Raising(Derainer):
    facts = DerainerFacts(title="Raising")

    def restore(self, rainy: Tensor) -> Tensor:
        raise IndexError("list index out of range\nsecond line")


class NotFinite(Derainer):
    facts = DerainerFacts(title="NotFinite")

    def restore(self, rainy: Tensor) -> Tensor:
        return rainy * float("nan")


class Shrinking(Derainer):
    facts = DerainerFacts(title="Shrinking")

    def restore(self, rainy: Tensor) -> Tensor:
        return rainy[..., 1:]


class Greedy(Derainer):
    facts = DerainerFacts(title="Greedy")

    def restore(self, rainy: Tensor) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")


class Unbuildable(Derainer):
    facts = DerainerFacts(title="Unbuildable")

    def __init__(self) -> None:
        raise ValueError("no licence file")

    def restore(self, rainy: Tensor) -> Tensor:
        return rainy


class Interrupted(Derainer):
    """Is stopped by the user at its third image, once."""

    facts = DerainerFacts(title="Interrupted")

    def restore(self, rainy: Tensor) -> Tensor:
        CALLS.append("restore")
        if CALLS.count("restore") == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            time.sleep(2)  # until the run has heard it
        return rainy


DERAINERS = (Halving, Raising, NotFinite, Shrinking, Greedy, Unbuildable, Interrupted)
