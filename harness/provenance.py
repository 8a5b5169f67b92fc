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
        tag: What a configuration names it by, beside the method; "" where it has no such name.
        name: Of the file in the folders in which it is looked for.
        url: From which it can be fetched, "" where no address is known.
        file_sha256: Of the file, where that is not the SHA-256 under which it is known: an archive.
    """

    trained_on: str
    source: str
    licence: str
    file: str = ""
    tag: str = ""
    name: str = ""
    url: str = ""
    file_sha256: str = ""

    @property
    def place(self) -> str:
        """Return the source with the path of the file in it."""
        return f"{self.source}, {self.file}" if self.file else self.source


KnownWeights = Mapping[str, Provenance]
"""What is known of weight files, by the SHA-256 of what is read: of a plain file its bytes."""


def where_to_get(known: KnownWeights) -> str:
    """Say in one line which published files there are, where, and with which SHA-256.

    >>> where_to_get({"ab": Provenance("Rain100L", "github.com/x/y", "MIT", "net.pth", "rain100l")})
    'published are: for Rain100L (tag rain100l) github.com/x/y, net.pth (SHA-256 ab)'
    """
    published = [
        f"for {one.trained_on}{_tagged(one)} {one.place} (SHA-256 {one.file_sha256 or digest})"
        for digest, one in known.items()
        if one.file
    ]
    if not published:
        return "no published file is known that fits; `rdmc-bench train` makes one"
    return f"published are: {'; '.join(published)}"


def _tagged(one: Provenance) -> str:
    return f" (tag {one.tag})" if one.tag else ""
