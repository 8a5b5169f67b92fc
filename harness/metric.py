"""What a reader is told of a metric; a task declares its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Direction = Literal[-1, 0, 1]


@dataclass(frozen=True)
class Metric:
    """A metric as tables, plots and sentences know it.

    Attributes:
        label: Short, for the head of a column.
        definition: One sentence for the report's protocol section.
        digits: Decimals printed, by which ties are judged too.
        unit: ``dB``, or "" for a fraction of 1.
        higher_is_better: False for errors and distances; None where neither direction is better,
            or nobody says: it is shown then, and not ranked.
        infinite_apart: Whether images with an infinite value are counted apart, so that the figure
            is the mean of the others.
        published: Where `harness.published_figures` has such figures: the name of the column, and
            the channel that a published protocol must name.
    """

    label: str
    definition: str = ""
    digits: int = 3
    unit: str = ""
    higher_is_better: bool | None = None
    infinite_apart: bool = False
    published: tuple[str, str] | None = None

    @property
    def axis_label(self) -> str:
        """The label with its unit.

        >>> Metric("PSNR-Y", unit="dB").axis_label
        'PSNR-Y (dB)'
        """
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def direction(self) -> Direction:
        """1 where more is better, -1 where less is, 0 where nobody says.

        >>> Metric("error", higher_is_better=False).direction
        -1
        """
        if self.higher_is_better is None:
            return 0
        return 1 if self.higher_is_better else -1

    @property
    def least_loss(self) -> float:
        """What rain must cost at the least, or a share of it divides by noise: five last digits.

        >>> Metric("AP", digits=3).least_loss
        0.005
        """
        return 5 * 10.0**-self.digits

    def of_class(self, class_name: str) -> "Metric":
        """Return this metric of one class alone.

        >>> Metric("AP").of_class("car").label
        'AP car'
        """
        definition = (
            f"{self.definition.rstrip('.')}; of one class alone." if self.definition else ""
        )
        return replace(self, label=f"{self.label} {class_name}", definition=definition)


def described(metrics: Mapping[str, Metric], name: str) -> Metric:
    """Return what a task says of a metric; one that it does not describe speaks through its name.

    Args:
        metrics: What the task declares.
        name: Of the metric; after a slash stands the class that it is of.

    >>> described({"ap": Metric("AP")}, "ap/car").label
    'AP car'
    >>> described({}, "sharpness").higher_is_better is None
    True
    """
    if name in metrics:
        return metrics[name]
    base, slash, class_name = name.partition("/")
    if slash:
        return described(metrics, base).of_class(class_name)
    return Metric(name, "Not described by its task; see the signature.")
