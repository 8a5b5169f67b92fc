"""How much it rains and how the rain looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np

RAIN_VERSION = 1
"""Counts the changes of the rain's pixels. A cache of rainy images carries it in its key."""


@dataclass(frozen=True)
class RainParameters:
    """One kind of rain.

    Lengths are shares of the image's height, so that rain looks alike at every size.

    Attributes:
        angle: Mean direction of fall in degrees from vertical, -60 to 60; positive drifts to the
            right.
        angle_range: Degrees, 0 to 60, by which a picture's direction may differ from `angle` either
            way.
        directions: Number of streak directions seen at once, 1 to 4; above 1 as in Rain100H.
        layers: Number of distances from which streaks are seen, 1 to 5, the nearest first.
        density: Streaks of the nearest layer a square of the image's height, 0 to 5000.
        densening: Factor of the number of streaks from a layer to the next farther one, 1 to 6.
        length: Length of the nearest streaks, 0.01 to 0.6.
        width: Full width at half maximum of the nearest streaks, 0.001 to 0.03.
        shrink: Factor of length and width from a layer to the next farther one, 0.3 to 1.
        opacity: Greatest opacity of a streak, 0 to 1.
        defocus: Blur of the nearest layer, 0 to 0.02; halves from layer to layer.
        tint: Brightness of streaks as a share of the atmospheric light, 0.3 to 1.3.
        additive: 0 where streaks cover what is behind, 1 where their light adds to it as in
            Rain100L.
        extinction: Extinction of the veil in 1/metre, 0 to 0.2; 0 without a veil.
        gloom: Share of the light that the clouds take, 0 to 0.6.
        greying: Share of the colourfulness that is lost, 0 to 1.

    Raises:
        ValueError: where a number lies outside its range.
    """

    angle: float = 0.0
    angle_range: float = 0.0
    directions: int = 1
    layers: int = 3
    density: float = 60.0
    densening: float = 2.6
    length: float = 0.16
    width: float = 0.007
    shrink: float = 0.62
    opacity: float = 0.35
    defocus: float = 0.0
    tint: float = 0.85
    additive: float = 0.0
    extinction: float = 0.0
    gloom: float = 0.0
    greying: float = 0.0

    def __post_init__(self) -> None:
        for item in fields(self):
            low, high = RANGES[item.name]
            value = getattr(self, item.name)
            if not low <= value <= high:
                raise ValueError(f"{item.name} is {value}: rain takes {low} to {high}")


RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "angle": (-60, 60),
        "angle_range": (0, 60),
        "directions": (1, 4),
        "layers": (1, 5),
        "density": (0, 5000),
        "densening": (1, 6),
        "length": (0.01, 0.6),
        "width": (0.001, 0.03),
        "shrink": (0.3, 1),
        "opacity": (0, 1),
        "defocus": (0, 0.02),
        "tint": (0.3, 1.3),
        "additive": (0, 1),
        "extinction": (0, 0.2),
        "gloom": (0, 0.6),
        "greying": (0, 1),
    }
)
"""Least and greatest value of each number of `RainParameters`."""

LEVELS: Mapping[str, RainParameters] = MappingProxyType(
    {
        "light": RainParameters(
            angle_range=18.0,
            layers=3,
            density=75.0,
            densening=3.0,
            length=0.15,
            width=0.0085,
            opacity=0.44,
            defocus=0.002,
            tint=1.0,
            extinction=0.0045,
            gloom=0.02,
            greying=0.08,
        ),
        "heavy": RainParameters(
            angle_range=28.0,
            layers=4,
            density=135.0,
            densening=3.2,
            length=0.24,
            width=0.0115,
            opacity=0.57,
            defocus=0.003,
            tint=1.0,
            extinction=0.0145,
            gloom=0.12,
            greying=0.28,
        ),
    }
)
"""The two levels of the built-in benchmark."""


