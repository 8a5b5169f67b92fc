"""What 1,000 resamples of the whole-set figures take: COCO AP of 80 classes, and mIoU.

    python benchmarks/resampling.py [--images 128 5000] [--classes 80] [--detections 100] [--json F]

The images are made up: about seven objects each of classes as unequal as COCO's, most of them found
with a jitter, and false detections up to the number that a detector with a low threshold returns.
Seconds are those of the processors, on which other programs do not count, and in brackets the
clock's; memory is the most that the process held, images and pycocotools' evaluation among
it. Beside them stand those of pycocotools' one evaluation of the same set, and what 1,000 of these
would take; and by how much the figure of the full sample differs from pycocotools' own.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import measured
import numpy as np
import numpy.typing as npt

from harness.samples import Boxes
from harness.statistics.resampling import FloatArray, draws
from tasks.coco_ap import Detections, average_precision, resampled_average_precision
from tasks.confusion import mean_iou

Result = TypeVar("Result")


class Seconds(NamedTuple):
    """By two clocks."""

    processors: float
    wall: float

    def __str__(self) -> str:
        return f"{self.processors:.1f} s ({self.wall:.1f})"


def main() -> None:
    """Print a line for each number of images."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--images", type=int, nargs="*", default=[128, 5000])
    parser.add_argument("--classes", type=int, default=80)
    parser.add_argument("--detections", type=int, default=100, help="of each image")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f} at the start")
    took: list[dict[str, float]] = []
    for images in options.images:
        ap = of_ap(images, options.classes, options.detections)
        miou = of_miou(images, options.classes)
        took.append({"images": images, "classes": options.classes, **ap._asdict(), **miou})
        print(f"AP of {images} images, {options.classes} classes: {ap}")
        print(f"mIoU of {images} images, {options.classes} classes: {Seconds(*miou.values())}")
    if options.json is not None:
        measured.write(options.json, took)


class OfAp(NamedTuple):
    """What AP took.

    Attributes:
        detections: In all images.
        resamples: Of the images.
        ap_processor_s: Seconds of all resamples, of the processors.
        ap_wall_s: By the clock.
        pycocotools_once_processor_s: What one evaluation of the same takes there.
        peak_gib: The most memory that was held.
        full_sample_differs: The largest difference of any figure of the full sample from there.
    """

    detections: int
    resamples: int
    ap_processor_s: float
    ap_wall_s: float
    pycocotools_once_processor_s: float
    peak_gib: float
    full_sample_differs: float

    def __str__(self) -> str:
        once = self.pycocotools_once_processor_s
        return (
            f"{self.detections} detections: {Seconds(self.ap_processor_s, self.ap_wall_s)} for "
            f"{self.resamples} resamples, {self.peak_gib:.1f} GiB; pycocotools {once:.1f} s once, "
            f"{self.resamples * once:.0f} s as often; the full sample differs by "
            f"{self.full_sample_differs:.1e}"
        )


def of_ap(images: int, class_count: int, most: int) -> OfAp:
    """Return how long AP takes."""
    rng = np.random.default_rng(0)
    both = [made_up_image(rng, class_count, most) for _ in range(images)]
    detections, truths = [one[0] for one in both], [one[1] for one in both]
    classes = [f"class {index}" for index in range(class_count)]
    # What was matched last is known: in another order of the images it is matched anew.
    _, theirs = timed(lambda: average_precision(detections[::-1], truths[::-1], classes))
    weights = np.concatenate([np.ones((1, images)), draws(images)])
    resampled, ours = timed(
        lambda: resampled_average_precision(detections, truths, classes, weights)
    )
    once = average_precision(detections, truths, classes)
    apart = max(
        abs(resampled[name][0] - value) for name, value in once.items() if not np.isnan(value)
    )
    return OfAp(
        sum(len(one.scores) for one in detections),
        len(draws(images)),
        ours.processors,
        ours.wall,
        theirs.processors,
        most_memory(),
        apart,
    )


def of_miou(images: int, class_count: int) -> dict[str, float]:
    """Return the seconds that mIoU takes, of the processors and by the clock."""
    rng = np.random.default_rng(0)
    matrices = rng.integers(0, 1000, (images, class_count * (class_count + 1))).astype(np.float64)
    names = [f"class {index}" for index in range(class_count)]

    def resample() -> None:
        for some in np.array_split(draws(images), 10):
            mean_iou((some @ matrices).reshape(-1, class_count, class_count + 1), names)

    _, seconds = timed(resample)
    return {"miou_processor_s": seconds.processors, "miou_wall_s": seconds.wall}


def most_memory() -> float:
    """Return the most GiB of resident memory that the process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(work: Callable[[], Result]) -> tuple[Result, Seconds]:
    """Return what some work returns, and how long it took."""
    clock, processors = time.perf_counter(), time.process_time()
    result = work()
    return result, Seconds(time.process_time() - processors, time.perf_counter() - clock)


def made_up_image(
    rng: np.random.Generator, class_count: int, most: int
) -> tuple[Detections, Boxes]:
    """Return what was found in an image, and what is there."""
    count = int(rng.poisson(7))
    corners = rng.uniform(0, 500, (count, 2))
    boxes = np.hstack([corners, corners + rng.lognormal(4, 0.8, (count, 2))]).astype(np.float32)
    labels = common_classes(rng, class_count, count)
    truth = Boxes(boxes, labels, np.zeros(count, bool), areas(boxes))
    seen = rng.random(count) < 0.8
    near = boxes[seen] + rng.normal(0, 4, (int(seen.sum()), 4)).astype(np.float32)
    wrong = max(0, most - len(near))
    places = rng.uniform(0, 500, (wrong, 2))
    spurious = np.hstack([places, places + rng.lognormal(4, 0.8, (wrong, 2))]).astype(np.float32)
    scores = np.concatenate([rng.beta(4, 2, len(near)), rng.beta(1, 6, wrong)]).astype(np.float32)
    found = np.concatenate([labels[seen], common_classes(rng, class_count, wrong)])
    return Detections(np.concatenate([near, spurious]), scores, found), truth


def common_classes(rng: np.random.Generator, class_count: int, count: int) -> npt.NDArray[np.int64]:
    """Return classes of which the first are the commonest, as people in COCO."""
    odds = 1 / np.arange(1, class_count + 1)
    return rng.choice(class_count, count, p=odds / odds.sum()).astype(np.int64)


def areas(boxes: npt.ArrayLike) -> FloatArray:
    """Return (N,) areas of (N, 4) boxes."""
    sides = np.asarray(boxes, np.float64)
    return (sides[:, 2] - sides[:, 0]) * (sides[:, 3] - sides[:, 1])


if __name__ == "__main__":
    main()
