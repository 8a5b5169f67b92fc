"""A first small picture for a derainer: what fails on every image is known before the first one."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from harness.derainer import Derainer
from harness.foreign_code import ForeignError
from harness.noise_picture import noise
from harness.plugins.parts import Part
from harness.plugins.time_limit import OutOfTimeError
from harness.run.restoring import Restorer

TRIAL_SIZE = (64, 64)
"""Height and width of the picture in pixels: what takes no time, and every network takes."""


def needs_nothing_else(derainer: Derainer) -> bool:
    """Return whether a derainer makes its picture of the rainy one alone, so that any serves."""
    kind = type(derainer)
    return (
        kind.restore_samples is Derainer.restore_samples
        and kind.expect is Derainer.expect
        and derainer.bound is None
    )


class Trials(NamedTuple):
    """What came of a small picture, by the names of derainers.

    Attributes:
        failures: Why some of them cannot restore it.
        paces: Seconds a pixel of the others.
    """

    failures: dict[str, str]
    paces: dict[str, float]


def trials_on_noise(restorer: Restorer, parts: Iterable[Part[Any]]) -> Trials:
    """Let derainers restore a small picture of noise.

    So weights that are read late, or that fit the network and not the call, are found here.

    Args:
        restorer: Of the run; it places them on its device.
        parts: The derainers; of one that was not built, or takes more than a picture, nothing is
            asked. One that does not come back counts as not built from then on.
    """
    trials = Trials({}, {})
    for part in parts:
        if part.built is None or not needs_nothing_else(part.built):
            continue
        try:
            seconds = restorer.seconds_on(part, noise(TRIAL_SIZE))
            trials.paces[part.name] = seconds / (TRIAL_SIZE[0] * TRIAL_SIZE[1])
        except ForeignError as error:
            trials.failures[part.name] = str(error)
            if isinstance(error, OutOfTimeError):
                part.give_up(str(error))  # it is not called again, not for what it expects either
    return trials


def trial_in_words(cause: str) -> str:
    """Say that a derainer failed on the picture of noise."""
    height, width = TRIAL_SIZE
    return f"fails on a picture of noise, {width}x{height} pixels: {cause}"