def sample_street(rng: np.random.Generator) -> RainParameters:
    """Draw rain as on a street, at any strength, mostly with a veil."""
    angle = _any_angle(rng)
    strength = float(rng.uniform(0.1, 1.2))
    veiled = rng.random() < 0.8
    return RainParameters(
        angle=angle,
        layers=int(rng.integers(2, 6)),
        density=40.0 + 100.0 * strength * float(rng.uniform(0.7, 1.4)),
        densening=float(rng.uniform(2.4, 3.5)),
        length=float(rng.uniform(0.06, 0.16) + 0.13 * strength),
        width=float(rng.uniform(0.0055, 0.009) + 0.003 * strength),
        shrink=float(rng.uniform(0.54, 0.70)),
        opacity=0.28 + 0.30 * strength * float(rng.uniform(0.75, 1.2)),
        defocus=float(rng.uniform(0, 0.005)),
        tint=float(rng.uniform(0.85, 1.05)),
        extinction=float(0.0155 * strength * rng.uniform(0.4, 1.3)) if veiled else 0.0,
        gloom=float(rng.uniform(0, 0.18) * strength) if veiled else 0.0,
        greying=float(rng.uniform(0, 0.4) * strength) if veiled else 0.0,
    )


def sample_long(rng: np.random.Generator) -> RainParameters:
    """Draw long sharp streaks of one direction, covering or additive, without a veil."""
    return RainParameters(
        angle=_any_angle(rng),
        layers=int(rng.integers(1, 3)),
        density=_log_uniform(rng, 50, 380),
        densening=1.5,
        length=float(rng.uniform(0.08, 0.40)),
        width=float(rng.uniform(0.0045, 0.011)),
        shrink=0.8,
        opacity=float(rng.uniform(0.32, 0.75)),
        tint=float(rng.uniform(0.9, 1.2)),
        additive=float(rng.uniform(0, 1)),
    )


def sample_crossed(rng: np.random.Generator) -> RainParameters:
    """Draw heavy streaks of up to three directions without a veil, as in Rain100H."""
    return RainParameters(
        angle=_any_angle(rng),
        directions=int(rng.integers(1, 4)),
        layers=int(rng.integers(2, 4)),
        density=_log_uniform(rng, 60, 320),
        densening=float(rng.uniform(1.5, 2.4)),
        length=float(rng.uniform(0.08, 0.35)),
        width=float(rng.uniform(0.004, 0.013)),
        shrink=0.75,
        opacity=float(rng.uniform(0.35, 0.65)),
        tint=float(rng.uniform(0.8, 1.1)),
    )


def sample_added(rng: np.random.Generator) -> RainParameters:
    """Draw rain as in Rain100L: thin, sharp, near-white streaks of one direction.

    Their light adds to the picture, which nothing else changes: O = B + S, the model of Yang et
    al. (CVPR 2017) for light rain. Longer and wider streaks are fewer, or none of the picture
    would be left.
    """
    layers = int(rng.integers(1, 3))
    densening = float(rng.uniform(1, 2))
    shrink = float(rng.uniform(0.6, 0.9))
    length = _log_uniform(rng, 0.05, 0.33)
    width = _log_uniform(rng, 0.003, 0.010)
    area = length * width * (1 + (layers - 1) * densening * shrink**2)
    return RainParameters(
        angle=_any_angle(rng),
        layers=layers,
        density=_log_uniform(rng, 60, min(900, _MOST_COVERED / area)),
        densening=densening,
        length=length,
        width=width,
        shrink=shrink,
        opacity=float(rng.uniform(0.15, 0.85)),
        tint=float(rng.uniform(1.1, 1.3)),
        additive=1.0,
    )


def sample_overlaid(rng: np.random.Generator) -> RainParameters:
    """Draw rain as image editors make it: noise, smeared in one direction, laid over as light.

    Thousands of short thin streaks of nearly one direction cover the whole picture evenly, as in
    Rain800 (Zhang et al., "Image De-raining Using a Conditional Generative Adversarial Network",
    IEEE TCSVT 2019) and in the denser parts of Rain100H.
    """
    length = _log_uniform(rng, 0.02, 0.16)
    width = _log_uniform(rng, 0.002, 0.006)
    area = length * width
    return RainParameters(
        angle=_any_angle(rng),
        directions=int(rng.choice([1, 1, 1, 2])),
        layers=int(rng.integers(1, 3)),
        density=_log_uniform(rng, min(300, 0.3 / area), min(4500, 1.2 / area)),
        densening=1.0,
        length=length,
        width=width,
        shrink=float(rng.uniform(0.6, 1)),
        opacity=float(rng.uniform(0.2, 0.75)),
        tint=float(rng.uniform(1.0, 1.3)),
        additive=float(rng.choice([0, 1, rng.uniform(0, 1)])),
    )


