"""Decides what stands where on a street."""

import numpy as np

from harness.streets.scenes.facades import DISTRICTS
from harness.streets.scenes.layout import Layout
from harness.streets.scenes.pavements import (
    place_guard_rail,
    place_pedestrians,
    place_poles,
    place_signs,
    place_trees,
)
from harness.streets.scenes.plots import line_with_houses
from harness.streets.scenes.street import Street
from harness.streets.scenes.traffic import (
    place_bus,
    place_cyclists,
    place_moving_cars,
    place_parked_cars,
)


def sample_layout(rng: np.random.Generator, street: Street, lamps: bool) -> Layout:
    """Draw everything that stands on a street."""
    layout = Layout(street)
    district = str(rng.choice(list(DISTRICTS), p=[0.24, 0.22, 0.22, 0.22, 0.10]))
    for side in (-1, 1):
        line_with_houses(rng, layout, side, district, lamps)
    place_bus(rng, layout)
    place_signs(rng, layout)
    place_cyclists(rng, layout)
    place_moving_cars(rng, layout)
    place_parked_cars(rng, layout)
    for side in (-1, 1):
        place_poles(rng, layout, side)
        place_trees(rng, layout, side)
        place_guard_rail(rng, layout, side)
    place_pedestrians(rng, layout)
    return layout
