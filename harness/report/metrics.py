"""How each metric is named, printed and explained to a reader who has never seen it."""

import math
from dataclasses import dataclass, replace

MINUS = "\N{MINUS SIGN}"
UNDEFINED = "\N{EN DASH}"
"""Printed where a figure does not exist."""


@dataclass(frozen=True)
class Metric:
    """What a reader is told of a metric.

    Attributes:
        label: Short, for the head of a column.
        definition: One sentence for the page's protocol section.
        digits: Decimals printed, by which ties are judged too.
        unit: ``dB``, or "" for a fraction of 1.
        higher_is_better: False for distances such as LPIPS.
    """

    label: str
    definition: str
    digits: int = 3
    unit: str = ""
    higher_is_better: bool = True

    @property
    def axis_label(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


METRICS = {
    "psnr_y": Metric(
        "PSNR-Y",
        "Peak signal-to-noise ratio of the luma channel against the clean image, averaged over "
        "images. The clean image itself has no error, hence ∞.",
        digits=2,
        unit="dB",
    ),
    "ssim_y": Metric(
        "SSIM-Y",
        "Structural similarity of the luma channel to the clean image, averaged over images.",
        digits=4,
    ),
    "psnr_rgb": Metric(
        "PSNR-RGB",
        "Peak signal-to-noise ratio over the three colour channels, averaged over images.",
        digits=2,
        unit="dB",
    ),
    "ssim_rgb": Metric(
        "SSIM-RGB",
        "Structural similarity, the mean of the three colour channels, averaged over images.",
        digits=4,
    ),
    "lpips": Metric("LPIPS", "Distance of deep features; lower is better.", 4, "", False),
    "niqe": Metric("NIQE", "Distance to natural statistics; lower is better.", 2, "", False),
    "ap": Metric(
        "AP",
        "COCO's average precision: the mean over classes and over the ten overlaps 0.50, 0.55 to "
        "0.95 at which a detection counts as correct.",
    ),
    "ap50": Metric("AP50", "Average precision where an overlap of 0.50 counts as correct."),
    "ap75": Metric("AP75", "Average precision where only an overlap of 0.75 counts as correct."),
    "ap_small": Metric("AP small", "Average precision over objects below 32 x 32 pixels."),
    "ap_medium": Metric(
        "AP medium", "Average precision over objects between 32 x 32 and 96 x 96 pixels."
    ),
    "ap_large": Metric("AP large", "Average precision over objects above 96 x 96 pixels."),
    "miou": Metric(
        "mIoU",
        "Mean over classes of intersection over union, from the confusion matrix of the whole set.",
    ),
    "macc": Metric("mAcc", "Mean over classes of the share of their pixels that were found."),
    "pixel_acc": Metric("pixel acc.", "Share of all pixels that got the right class."),
    "acc": Metric("accuracy", "Share of the class's pixels that were found."),
    "iou": Metric("IoU", "Intersection over union."),
}


def metric(name: str) -> Metric:
    """Return what is known of a metric; one that nobody described speaks through its name.

    >>> metric("psnr_y").axis_label
    'PSNR-Y (dB)'
    >>> metric("ap/car").label
    'AP car'
    >>> metric("sharpness").label
    'sharpness'
    """
    if name in METRICS:
        return METRICS[name]
    base, slash, class_name = name.partition("/")
    if slash:
        described = metric(base)
        return replace(
            described,
            label=f"{described.label} {class_name}",
            definition=f"{described.definition.rstrip('.')}; of one class alone.",
        )
    return Metric(name, "Defined by a plugin; see its signature.")


def printed(value: float, digits: int) -> str:
    """Print a figure as every table shows it.

    >>> printed(0.61249, 3), printed(float("inf"), 2), printed(-0.0004, 2)
    ('0.612', '∞', '0.00')
    >>> printed(-0.126, 2) == MINUS + "0.13", printed(float("nan"), 2) == UNDEFINED
    (True, True)
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)
