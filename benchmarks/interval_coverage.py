"""How often a 95 % interval holds the truth, by the way it is made and the number of images.

    python benchmarks/interval_coverage.py [--images 10 20 40] [--repeats 500] [--only NAME ...]
        [--jobs 2] [--json FILE]

From populations whose figure is known, sets of a few images are drawn again and again, each with
its interval: of means; of mIoU and COCO's AP; of the difference of two derainers' on the same
images; and of the share that a derainer recovers of what rain costs. Ways to make the interval of
the same 1,000 resamples are compared: percentiles, and those at the tails of Student's t
(Hesterberg 2015), which this project takes; BCa (Efron 1987, with the jackknife's acceleration) at
the same tails; of means, the studentised bootstrap; of shares, Fieller's interval, which this
project takes. A figure is the share of intervals that hold the truth, in per cent, with its
standard error; (x %) had no interval.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import measured
import numpy as np
from populations import MEANS, POPULATION, Resample, Seen, boxes, label_maps
from scipy.stats import norm

from harness.statistics.recovery import fieller_interval
from harness.statistics.resampling import NO_INTERVAL, FloatArray, Interval, draws, tail

Intervals = Mapping[str, Interval]
"""By the way that they are made."""

Draw = Callable[[np.random.Generator, int], Mapping[str, tuple[Intervals, float]]]
"""From the number of images to the figures of a set of as many: the intervals, and the truth."""


def main() -> None:
    """Print a table for each kind of figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--images", type=int, nargs="*", default=[10, 20, 40])
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--only", nargs="*", choices=DRAWS, metavar="NAME", default=[*DRAWS])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    told: dict[str, dict[str, dict[str, Any]]] = {}
    with ProcessPoolExecutor(options.jobs) as pool:
        for name in options.only:
            asked = [(name, images, options.repeats) for images in options.images]
            for images, figures in zip(options.images, pool.map(covered, asked), strict=True):
                for figure, rates in figures.items():
                    shown = "; ".join(f"{way} {rate}" for way, rate in rates.items())
                    print(f"{figure}, {images} images: {shown}", flush=True)
                    told.setdefault(figure, {})[f"{images} images"] = {
                        way: rate._asdict() for way, rate in rates.items()
                    }
    if options.json:
        measured.write(options.json, told)


class Coverage(NamedTuple):
    """How often a way's interval holds the truth, in per cent.

    Attributes:
        percent: Of the sets of images that have an interval; None where none has.
        standard_error: Of that.
        percent_without: Of all sets: those that have none.
    """

    percent: float | None
    standard_error: float | None
    percent_without: float

    def __str__(self) -> str:
        """Return it in words."""
        if self.percent is None:
            return "-"
        without = f" ({self.percent_without:.0f} %)" if self.percent_without else ""
        return f"{self.percent:.1f} ± {self.standard_error:.1f}{without}"


def covered(asked: tuple[str, int, int]) -> dict[str, dict[str, Coverage]]:
    """Return how often each way's interval holds the truth, by figure and way."""
    name, images, repeats = asked
    rng = np.random.default_rng(images)
    held: dict[str, dict[str, list[bool | None]]] = {}
    for _ in range(repeats):
        for figure, (intervals, truth) in DRAWS[name](rng, images).items():
            for way, (low, high) in intervals.items():
                holds = None if math.isnan(low) else low <= truth <= high
                held.setdefault(figure, {}).setdefault(way, []).append(holds)
    return {
        figure: {way: _coverage(of_way) for way, of_way in ways.items()}
        for figure, ways in held.items()
    }


def _coverage(held: Sequence[bool | None]) -> Coverage:
    known = [one for one in held if one is not None]
    percent_without = 100 * (1 - len(known) / len(held))
    if not known:
        return Coverage(None, None, percent_without)
    rate = float(np.mean(known))
    error = math.sqrt(rate * (1 - rate) / len(known))
    return Coverage(100 * rate, 100 * error, percent_without)


