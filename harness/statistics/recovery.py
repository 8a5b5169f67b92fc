"""How much of what rain costs a task comes back when the rain is taken out."""

import math

import numpy as np

from harness.metric import Direction
from harness.statistics.resampling import NO_INTERVAL, FloatArray, Interval, interval_of

LEAST_LOSS = 0.005
"""Below half a point lost to rain the share divides by noise and is left undefined."""


def recovered_share(lower: float, derained: float, upper: float) -> float:
    """Return the share of the loss that deraining gave back.

    0 is no better than the rainy input, 1 as good as the clean image; below 0 deraining harms.
    NaN where there is nothing to recover: the loss is below `LEAST_LOSS` in size, or one of the
    three is not finite.

    Args:
        lower: The figure of the rainy input.
        derained: That of the derainer.
        upper: That of the clean image.

    >>> round(recovered_share(0.3, 0.4, 0.5), 6)
    0.5
    >>> recovered_share(0.5, 0.4, 0.5)
    nan
    """
    loss = upper - lower
    if not all(map(math.isfinite, (lower, derained, upper))) or abs(loss) < LEAST_LOSS:
        return math.nan
    return (derained - lower) / loss


def loses_to_rain(lower: float, upper: float, direction: Direction) -> bool:
    """Return whether rain costs something at all, so that a share of it has a meaning.

    >>> loses_to_rain(0.3, 0.5, 1), loses_to_rain(0.3, 0.5, -1), loses_to_rain(0.3, 0.5, 0)
    (True, False, False)
    """
    loss = direction * (upper - lower)
    return math.isfinite(loss) and loss >= LEAST_LOSS


def share_interval(
    lower: FloatArray, derained: FloatArray, upper: FloatArray, direction: Direction
) -> Interval:
    """Return the interval of a recovered share.

    Args:
        lower: (R,) figures of the rainy input in each resample.
        derained: Those of the derainer.
        upper: Those of the clean image.
        direction: Of the metric.

    Returns:
        None at all where the loss of some resample is below `LEAST_LOSS`.
    """
    loss = upper - lower
    least = float(np.min(direction * loss))
    if not math.isfinite(least) or least < LEAST_LOSS:
        return NO_INTERVAL
    return interval_of((derained - lower) / loss)
