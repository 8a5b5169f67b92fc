"""Where weights come from: the facts of a derainer that change with its weight file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.derainer import DerainerFacts


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

OUR_PICTURES = Provenance(
    trained_on="this project's rain on its rendered streets (seeds 0 to 499) and 695 photographs "
    "(COCO train2017, INRIA person, CamVid train)",
    source="this project, baselines/weights",
    licence="Apache-2.0; the photographs are for research use",
)
"""The weights of derainers that this project trained and ships."""


def facts_with(facts: DerainerFacts, known: KnownWeights, digest: str) -> DerainerFacts:
    """Return a method's facts with those of the weights in use.

    A file that nobody registered is called by the start of its digest, never by its path, so
    that the facts are the same on every machine.

    Args:
        facts: Of the method.
        known: The weight files of the method.
        digest: Of the weights in use.

    >>> facts_with(DerainerFacts(title="X"), {}, "0123456789abcdef").trained_on
    'unknown (weights sha256 0123456789ab)'
    """
    provenance = known.get(digest)
    if provenance is None:
        unknown = f"unknown (weights sha256 {digest[:12]})"
        provenance = Provenance(trained_on=unknown, source="unknown", licence="unknown")
    return replace(
        facts,
        trained_on=provenance.trained_on,
        source=provenance.place,
        licence=provenance.licence,
    )


def facts_of_all(facts: DerainerFacts, known: KnownWeights) -> DerainerFacts:
    """Return a method's facts with those of every weight file that is known for it.

    They stand in the list of derainers, where no file has been chosen yet.

    >>> known = {"a": Provenance("Rain100L", "x", "MIT"), "b": Provenance("Rain100H", "x", "MIT")}
    >>> facts_of_all(DerainerFacts(title="X"), known).trained_on
    'Rain100L; Rain100H'
    """
    return replace(
        facts,
        trained_on="; ".join(dict.fromkeys(one.trained_on for one in known.values())),
        source="; ".join(dict.fromkeys(one.source for one in known.values())),
        licence="; ".join(dict.fromkeys(one.licence for one in known.values())),
    )


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