class Sampled(NamedTuple):
    """A figure under the draws of a set of images, and with each image left out."""

    value: float
    resampled: FloatArray
    jackknife: FloatArray

    def less(self, other: "Sampled") -> "Sampled":
        """Return the difference of two figures of the same images."""
        return Sampled(
            self.value - other.value,
            self.resampled - other.resampled,
            self.jackknife - other.jackknife,
        )

    def share(self, whole: "Sampled") -> "Sampled":
        """Return the ratio of two figures of the same images."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return Sampled(
                float(np.divide(self.value, whole.value)),
                self.resampled / whole.resampled,
                self.jackknife / whole.jackknife,
            )


def sample(resample: Resample, images: int) -> Sampled:
    """Return a figure of a set of images, resampled and with each image left out."""
    whole, without_one = np.ones((1, images)), 1 - np.eye(images)
    figures = resample(np.concatenate([whole, without_one, draws(images)]))
    return Sampled(float(figures[0]), figures[1 + images :], figures[1 : 1 + images])


def percentile(sampled: Sampled, at: float) -> Interval:
    """Return the interval between two percentiles of the resamples."""
    if not np.isfinite(sampled.resampled).all():
        return NO_INTERVAL
    return Interval(*np.quantile(sampled.resampled, [at, 1 - at]))


def bca(sampled: Sampled, at: float) -> Interval:
    """Return the interval that is corrected for bias and acceleration."""
    value, resampled, jackknife = sampled
    if not (np.isfinite(resampled).all() and np.isfinite(jackknife).all()):
        return NO_INTERVAL
    below = (np.sum(resampled < value) + 0.5 * np.sum(resampled == value)) / len(resampled)
    bias = norm.ppf(np.clip(below, 1 / len(resampled), 1 - 1 / len(resampled)))
    spread = jackknife.mean() - jackknife
    squares = (spread**2).sum()
    acceleration = (spread**3).sum() / (6 * squares**1.5) if squares else 0.0
    ends = bias + norm.ppf([at, 1 - at])
    return Interval(
        *np.quantile(resampled, norm.cdf(bias + ends / np.maximum(1e-9, 1 - acceleration * ends)))
    )


def studentised(values: FloatArray) -> Interval:
    """Return the interval of a mean by the bootstrap of its t (Efron and Tibshirani, chapter 12).

    There is none where a resample has no spread.
    """
    weights, images = draws(len(values)), len(values)
    means = weights @ values / images
    errors = np.sqrt(np.maximum(0, weights @ values**2 / images - means**2) / (images - 1))
    if not (errors > 1e-12 * np.abs(means)).all():
        return NO_INTERVAL
    low, high = np.quantile((means - values.mean()) / errors, [0.025, 0.975])
    error = float(values.std(ddof=1)) / math.sqrt(images)
    return Interval(values.mean() - high * error, values.mean() - low * error)


def of_any(sampled: Sampled, images: int) -> dict[str, Interval]:
    """Return the intervals that any figure has."""
    return {
        "percentile": percentile(sampled, 0.025),
        "percentile at t": percentile(sampled, tail(images)),
        "BCa at t": bca(sampled, tail(images)),
    }


def mean(name: str) -> Draw:
    """Return how means of a distribution are drawn."""

    def draw(rng: np.random.Generator, images: int) -> dict[str, tuple[Intervals, float]]:
        values = MEANS[name].draw(rng, images)
        sampled = sample(lambda weights: weights @ values / weights.sum(axis=1), images)
        intervals = of_any(sampled, images) | {"studentised": studentised(values)}
        return {name: (intervals, MEANS[name].truth)}

    return draw


def whole(name: str, seen: Seen) -> Draw:
    """Return how figures of whole sets are drawn: of restored pictures, their gain, their share."""
    truths = seen.truths
    gain, loss = truths[1] - truths[0], truths[2] - truths[0]

    def draw(rng: np.random.Generator, images: int) -> dict[str, tuple[Intervals, float]]:
        chosen = rng.integers(0, POPULATION, images)
        rainy, restored, clean = (sample(seen.resample(who, chosen), images) for who in range(3))
        gained, lost = restored.less(rainy), clean.less(rainy)
        ratio = gained.share(lost)
        fieller = fieller_interval(
            gained.value, lost.value, gained.resampled, lost.resampled, images
        )
        return {
            name: (of_any(restored, images), truths[1]),
            f"{name}, gain": (of_any(gained, images), gain),
            f"{name}, recovered share": (of_any(ratio, images) | {"Fieller": fieller}, gain / loss),
        }

    return draw


DRAWS: dict[str, Draw] = {
    **{name: mean(name) for name in MEANS},
    "mIoU": whole("mIoU", label_maps()),
    "AP": whole("AP", boxes()),
}


if __name__ == "__main__":
    main()