def sample_wide(rng: np.random.Generator) -> RainParameters:
    """Draw wide soft streaks of one direction, as in Rain1400.

    Fu et al., "Removing Rain from Single Images via a Deep Detail Network", CVPR 2017: 14
    directions and magnitudes for each picture, most of them broad and pale.
    """
    return RainParameters(
        angle=_any_angle(rng),
        layers=int(rng.integers(1, 3)),
        density=_log_uniform(rng, 40, 300),
        densening=float(rng.uniform(1, 2)),
        length=_log_uniform(rng, 0.08, 0.45),
        width=_log_uniform(rng, 0.007, 0.022),
        shrink=float(rng.uniform(0.6, 0.9)),
        opacity=float(rng.uniform(0.2, 0.6)),
        defocus=float(rng.uniform(0.002, 0.010)),
        tint=float(rng.uniform(0.9, 1.3)),
        additive=float(rng.uniform(0, 1)),
    )


def sample_sparse(rng: np.random.Generator) -> RainParameters:
    """Draw few short faint streaks, as a video of real rain shows them.

    After SPA-Data (Wang et al., "Spatial Attentive Single-Image Deraining with a High Quality
    Real Rain Dataset", CVPR 2019): most of such a picture is untouched.
    """
    return RainParameters(
        angle=float(rng.uniform(-25, 25)),
        layers=int(rng.integers(1, 4)),
        density=_log_uniform(rng, 20, 250),
        densening=float(rng.uniform(1.5, 3)),
        length=_log_uniform(rng, 0.03, 0.16),
        width=_log_uniform(rng, 0.003, 0.008),
        shrink=float(rng.uniform(0.55, 0.8)),
        opacity=float(rng.uniform(0.2, 0.7)),
        defocus=float(rng.uniform(0, 0.004)),
        tint=float(rng.uniform(0.85, 1.2)),
    )


def sample_mist(rng: np.random.Generator) -> RainParameters:
    """Draw fine rain that is more veil than streaks."""
    return RainParameters(
        angle=_any_angle(rng),
        layers=int(rng.integers(2, 5)),
        density=_log_uniform(rng, 15, 90),
        densening=float(rng.uniform(2, 3.5)),
        length=float(rng.uniform(0.04, 0.18)),
        width=float(rng.uniform(0.003, 0.009)),
        shrink=0.62,
        opacity=float(rng.uniform(0.1, 0.35)),
        defocus=float(rng.uniform(0, 0.005)),
        tint=float(rng.uniform(0.9, 1.05)),
        extinction=_log_uniform(rng, 0.003, 0.025),
        gloom=float(rng.uniform(0, 0.2)),
        greying=float(rng.uniform(0, 0.4)),
    )


_MOST_COVERED = 0.6
"""Sum of the areas of added streaks as a share of the picture. With it eight draws in ten leave 18
to 34 dB of PSNR on Rain100L's clean pictures, on which its own rain leaves 20 to 32."""


def _any_angle(rng: np.random.Generator) -> float:
    return float(rng.uniform(-45, 45))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


FAMILIES: Mapping[str, Callable[[np.random.Generator], RainParameters]] = MappingProxyType(
    {
        "street": sample_street,
        "long": sample_long,
        "crossed": sample_crossed,
        "added": sample_added,
        "overlaid": sample_overlaid,
        "wide": sample_wide,
        "sparse": sample_sparse,
        "mist": sample_mist,
    }
)
"""Kinds of rain for training, each with parameters to be drawn."""

MIXTURE: Mapping[str, float] = MappingProxyType(
    {"street": 0.50, "long": 0.15, "crossed": 0.17, "added": 0.18}
)
"""Shares of the families in `sample_parameters`; they add up to 1. Those that came later stand
beside it, so that the trainings that draw from it draw what they drew: name them in `rain`."""


def sample_parameters(rng: np.random.Generator) -> RainParameters:
    """Draw rain of any family of `MIXTURE`, over a range that goes beyond the levels on both sides.

    >>> sample_parameters(np.random.default_rng(0)) == sample_parameters(np.random.default_rng(0))
    True
    """
    family = rng.choice(list(MIXTURE), p=list(MIXTURE.values()))
    return FAMILIES[str(family)](rng)
