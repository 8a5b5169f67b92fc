"""Causes of failed images that are one cause, said of each image in its own words."""

import re

_NUMBER = re.compile(r"\d+")


def kind_of_cause(cause: str, image: str) -> str:
    """Return a cause without what differs from image to image: its id, and numbers.

    Args:
        cause: As the row has it.
        image: The id of the image.

    >>> kind_of_cause("out: holds no rain-1.png for rain-1", "rain-1")
    'out: holds no *.png for *'
    >>> kind_of_cause("out/7.png: is 4x2, but 7 is 8x8", "7") == kind_of_cause(
    ...     "out/12.png: is 6x6, but 12 is 8x8", "12"
    ... )
    True
    """
    return _NUMBER.sub("*", cause.replace(image, "*"))
