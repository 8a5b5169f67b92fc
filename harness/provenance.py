"""Where weights come from: what is known of the weight files of a method."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """What is known of one weight file.

    Attributes:
        trained_on: The data that the weights have seen.
        source: Who made them, and where.
        licence: Under which they may be used, ``"none stated"`` where their authors are silent.
        file: Its path in that place, "" for a file that is part of this repository.
    """

    trained_on: str
    source: str
    licence: str
    file: str = ""

    @property
    def place(self) -> str:
        """Return the source with the path of the file in it."""
        return f"{self.source}, {self.file}" if self.file else self.source


KnownWeights = Mapping[str, Provenance]
"""What is known of weight files, by the SHA-256 of their bytes."""


def where_to_get(known: KnownWeights) -> str:
    """Say in one line which published files there are, where, and with which SHA-256.

    >>> where_to_get({"ab12": Provenance("Rain100L", "github.com/x/y", "MIT", "logs/net.pth")})
    'published are: for Rain100L github.com/x/y, logs/net.pth (SHA-256 ab12)'
    """
    published = [
        f"for {one.trained_on} {one.place} (SHA-256 {digest})"
        for digest, one in known.items()
        if one.file
    ]
    if not published:
        return "no published file is known that fits; `rdmc-bench train` makes one"
    return f"published are: {'; '.join(published)}"
