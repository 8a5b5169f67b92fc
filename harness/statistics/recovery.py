"""How much of what rain costs a task comes back when the rain is taken out."""

import math

import numpy as np

from harness.metric import Direction
from harness.statistics.resampling import (
    NO_INTERVAL,
    FloatArray,
    Interval,
    can_be_resampled,
    critical_t,
)


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


def fieller_interval(
    gain: float, loss: float, gains: FloatArray, losses: FloatArray, images: int
) -> Interval:
    """Return Fieller's interval of the share that a gain is of a loss.

    It holds every share s for which ``gain - s * loss`` is within noise of 0, by Student's t and
    the resamples' variances and covariance (Fieller, Some Problems in Interval Estimation, 1954).
    It has two ends only if the loss itself is beyond noise; else there is none.

    Args:
        gain: Of the derainer.
        loss: Of which it is a share.
        gains: (R,) in each resample.
        losses: Likewise, on the same images.
        images: Behind them.
    """
    if not (can_be_resampled(images) and np.isfinite(gains).all() and np.isfinite(losses).all()):
        return NO_INTERVAL
    variances = np.cov(gains, losses, bias=True) * images / (images - 1)
    squared = critical_t(images) ** 2
    # squared * variance of (gain - s * loss) = (gain - s * loss)^2, in powers of s
    (of_gain, together), (_, of_loss) = variances
    square = loss**2 - squared * of_loss
    if square <= 0:
        return NO_INTERVAL
    middle = (gain * loss - squared * together) / square
    constant = (gain**2 - squared * of_gain) / square
    half = math.sqrt(max(0.0, middle**2 - constant))
    return Interval(middle - half, middle + half)
