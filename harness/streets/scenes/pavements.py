"""Puts signs, posts, trees, rails and people on the pavements."""

import numpy as np

from harness.streets.scenes.fences import sample_fence
from harness.streets.scenes.layout import Layout
from harness.streets.scenes.people import Pedestrian, sample_clothes
from harness.streets.scenes.solids import Pose
from harness.streets.scenes.street_furniture import Pole, sample_sign
from harness.streets.scenes.trees import sample_tree


def place_signs(rng: np.random.Generator, layout: Layout) -> None:
    """Signs that face the camera, most on its own side."""
    street = layout.street
    for _ in range(int(rng.choice([1, 2, 3, 4], p=[0.28, 0.38, 0.24, 0.10]))):
        for _attempt in range(3):
            side = street.own_side() * (1 if rng.random() < 0.65 else -1)
            x = side * (street.kerb(side) + float(rng.uniform(0.45, 0.8)))
            z = float(rng.uniform(8.0, 19))
            if not street.joins(side, z - 1, z + 1) and layout.claim(x, z, 0.5, 1.2):
                layout.things.append(sample_sign(rng, x, z, layout.number("sign")))
                break


def place_pedestrians(rng: np.random.Generator, layout: Layout) -> None:
    """People on the pavements, some in pairs, and on the crossing."""
    street = layout.street
    for _ in range(int(rng.choice([2, 3, 4, 5, 6], p=[0.26, 0.28, 0.24, 0.14, 0.08]))):
        on_zebra = street.zebra is not None and rng.random() < 0.4
        if on_zebra and street.zebra is not None:
            x = float(rng.uniform(-street.kerb(-1), street.kerb(1)))
            z = street.zebra + float(rng.uniform(0.6, 2.6))
            heading = float(rng.choice([-1, 1])) * np.pi / 2
        else:
            side = int(rng.choice([-1, 1]))
            inner = street.kerb(side) + street.verge[(side + 1) // 2] + 0.6
            x = side * float(rng.uniform(inner, max(street.back(side) - 0.4, inner + 0.1)))
            z = float(5.5 + 15 * rng.random() ** 1.2)
            heading = float(
                rng.choice([0.0, np.pi, np.pi / 2, -np.pi / 2], p=[0.36, 0.36, 0.14, 0.14])
            )
        heading += float(rng.normal(0, 0.3))
        for mate in range(2 if rng.random() < 0.18 else 1):
            place = x + 0.65 * mate
            if not layout.claim(place, z, 0.28, 0.35):
                continue
            child = rng.random() < 0.08
            height = float(
                rng.uniform(1.15, 1.45) if child else np.clip(rng.normal(1.73, 0.08), 1.5, 1.95)
            )
            stride = 0.0 if rng.random() < 0.2 else float(rng.uniform(-1, 1))
            person = Pedestrian(
                Pose(place, z, heading),
                height,
                stride,
                sample_clothes(rng),
                layout.number("person"),
            )
            layout.things.append(person)


def place_poles(rng: np.random.Generator, layout: Layout, side: int) -> None:
    """Lamp posts at a fixed spacing; a traffic light before a junction or crossing."""
    street = layout.street
    paints = [(84, 88, 90), (52, 58, 58), (132, 136, 136), (60, 76, 66)]
    colour = np.array(paints[int(rng.integers(len(paints)))], dtype=np.float64)
    x = side * (street.kerb(side) + 0.5)
    spacing = float(rng.uniform(13, 20))
    high, radius = float(rng.uniform(5.5, 8.5)), float(rng.uniform(0.10, 0.14))
    arm = -side * float(rng.uniform(0.8, 1.8)) if rng.random() < 0.7 else 0.0
    z = float(rng.uniform(5.5, 12))
    while z < 60:
        if not street.joins(side, z - 0.5, z + 0.5) and layout.claim(x, z, 0.15, 0.4):
            layout.things.append(Pole(x, z, high, radius, colour, arm, None))
        z += spacing
    stops = [branch.near - 1.2 for branch in street.side_streets]
    if street.zebra is not None:
        stops.append(street.zebra - 0.4)
    for stop in stops[:1]:
        if rng.random() < 0.6 and stop > 5 and layout.claim(x, stop, 0.15, 0.3):
            signal = int(rng.integers(3))
            layout.things.append(
                Pole(x, stop, float(rng.uniform(2.9, 3.5)), 0.085, colour, 0.0, signal)
            )


def place_trees(rng: np.random.Generator, layout: Layout, side: int) -> None:
    """A row of trees at the kerb in many streets."""
    street = layout.street
    if rng.random() > 0.55:
        return
    spacing = float(rng.uniform(6, 12))
    x = side * (street.kerb(side) + 0.9)
    z = float(rng.uniform(7, 16))
    while z < 70:
        if (
            rng.random() < 0.8
            and not street.joins(side, z - 1, z + 1, 1.0)
            and layout.claim(x, z, 0.25, 0.5)
        ):
            layout.things.append(sample_tree(rng, x, z))
        z += spacing * float(rng.uniform(0.8, 1.25))


def place_guard_rail(rng: np.random.Generator, layout: Layout, side: int) -> None:
    """A low rail along the kerb, seldom."""
    street = layout.street
    if rng.random() > 0.34:
        return
    near = float(rng.uniform(4, 10))
    far = near + float(rng.uniform(5, 12))
    if street.joins(side, near, far) or street.verge[(side + 1) // 2]:
        return
    x = side * (street.kerb(side) + 0.25)
    layout.things.append(sample_fence(rng, (x, near), (x, far), guard=True))
