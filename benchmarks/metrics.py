"""How long PSNR and SSIM take, Y and RGB, against scikit-image on the same pictures.

    python benchmarks/metrics.py [--size 480x320] [--pictures 5] [--repeats 10] [--json FILE]

Both compute the four figures of the restoration task for pairs of a smooth picture and the same
with noise, and take turns. Timed is the processor time of one thread, by its own clock, of which
the least of the repeats counts: other work on the machine lengthens it little. The figures are
held against each other; a difference above 1e-9 ends the program.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import measured
import numpy as np
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from harness.samples import ImageArray, Sample
from tasks.restoration import RestorationTask

METRICS = ("psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb")
WINDOW_OF_WANG = {
    "gaussian_weights": True,
    "sigma": 1.5,
    "use_sample_covariance": False,
    "data_range": 255,
}

Figures = list[float]
Compare = Callable[[ImageArray, ImageArray], Figures]


def main() -> None:
    """Measure both, print what they took, and write it if a file is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--size", default="480x320", help="width x height")
    parser.add_argument("--pictures", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    cv2.setNumThreads(0)
    width, height = map(int, options.size.split("x"))
    pairs = [pair_of_pictures(height, width, seed) for seed in range(options.pictures)]
    took = measure(pairs, options.repeats)
    took |= {"size": options.size, "pictures": options.pictures, "threads": 1}
    for name, value in {**took, "load at the start": measured.LOAD}.items():
        shown = f"{value:.3g}" if isinstance(value, float) else value
        print(f"{name.replace('_', ' '):40} {shown}")
    if options.json is not None:
        measured.write(options.json, took)


def pair_of_pictures(height: int, width: int, seed: int) -> tuple[ImageArray, ImageArray]:
    """Return a smooth picture and the same with noise, each (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    clean = cv2.GaussianBlur(noise, (0, 0), 3)
    restored = np.clip(clean + rng.normal(0, 8, clean.shape), 0, 255).round()
    return restored.astype(np.uint8), clean.astype(np.uint8)


def measure(pairs: list[tuple[ImageArray, ImageArray]], repeats: int) -> dict[str, float | str]:
    """Return milliseconds a picture of ours and of scikit-image, their ratio and difference."""
    ours = scikit_image = 0.0
    difference = 0.0
    for restored, clean in pairs:
        times, figures = in_turns([by_this_project, by_scikit_image], restored, clean, repeats)
        ours, scikit_image = ours + times[0], scikit_image + times[1]
        difference = max(difference, float(np.abs(np.subtract(figures[0], figures[1])).max()))
    if not difference <= 1e-9:
        raise SystemExit(f"the figures differ by {difference}: one of both is wrong")
    return {
        "ours_milliseconds_a_picture": 1000 * ours / len(pairs),
        "scikit_image_milliseconds_a_picture": 1000 * scikit_image / len(pairs),
        "scikit_image_over_ours": scikit_image / ours,
        "largest_difference": difference,
    }


def in_turns(
    ways: list[Compare], restored: ImageArray, clean: ImageArray, repeats: int
) -> tuple[list[float], list[Figures]]:
    """Return the least seconds of each way, and what each gave."""
    least = [float("inf")] * len(ways)
    given: list[Figures] = [[]] * len(ways)
    for _ in range(repeats):
        for place, way in enumerate(ways):
            started = time.thread_time()
            given[place] = way(restored, clean)
            least[place] = min(least[place], time.thread_time() - started)
    return least, given


def by_this_project(restored: ImageArray, clean: ImageArray) -> Figures:
    """Return the four figures as a run computes them."""
    pair = Sample("pair", restored, clean)
    scores = RestorationTask().score(restored, pair, None)  # type: ignore[arg-type]  # no set is asked
    return [scores[name] for name in METRICS]


def by_scikit_image(restored: ImageArray, clean: ImageArray) -> Figures:
    """Return the four figures as a script of today computes them."""
    restored_y, clean_y = rgb2ycbcr(restored)[..., 0], rgb2ycbcr(clean)[..., 0]
    return [
        peak_signal_noise_ratio(clean_y, restored_y, data_range=255),
        structural_similarity(clean_y, restored_y, **WINDOW_OF_WANG),
        peak_signal_noise_ratio(clean, restored, data_range=255),
        structural_similarity(clean, restored, channel_axis=2, **WINDOW_OF_WANG),
    ]


if __name__ == "__main__":
    main()
