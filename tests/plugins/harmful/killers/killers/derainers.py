"""Derainers that import."""

import ctypes
import os
import sys
import time
from abc import abstractmethod
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from harness.derainer import Derainer, DerainerFacts, NetworkDerainer


class Sound(NetworkDerainer):
    """A network with fixed weights, in which several threads may be at a time."""

    facts = DerainerFacts(title="Sound", size_multiple=8, licence="any", year=2020)

    def __init__(self, width: int = 4) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 3, 3, padding=1)
        )


class Knowing(Derainer):
    """Needs more of a sample than its picture, hears what comes, and says what it knows."""

    facts = DerainerFacts(title="Knowing")

    def refusal(self, rain_set):
        return None if rain_set.has_clean else "nothing to know"

    def remarks(self, rain_sets, device):
        return [f"knows {', '.join(one.name for one in rain_sets)} \x1b[31m"]

    def expect(self, rain_set, sample_ids, logs):
        self.expected = {one: rain_set.load(one).clean for one in sample_ids}

    def restore_samples(self, samples, device):
        for sample in samples:
            assert np.array_equal(sample.clean, self.expected[sample.id])
        return [torch.from_numpy(one.clean.copy()).permute(2, 0, 1) for one in samples]

    def restore(self, rainy):
        raise AssertionError("the samples are restored with their clean pictures")


class _Harmful(Derainer):
    """Does harm on one picture, or on each."""

    facts = DerainerFacts(title="Harmful")
    is_reentrant: ClassVar[bool] = True

    def __init__(self, only: str = "") -> None:
        self.only = only

    def options(self):
        return {"only": self.only}

    def restore_samples(self, samples, device):
        if not self.only or any(sample.id == self.only for sample in samples):
            self.harm(samples)
        return super().restore_samples(samples, device)

    @abstractmethod
    def harm(self, samples):
        """Do it, on these."""

    def restore(self, rainy):
        return rainy


class Segfault(_Harmful):
    def harm(self, samples):
        ctypes.string_at(0)


class Aborting(_Harmful):
    def harm(self, samples):
        print("\x1b[2Jout of \x07luck", flush=True)
        os.abort()


class Doubled(Derainer):
    """Forks, and lets the other process come back too, before itself."""

    facts = DerainerFacts(title="Doubled")

    def restore(self, rainy):
        if os.fork() == 0:
            time.sleep(0.05)
            return torch.zeros_like(rainy)
        time.sleep(0.3)
        return rainy


class Wandering(_Harmful):
    """Works in a folder of its own, as old code does."""

    def harm(self, samples):
        os.chdir("/")


class Leaving(_Harmful):
    def harm(self, samples):
        os._exit(0)


class Eating(_Harmful):
    """Takes all memory that there is, a little at a time, and spends it."""

    def harm(self, samples):
        eaten = []
        while True:
            eaten.append(np.ones(2**24, np.uint8))
            time.sleep(0.002)


class Hanging(_Harmful):
    """Holds Python's interpreter for ever."""

    def harm(self, samples):
        ctypes.PyDLL(None).usleep(2**31)


class Unconnected(_Harmful):
    """Closes every file that it did not open."""

    def harm(self, samples):
        os.closerange(3, 256)


class Panic(BaseException):
    """As extension modules raise it."""


class Panicking(_Harmful):
    def harm(self, samples):
        raise Panic("thread \x1b[31mpanicked\x1b[0m\nat main.rs")


class SpeechlessError(Exception):
    def __str__(self):
        raise SystemExit(0)


class Speechless(_Harmful):
    def harm(self, samples):
        raise SpeechlessError


class Verbose(_Harmful):
    def harm(self, samples):
        raise ValueError("drip " * 2_000_000)


class Interrupting(_Harmful):
    def harm(self, samples):
        raise KeyboardInterrupt


class Scribbling(_Harmful):
    """Writes where numpy would not let it."""

    def harm(self, samples):
        for sample in samples:
            torch.from_numpy(sample.rainy).zero_()
            torch.from_numpy(sample.clean).zero_()


class Writing(_Harmful):
    def harm(self, samples):
        samples[0].rainy.setflags(write=True)
        samples[0].rainy[:] = 0


class _Ending(Derainer):
    facts = DerainerFacts(title="Ending")

    def restore(self, rainy):
        return rainy


class EndingInRefusal(_Ending):
    def refusal(self, rain_set):
        sys.exit(0)


class UnsayableRefusal(_Ending):
    def refusal(self, rain_set):
        class Reason:
            def __str__(self):
                sys.exit(0)

        return Reason()


class EndingInRemarks(_Ending):
    def remarks(self, rain_sets, device):
        sys.exit(0)


class HangingInRemarks(_Ending):
    limits_itself: ClassVar[bool] = True

    def remarks(self, rain_sets, device):
        time.sleep(10**6)


class EndingInExpect(_Ending):
    def expect(self, rain_set, sample_ids, logs):
        sys.exit(0)


class EndingInClose(_Ending):
    def close(self):
        sys.exit(0)


class InterruptingInRemarks(_Ending):
    def remarks(self, rain_sets, device):
        raise KeyboardInterrupt


class Flighty(_Ending):
    """Has its facts only as long as it is looked at for the first time."""

    looked_at = 0

    @property
    def is_reentrant(self):
        self.looked_at += 1
        if self.looked_at > 1:
            sys.exit(0)
        return True
