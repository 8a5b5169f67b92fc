"""The hint "did you mean" of an error about a name."""

import difflib
import os
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint such as ``"; did you mean 'prenet'?"``, or "" where nothing is near.

    >>> nearest("prenett", ["prenet", "rdmc"])
    "; did you mean 'prenet'?"
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    given = name.lower()
    near = difflib.get_close_matches(given, by_lower, n=5, cutoff=0.5)
    if not near:
        return ""

    def likeness(candidate: str) -> tuple[float, int]:
        ratio = difflib.SequenceMatcher(None, given, candidate).ratio()
        return ratio, len(os.path.commonprefix([given, candidate]))  # noqa: RUF071 - letters are meant

    return f"; did you mean {by_lower[max(near, key=likeness)]!r}?"
