"""A first small picture for a derainer: what fails on every image is known before the first one."""

from collections.abc import Iterable
from typing import Any

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


def failures_on_noise(restorer: Restorer, parts: Iterable[Part[Any]]) -> dict[str, str]:
    """Let derainers restore a small picture of noise; return by name why some of them cannot.

    So weights that are read late, or that fit the network and not the call, are found here.

    Args:
        restorer: Of the run; it places them on its device.
        parts: The derainers; of one that was not built, or takes more than a picture, nothing is
            asked. One that does not come back counts as not built from then on.
    """
    failures = {}
    for part in parts:
        if part.built is None or not needs_nothing_else(part.built):
            continue
        try:
            restorer.seconds_on(part, noise(TRIAL_SIZE))
        except ForeignError as error:
            failures[part.name] = str(error)
            if isinstance(error, OutOfTimeError):
                part.give_up(str(error))  # it is not called again, not for what it expects either
    return failures


def trial_in_words(cause: str) -> str:
    """Say that a derainer failed on the picture of noise."""
    height, width = TRIAL_SIZE
    return f"fails on a picture of noise, {width}x{height} pixels: {cause}"
