"""The street's cross section and side streets: what the ground is at any place."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SideStreet:
    """A road that joins at right angles."""

    side: int
    """-1 left, +1 right, 0 both (a crossroads)."""
    near: float
    """Metres to its nearer edge."""
    far: float
    """Metres to its farther edge."""


@dataclass(frozen=True)
class Lawn:
    """Grass behind the pavement."""

    side: int
    """-1 left, +1 right."""
    edge: float
    """Metres from the centre line to where it begins."""
    near: float
    """Metres to its nearer end."""
    far: float
    """Metres to its farther end."""


@dataclass(frozen=True)
class Street:
    """Plan of the street. Lengths are metres."""

    lane_width: float
    lanes: int
    """Lanes a direction."""
    parking: tuple[float, float]
    """Width of the parking lane on the left and on the right, 0 without."""
    pavement: tuple[float, float]
    """Width of the pavement on the left and on the right."""
    verge: tuple[float, float]
    """Width of the grass strip beside the kerb on the left and on the right, 0 without."""
    right_hand: bool
    """Whether one drives on the right."""
    side_streets: tuple[SideStreet, ...]
    zebra: float | None
    """Metres to a pedestrian crossing, None without."""

    def kerb(self, side: int) -> float:
        """Metres from the centre line to the kerb on a side (-1 or +1)."""
        return self.lane_width * self.lanes + self.parking[(side + 1) // 2]

    def back(self, side: int) -> float:
        """Metres from the centre line to the back edge of the pavement."""
        return self.kerb(side) + self.pavement[(side + 1) // 2]

    def own_side(self) -> int:
        """The side that the camera drives on."""
        return 1 if self.right_hand else -1

    def lane_centre(self, own: bool, index: int) -> float:
        """X of a lane's middle; `index` counts from the centre line."""
        side = self.own_side() if own else -self.own_side()
        return side * self.lane_width * (index + 0.5)

    def joins(self, side: int, near: float, far: float, margin: float = 0.0) -> bool:
        """Whether a side street on `side` overlaps the stretch from `near` to `far`."""
        return any(
            branch.side in (side, 0) and branch.near - margin < far and near < branch.far + margin
            for branch in self.side_streets
        )


def sample_street(rng: np.random.Generator) -> Street:
    """Draw a plan."""
    lanes = int(rng.choice([1, 2], p=[0.72, 0.28]))
    parking = tuple(float(rng.uniform(2.0, 2.4)) if rng.random() < 0.42 else 0.0 for _ in range(2))
    verge = tuple(float(rng.uniform(1.0, 1.8)) if rng.random() < 0.25 else 0.0 for _ in range(2))
    pavement = tuple(float(rng.uniform(2.3, 4.2)) + grass for grass in verge)
    branches: list[SideStreet] = []
    if rng.random() < 0.55:
        near = float(rng.uniform(13, 34))
        branches.append(
            SideStreet(int(rng.choice([-1, 0, 1])), near, near + float(rng.uniform(7, 10)))
        )
    zebra = None
    if rng.random() < 0.42:
        zebra = float(rng.uniform(8, 20))
        if branches:
            zebra = branches[0].near - 5.0
    return Street(
        lane_width=float(rng.uniform(3.0, 3.6)),
        lanes=lanes,
        parking=(parking[0], parking[1]),
        pavement=(pavement[0], pavement[1]),
        verge=(verge[0], verge[1]),
        right_hand=bool(rng.random() < 0.6),
        side_streets=tuple(branches),
        zebra=zebra,
    )
