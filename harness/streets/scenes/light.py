"""Time of day and weather: what colour the light has, where it comes from, how far one sees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.streets.scenes.canvas import Rgb

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Light:
    """One illumination. Colours of light are factors, colours of things are 0 to 255."""

    mood: str
    """overcast, bright, sunny, golden or dusk."""
    ambient: Vector
    """(3,) factor that reaches every surface."""
    sun: Vector
    """(3,) factor that a surface facing the sun gets on top."""
    sun_direction: Vector
    """(3,) unit vector to the sun, in street coordinates."""
    zenith: Rgb
    """Colour of the sky overhead."""
    horizon: Rgb
    """Colour of the sky at the horizon, also of haze."""
    cloud: float
    """Share of the sky under cloud, 0 to 1."""
    haze: float
    """Extinction per metre."""
    lamps: bool
    """Whether lamps and windows are lit."""

    def shade(self, colour: Rgb, normal: Vector) -> Rgb:
        """Colour of a matt surface with this unit normal."""
        from_sky = 0.78 + 0.22 * float(normal[1])
        from_sun = max(0.0, float(np.dot(normal, self.sun_direction)))
        return np.asarray(colour * (self.ambient * from_sky + self.sun * from_sun))


_MOODS: dict[str, dict[str, tuple[float, ...]]] = {
    "overcast": {
        "ambient": (0.97, 0.99, 1.02),
        "sun": (0.08, 0.08, 0.07),
        "zenith": (158, 168, 180),
        "horizon": (205, 210, 214),
        "sky": (0.95, 0.0022),
    },
    "bright": {
        "ambient": (0.82, 0.85, 0.89),
        "sun": (0.30, 0.28, 0.24),
        "zenith": (112, 152, 200),
        "horizon": (208, 220, 230),
        "sky": (0.55, 0.0014),
    },
    "sunny": {
        "ambient": (0.62, 0.67, 0.76),
        "sun": (0.58, 0.54, 0.44),
        "zenith": (62, 118, 190),
        "horizon": (182, 208, 230),
        "sky": (0.25, 0.0010),
    },
    "golden": {
        "ambient": (0.66, 0.60, 0.60),
        "sun": (0.56, 0.38, 0.18),
        "zenith": (98, 122, 168),
        "horizon": (240, 206, 160),
        "sky": (0.40, 0.0022),
    },
    "dusk": {
        "ambient": (0.56, 0.57, 0.66),
        "sun": (0.05, 0.04, 0.05),
        "zenith": (52, 66, 108),
        "horizon": (186, 150, 140),
        "sky": (0.50, 0.0030),
    },
}


def sample_light(rng: np.random.Generator) -> Light:
    """Draw a mood and vary its colours."""
    mood = str(
        rng.choice(
            ["overcast", "bright", "sunny", "golden", "dusk"], p=[0.27, 0.26, 0.27, 0.12, 0.08]
        )
    )
    base = _MOODS[mood]
    elevation = np.radians(
        rng.uniform(14, 28) if mood in ("golden", "dusk") else rng.uniform(32, 62)
    )
    azimuth = rng.uniform(-np.pi, np.pi)
    direction = np.array(
        [
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
            -np.cos(elevation) * np.cos(azimuth),
        ]
    )
    cast = rng.normal(0.0, 0.022, 3)
    gain = rng.uniform(0.88, 1.06)
    return Light(
        mood=mood,
        ambient=np.array(base["ambient"]) * gain * (1 + cast),
        sun=np.array(base["sun"]) * gain * (1 + cast) * rng.uniform(0.8, 1.15),
        sun_direction=direction,
        zenith=np.clip(np.array(base["zenith"]) * (1 + cast) * rng.uniform(0.85, 1.12), 0, 250),
        horizon=np.clip(np.array(base["horizon"]) * (1 + cast) * rng.uniform(0.92, 1.08), 0, 250),
        cloud=float(np.clip(base["sky"][0] + rng.normal(0, 0.15), 0.0, 1.0)),
        haze=base["sky"][1] * rng.uniform(0.4, 1.8),
        lamps=mood == "dusk" or (mood == "overcast" and bool(rng.random() < 0.12)),
    )
