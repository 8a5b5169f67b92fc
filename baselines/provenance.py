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
    """

    trained_on: str
    source: str
    licence: str


OUR_PICTURES = Provenance(
    trained_on="this project's rain on its rendered streets (seeds 0 to 499) and 695 photographs "
    "(COCO train2017, INRIA person, CamVid train)",
    source="this project, baselines/weights",
    licence="Apache-2.0; the photographs are for research use",
)
"""The weights of derainers that this project trained and ships."""


def facts_with(facts: DerainerFacts, known: Mapping[str, Provenance], digest: str) -> DerainerFacts:
    """Return a method's facts with those of the weights in use.

    A file that nobody registered is called by the start of its digest, never by its path, so
    that the facts are the same on every machine.

    Args:
        facts: Of the method.
        known: Weight files by the SHA-256 of their bytes.
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
        source=provenance.source,
        licence=provenance.licence,
    )
