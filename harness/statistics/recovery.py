"""How much of what rain costs a task comes back when the rain is taken out."""

import math

import numpy as np

from harness.metric import Direction
from harness.statistics.resampling import NO_INTERVAL, FloatArray, Interval, interval_of


def recovered_share(lower: float, derained: float, upper: float, least: float) -> float:
    """Return the share of the loss that deraining gave back.

    0 is no better than the rainy input, 1 as good as the clean image; below 0 deraining harms.
    NaN where there is nothing to recover: the loss is below the least in size, or one of the
    three is not finite.

    Args:
        lower: The figure of the rainy input.
        derained: That of the derainer.
        upper: That of the clean image.
        least: Loss of which a share has a meaning; see `Metric.least_loss`.

    >>> round(recovered_share(0.3, 0.4, 0.5, 0.005), 6)
    0.5
    >>> recovered_share(0.5, 0.4, 0.5, 0.005)
    nan
    """
    loss = upper - lower
    if not all(map(math.isfinite, (lower, derained, upper))) or abs(loss) < least:
        return math.nan
    return (derained - lower) / loss


def loses_to_rain(lower: float, upper: float, direction: Direction, least: float) -> bool:
    """Return whether rain costs something at all, so that a share of it has a meaning.

    >>> [loses_to_rain(0.3, 0.5, direction, 0.005) for direction in (1, -1, 0)]
    [True, False, False]
    """
    loss = direction * (upper - lower)
    return direction != 0 and math.isfinite(loss) and loss >= least


def share_interval(
    lower: FloatArray,
    derained: FloatArray,
    upper: FloatArray,
    direction: Direction,
    least: float,
) -> Interval:
    """Return the interval of a recovered share.

    Args:
        lower: (R,) figures of the rainy input in each resample.
        derained: Those of the derainer.
        upper: Those of the clean image.
        direction: Of the metric.
        least: As for `recovered_share`.

    Returns:
        None at all where the loss of some resample is below the least.
    """
    loss = upper - lower
    smallest = float(np.min(direction * loss))
    if not math.isfinite(smallest) or smallest < least:
        return NO_INTERVAL
    return interval_of((derained - lower) / loss)
