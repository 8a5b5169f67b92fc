"""Pedestrians, cyclists and bicycles, built from limbs."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from harness.streets.scenes.camera import NEAREST
from harness.streets.scenes.canvas import Rgb
from harness.streets.scenes.classes import LABEL, Mark
from harness.streets.scenes.painter import Painter, Points, ring
from harness.streets.scenes.solids import Pose

Placer = Callable[[float, float, float], Points]
LimbPainter = Callable[[Points, Points, float, float, Rgb], None]


@dataclass(frozen=True)
class Clothes:
    """Colours of what a person wears, and of the person."""

    coat: Rgb
    trousers: Rgb
    shoes: Rgb
    skin: Rgb
    hair: Rgb
    long_coat: bool
    bag: Rgb | None
    helmet: Rgb | None


def sample_clothes(rng: np.random.Generator, cyclist: bool = False) -> Clothes:
    """Draw clothes; some match asphalt or walls, some stand out."""
    coats = [
        (40, 44, 52), (150, 40, 44), (52, 80, 130), (192, 184, 166), (96, 98, 100), (60, 96, 70),
        (210, 160, 50), (122, 84, 62), (226, 222, 216), (106, 70, 118), (30, 34, 60), (206, 96, 48),
    ]  # fmt: skip
    trousers = [(42, 48, 66), (34, 34, 38), (92, 90, 84), (150, 136, 110), (64, 78, 108)]
    skins = [(224, 184, 156), (196, 150, 118), (142, 100, 74), (92, 64, 50)]
    hairs = [(36, 28, 24), (84, 58, 40), (150, 120, 76), (150, 148, 144)]
    bags = [(60, 46, 40), (150, 50, 50), (40, 60, 90), (30, 30, 32)]
    pick = [table[int(rng.integers(len(table)))] for table in (coats, trousers, skins, hairs, bags)]
    coat, legs, skin, hair, bag = (np.array(colour, dtype=np.float64) for colour in pick)
    return Clothes(
        coat=coat * rng.uniform(0.85, 1.1),
        trousers=legs * rng.uniform(0.8, 1.1),
        shoes=np.full(3, rng.uniform(30, 110)),
        skin=skin,
        hair=hair,
        long_coat=bool(not cyclist and rng.random() < 0.3),
        bag=bag if not cyclist and rng.random() < 0.4 else None,
        helmet=np.array([rng.uniform(40, 230), rng.uniform(40, 230), rng.uniform(40, 230)])
        if cyclist and rng.random() < 0.6
        else None,
    )


@dataclass(frozen=True)
class Pedestrian:
    """A person on foot."""

    pose: Pose
    height: float
    """Metres."""
    stride: float
    """-1 to 1: how far the right leg is ahead."""
    clothes: Clothes
    instance: int

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return self.pose.z

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        return self.pose.footprint(0.4, 0.45), self.height

    def paint(self, painter: Painter) -> None:
        """Paint legs, arms, trunk and head."""
        scale, pose, wear = self.height / 1.75, self.pose, self.clothes
        mark = Mark(LABEL["pedestrian"], self.instance)

        def at(forward: float, right: float, up: float) -> Points:
            return pose.place(forward * scale, right * scale, up * scale)

        def limb(start: Points, end: Points, first: float, second: float, colour: Rgb) -> None:
            painter.limb(start, end, (first * scale, second * scale), colour, mark)

        near_right = np.cos(pose.heading + np.pi / 2) < 0
        for side in (-1, 1) if near_right else (1, -1):
            swing = 0.30 * self.stride * side
            knee = at(0.6 * swing + 0.04, 0.09 * side, 0.50)
            foot = at(1.15 * swing - 0.08 * abs(swing), 0.10 * side, 0.07)
            limb(at(0, 0.09 * side, 0.92), knee, 0.10, 0.08, wear.trousers)
            limb(knee, foot, 0.075, 0.06, wear.trousers)
            limb(foot, foot + at(0.14, 0, 0) - at(0, 0, 0), 0.06, 0.05, wear.shoes)
        for side in (-1, 1) if near_right else (1, -1):
            self._paint_arm(painter, at, limb, side)
            if side == (-1 if near_right else 1):
                if wear.bag is not None:
                    limb(at(-0.17, 0, 1.36), at(-0.19, 0, 1.08), 0.13, 0.14, wear.bag)
                low = 0.62 if wear.long_coat else 0.92
                limb(at(0, 0, 1.33), at(0, 0, low), 0.19, 0.17, wear.coat)
                limb(at(0, -0.13, 1.40), at(0, 0.13, 1.40), 0.08, 0.08, wear.coat)
        limb(at(0, 0, 1.46), at(0.01, 0, 1.54), 0.055, 0.055, wear.skin)
        limb(at(0.01, 0, 1.60), at(0.01, 0, 1.65), 0.10, 0.105, wear.hair)
        if np.cos(pose.heading) < 0.4:
            limb(at(0.06, 0, 1.57), at(0.06, 0, 1.62), 0.075, 0.08, wear.skin)

    def _paint_arm(self, painter: Painter, at: Placer, limb: LimbPainter, side: int) -> None:
        swing = -0.22 * self.stride * side
        elbow = at(0.5 * swing - 0.03, 0.25 * side, 1.14)
        hand = at(1.1 * swing + 0.08, 0.25 * side, 0.88)
        limb(at(0, 0.21 * side, 1.39), elbow, 0.065, 0.055, self.clothes.coat * 0.95)
        limb(elbow, hand, 0.055, 0.045, self.clothes.coat * 0.95)
        limb(hand, hand + np.array([0, -0.03, 0]), 0.045, 0.04, self.clothes.skin)


@dataclass(frozen=True)
class Bicycle:
    """A bicycle, ridden or parked."""

    pose: Pose
    colour: Rgb
    instance: int
    label: int = LABEL["bicyclist"]

    @property
    def distance(self) -> float:
        """Metres that order the painting."""
        return self.pose.z - 0.1

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        return self.pose.footprint(1.6, 0.25), 0.6

    def paint(self, painter: Painter) -> None:
        """Paint wheels and frame."""
        mark = Mark(self.label, self.instance)
        pose = self.pose
        forward = pose.place(1, 0, 0) - pose.place(0, 0, 0)
        axes = (forward, np.array([0.0, 1.0, 0.0]))
        tyre = np.array([36.0, 36.0, 38.0]) * painter.light.ambient
        for reach in sorted((-0.52, 0.52), key=lambda r: -pose.place(r, 0, 0)[2]):
            _paint_bicycle_wheel(painter, pose.place(reach, 0, 0.34), axes, tyre, mark)
        rear, front = pose.place(-0.52, 0, 0.34), pose.place(0.52, 0, 0.34)
        crank, seat = pose.place(-0.06, 0, 0.32), pose.place(-0.2, 0, 0.86)
        head = pose.place(0.36, 0, 0.88)
        for start, end in (
            (rear, crank),
            (crank, seat),
            (seat, rear),
            (seat, head),
            (head, crank),
            (head, front),
        ):
            painter.limb(start, end, (0.035, 0.035), self.colour, mark, flat=True)
        painter.limb(
            pose.place(-0.32, 0, 0.93),
            pose.place(-0.08, 0, 0.93),
            (0.05, 0.04),
            tyre,
            mark,
            flat=True,
        )
        bar = np.array([60.0, 60.0, 64.0])
        painter.limb(
            pose.place(0.38, -0.27, 1.0),
            pose.place(0.38, 0.27, 1.0),
            (0.03, 0.03),
            bar,
            mark,
            flat=True,
        )


def _paint_bicycle_wheel(
    painter: Painter, hub: Points, axes: tuple[Points, Points], tyre: Rgb, mark: Mark
) -> None:
    """A tyre around see-through spokes."""
    depth = max(float(hub[2]), NEAREST)
    outer = painter.camera.project(ring(hub, axes, 0.34, 22))
    inner = painter.camera.project(ring(hub, axes, 0.275, 22))
    region = painter.canvas.region_of(outer)
    if region.empty:
        return
    behind = painter.canvas.colour[region].copy()
    painter.canvas.fill(outer, tyre, mark, depth)
    width = 0.045 * painter.camera.focal / depth
    if np.ptp(outer[:, 0]) < 3 * width:  # seen from in front: the tyre's own width shows
        top, bottom = hub + np.array([0, 0.31, 0]), hub - np.array([0, 0.31, 0])
        painter.limb(bottom, top, (0.04, 0.04), np.array([40.0, 40.0, 42.0]), mark, flat=True)
        return
    hole = np.zeros(behind.shape[:2], np.uint8)
    shifted = inner - [region.columns.start, region.rows.start]
    cv2.fillPoly(hole, [np.rint(shifted).astype(np.int32)], 255)
    view = painter.canvas.colour[region]
    through = (0.72 * behind + 0.28 * tyre).astype(np.uint8)
    view[hole > 0] = through[hole > 0]


@dataclass(frozen=True)
class Rider:
    """The person on a bicycle of the same pose; painted right after it."""

    pose: Pose
    clothes: Clothes
    pedal: float
    """Angle of the cranks in radians."""
    instance: int

    @property
    def distance(self) -> float:
        """Metres that order the painting: a little nearer than the bicycle."""
        return self.pose.z - 0.11

    def footprint(self) -> tuple[Points, float]:
        """Outline on the ground and height, for its shadow."""
        return self.pose.footprint(0.8, 0.4), 1.6

    def paint(self, painter: Painter) -> None:
        """Paint legs on the pedals, trunk, arms on the bars and head."""
        pose, wear = self.pose, self.clothes
        mark = Mark(LABEL["bicyclist"], self.instance)

        def limb(start: Points, end: Points, first: float, second: float, colour: Rgb) -> None:
            painter.limb(start, end, (first, second), colour, mark)

        near_right = np.cos(pose.heading + np.pi / 2) < 0
        for side in (-1, 1) if near_right else (1, -1):
            angle = self.pedal + (np.pi if side > 0 else 0.0)
            foot = pose.place(
                -0.04 + 0.17 * np.cos(angle), 0.12 * side, 0.34 + 0.17 * np.sin(angle)
            )
            knee = pose.place(0.2 + 0.09 * np.cos(angle), 0.12 * side, 0.74 + 0.1 * np.sin(angle))
            limb(pose.place(-0.2, 0.09 * side, 0.98), knee, 0.105, 0.085, wear.trousers)
            limb(knee, foot, 0.08, 0.06, wear.trousers)
            limb(foot, foot + pose.place(0.12, 0, 0) - pose.place(0, 0, 0), 0.06, 0.05, wear.shoes)
        shoulder = pose.place(0.14, 0, 1.42)
        away = np.cos(pose.heading) < 0
        if not away:
            self._paint_arms(painter, limb)
        limb(shoulder, pose.place(-0.2, 0, 1.0), 0.17, 0.16, wear.coat)
        limb(pose.place(0.14, -0.13, 1.44), pose.place(0.14, 0.13, 1.44), 0.08, 0.08, wear.coat)
        if away:
            self._paint_arms(painter, limb)
        head = pose.place(0.24, 0, 1.68)
        limb(head, head + np.array([0, 0.04, 0]), 0.105, 0.105, wear.skin if away else wear.hair)
        if wear.helmet is not None:
            limb(
                head + np.array([0, 0.06, 0]),
                head + np.array([0, 0.08, 0]),
                0.125,
                0.115,
                wear.helmet,
            )
        else:
            limb(
                head + np.array([0, 0.06, 0]), head + np.array([0, 0.07, 0]), 0.10, 0.10, wear.hair
            )

    def _paint_arms(self, painter: Painter, limb: LimbPainter) -> None:
        for side in (-1, 1):
            elbow = self.pose.place(0.28, 0.25 * side, 1.2)
            limb(
                self.pose.place(0.14, 0.19 * side, 1.42),
                elbow,
                0.065,
                0.055,
                self.clothes.coat * 0.93,
            )
            limb(
                elbow,
                self.pose.place(0.4, 0.25 * side, 1.03),
                0.055,
                0.05,
                self.clothes.coat * 0.93,
            )
