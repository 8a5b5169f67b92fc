"""Rain on clean pictures: streaks in layers and a veil that follows the depth."""

from harness.streets.rain.drawing import draw_rain
from harness.streets.rain.parameters import (
    FAMILIES,
    LEVELS,
    RAIN_VERSION,
    RainParameters,
    sample_parameters,
)
from harness.streets.rain.veil import ground_plane_depth

__all__ = [
    "FAMILIES",
    "LEVELS",
    "RAIN_VERSION",
    "RainParameters",
    "draw_rain",
    "ground_plane_depth",
    "sample_parameters",
]
