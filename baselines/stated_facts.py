"""The facts of a derainer that change with its weight file."""

from dataclasses import replace

from harness.derainer import DerainerFacts
from harness.provenance import KnownWeights, Provenance

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
