"""Divides the ground along the street into houses, gardens and parks."""

from typing import NamedTuple

import numpy as np

from harness.streets.scenes.buildings import sample_building
from harness.streets.scenes.fences import sample_fence
from harness.streets.scenes.layout import Layout
from harness.streets.scenes.street import Lawn
from harness.streets.scenes.trees import sample_tree


class Plots(NamedTuple):
    """How a district divides the ground along the street. Lengths are metres."""

    length: tuple[float, float]
    gap: tuple[float, float]
    gap_share: float
    garden_share: float
    park_share: float


_PLOTS = {
    "city": Plots((11, 22), (0.5, 2.5), 0.15, 0.22, 0.12),
    "high street": Plots((7, 15), (0.5, 3.0), 0.2, 0.22, 0.16),
    "terrace": Plots((7, 16), (1.0, 3.0), 0.2, 0.6, 0.12),
    "suburb": Plots((8, 13), (2.5, 8.0), 0.9, 0.95, 0.15),
    "works": Plots((14, 28), (3.0, 9.0), 0.7, 0.8, 0.1),
}


def line_with_houses(
    rng: np.random.Generator, layout: Layout, side: int, district: str, lamps: bool
) -> None:
    """Plots along one side: houses, front gardens behind fences, now and then a park."""
    street, plots = layout.street, _PLOTS[district]
    gardens = rng.random() < plots.garden_share
    z = float(rng.uniform(-8, 1))
    last_park = False
    while z < 105:
        length = float(rng.uniform(*plots.length))
        hit = [
            b
            for b in street.side_streets
            if b.side in (side, 0) and b.near - 2.5 < z + length and z < b.far + 2.5
        ]
        if hit:
            length = hit[0].near - 2.5 - z
            if length < 4.0:
                z = hit[0].far + 2.5
                continue
        setback = float(rng.uniform(1.4, 3.8)) if gardens else float(rng.uniform(0.0, 0.4))
        last_park = not last_park and z > 2 and rng.random() < plots.park_share
        gap = float(rng.uniform(*plots.gap)) if rng.random() < plots.gap_share else 0.0
        if last_park:
            _plant_park(rng, layout, side, z, z + length)
        elif z + length > 3.0:
            front = street.back(side) + setback
            layout.buildings.append(
                sample_building(rng, district, side, front, z, z + length, lamps)
            )
        if last_park or setback > 1.0:
            _enclose(rng, layout, side, z, z + length + gap, district)
        z += length + gap


def _enclose(
    rng: np.random.Generator, layout: Layout, side: int, near: float, far: float, district: str
) -> None:
    """Put grass behind the pavement's back edge and a fence, a hedge or bushes on the edge."""
    street = layout.street
    back = street.back(side)
    for branch in street.side_streets:
        if branch.side in (side, 0) and near < branch.near < far:
            far = branch.near - 0.5
    near = max(near + 0.2, 2.0)
    if far - near < 2.0:
        return
    if district != "works":
        layout.lawns.append(Lawn(side, back + 0.1, near, far))
    if near < 60 and rng.random() < 0.85:
        edge = side * (back + 0.1)
        layout.things.append(sample_fence(rng, (edge, near), (edge, far - 0.3)))
    if rng.random() < 0.5:
        place = float(rng.uniform(near, far))
        if place > 3.5:
            layout.things.append(
                sample_tree(rng, side * (back + 1.2), place, bush=bool(rng.random() < 0.7))
            )


def _plant_park(
    rng: np.random.Generator, layout: Layout, side: int, near: float, far: float
) -> None:
    back = layout.street.back(side)
    for _ in range(int((far - near) / 2.2)):
        x = side * (back + float(rng.uniform(1.5, 8.0)))
        z = float(rng.uniform(near + 0.5, far - 0.5))
        layout.things.append(sample_tree(rng, x, max(z, 4.0), bush=bool(rng.random() < 0.4)))
