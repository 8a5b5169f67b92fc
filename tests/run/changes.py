"""What the test of keys changes: another value of an option, and whether a figure depends on it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Change(NamedTuple):
    """One option with another value.

    Attributes:
        value: That the option takes.
        counts: Whether a figure can depend on the option; then the key must change, else not.
        given: Options that the part has both before and after.
    """

    value: Any
    counts: bool
    given: Mapping[str, Any]


def counts(value: Any, **given: Any) -> Change:
    """Return a change on which a figure can depend."""
    return Change(value, True, given)


def idle(value: Any, **given: Any) -> Change:
    """Return a change on which no figure can depend."""
    return Change(value, False, given)


class Part(NamedTuple):
    """One entry of the registry as the test builds it.

    Attributes:
        options: That it is built with.
        changes: For each of its options, one or more.
    """

    options: Mapping[str, Any]
    changes: Mapping[str, Sequence[Change]]


NAME = {"name": [idle("another name")]}
DESCRIPTION = {"description": [idle("another sentence")]}
"""Options that many parts have, and no figure depends on."""
