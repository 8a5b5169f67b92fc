"""Puts buses, cars and cyclists on the road."""

import numpy as np

from harness.streets.scenes.buses import sample_bus
from harness.streets.scenes.cars import sample_car
from harness.streets.scenes.layout import Layout
from harness.streets.scenes.people import Bicycle, Rider, sample_clothes
from harness.streets.scenes.solids import Pose


def place_bus(rng: np.random.Generator, layout: Layout) -> None:
    """A bus ahead, oncoming, or crossing at a junction, in more than half of the scenes."""
    street = layout.street
    if rng.random() >= 0.58:
        return
    crossing = bool(street.side_streets) and rng.random() < 0.15
    if crossing:
        branch = street.side_streets[0]
        side = branch.side or int(rng.choice([-1, 1]))
        heading = side * np.pi / 2
        x, z = side * float(rng.uniform(1.0, 6.0)), branch.near + 2.4
        if layout.claim(x, z, 6.0, 1.6):
            layout.things.append(sample_bus(rng, Pose(x, z, heading), layout.number("bus")))
        return
    own = rng.random() < 0.45
    index = street.lanes - 1
    x = street.lane_centre(own, index) + float(rng.normal(0, 0.12))
    near = float(rng.uniform(10, 24))
    pose = Pose(x, near + 5.2, (0.0 if own else np.pi) + float(rng.normal(0, 0.02)))
    if layout.claim(x, pose.z, 1.4, 6.5):
        layout.things.append(sample_bus(rng, pose, layout.number("bus")))


def place_moving_cars(rng: np.random.Generator, layout: Layout) -> None:
    """Cars in the lanes, one crossing or turning at a junction."""
    street = layout.street
    if street.side_streets and rng.random() < 0.7:
        branch = street.side_streets[0]
        side = branch.side or int(rng.choice([-1, 1]))
        toward = bool(rng.random() < 0.5)
        z = branch.near + (0.28 if toward else 0.7) * (branch.far - branch.near)
        x = side * float(rng.uniform(0.5, street.kerb(side) + 4.5))
        heading = side * np.pi / 2 * (1 if toward else -1) + float(rng.normal(0, 0.2))
        if layout.claim(x, z, 2.4, 1.3):
            layout.things.append(sample_car(rng, Pose(x, z, heading), layout.number("car")))
    for own in (True, False):
        for index in range(street.lanes):
            z = float(rng.uniform(9, 24))
            for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.34, 0.38, 0.2, 0.08]))):
                x = street.lane_centre(own, index) + float(rng.normal(0, 0.18))
                heading = (0.0 if own else np.pi) + float(rng.normal(0, 0.03))
                if z < 48 and layout.claim(x, z, 1.1, 3.0):
                    layout.things.append(sample_car(rng, Pose(x, z, heading), layout.number("car")))
                z += float(rng.uniform(8, 20))


def place_parked_cars(rng: np.random.Generator, layout: Layout) -> None:
    """Cars in the parking lanes, most facing with the traffic beside them."""
    street = layout.street
    for side in (-1, 1):
        if not street.parking[(side + 1) // 2]:
            continue
        facing = 0.0 if side == street.own_side() else np.pi
        z = float(rng.uniform(5.5, 9.0))
        while z < 38:
            x = side * (street.kerb(side) - 1.1)
            free = not street.joins(side, z - 3, z + 3, 1.0)
            crossing = street.zebra is not None and abs(z - street.zebra - 1.6) < 5.0
            if free and not crossing and rng.random() < 0.52 and layout.claim(x, z, 1.0, 2.7):
                heading = (
                    facing + float(rng.normal(0, 0.03)) + (np.pi if rng.random() < 0.12 else 0.0)
                )
                layout.things.append(sample_car(rng, Pose(x, z, heading), layout.number("car")))
            z += float(rng.uniform(5.6, 7.0))


def place_cyclists(rng: np.random.Generator, layout: Layout) -> None:
    """Riders along and across the road; parked bicycles at the back of the pavement."""
    street = layout.street
    for _ in range(int(rng.choice([0, 1, 2], p=[0.22, 0.56, 0.22]))):
        z = float(rng.uniform(7, 18))
        crosses = rng.random() < 0.3
        own = bool(rng.random() < 0.55)
        side = street.own_side() if own else -street.own_side()
        if crosses:
            x = float(rng.uniform(-street.kerb(-1), street.kerb(1)))
            heading = float(rng.choice([-1, 1])) * np.pi / 2 + float(rng.normal(0, 0.3))
        else:
            x = side * (street.lanes * street.lane_width - float(rng.uniform(0.5, 1.0)))
            heading = (0.0 if own else np.pi) + float(rng.normal(0, 0.35))
        if not layout.claim(x, z, 0.9 if crosses else 0.5, 1.2):
            continue
        pose = Pose(x, z, heading)
        colour = rng.uniform(30, 220, 3)
        layout.things.append(Bicycle(pose, colour, layout.number("bicycle")))
        clothes = sample_clothes(rng, cyclist=True)
        layout.things.append(
            Rider(pose, clothes, float(rng.uniform(0, 2 * np.pi)), layout.number("person"))
        )
    if rng.random() < 0.3:
        side = int(rng.choice([-1, 1]))
        z = float(rng.uniform(6, 14))
        for _ in range(int(rng.integers(1, 3))):
            x = side * (street.back(side) - 0.6)
            if not street.joins(side, z - 1, z + 1, 1.0) and layout.claim(x, z, 0.5, 0.9):
                pose = Pose(x, z, float(rng.normal(0.0, 0.35)) + (0.4 if side > 0 else -0.4))
                layout.things.append(
                    Bicycle(pose, rng.uniform(30, 220, 3), layout.number("bicycle"))
                )
            z += 1.9
