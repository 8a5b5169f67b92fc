"""Which classes of a rain set a model is judged on, and what a `class_map` may say about it."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from harness.digests import digest_json
from harness.errors import ConfigError
from harness.nearest import nearest
from harness.spelling import plain

LIKENESS = 0.8
"""From which a name is shown beside another as what may have been meant."""


def checked_class_map(
    class_map: Mapping[str, str] | None, classes: Sequence[str]
) -> dict[str, str]:
    """Return a class map that names classes of the model alone.

    Args:
        class_map: From names of the model's classes to a rain set's, None for none.
        classes: The model's.

    Raises:
        ConfigError: If an entry renames what the model does not predict.

    >>> checked_class_map({"persn": "pedestrian"}, ["person", "car"])
    Traceback (most recent call last):
    harness.errors.ConfigError: class_map: the model has no class 'persn'; did you mean 'person'?
    """
    for name in class_map or {}:
        if name not in classes:
            near = nearest(name, classes) or f"; its classes are {', '.join(classes)}"
            raise ConfigError(f"class_map: the model has no class {name!r}{near}")
    return {name: plain(meant) for name, meant in (class_map or {}).items()}


def chosen_classes(chosen: Sequence[str] | None, model: str, classes: Sequence[str]) -> list[str]:
    """Return which of a model's classes count, in the model's order.

    Args:
        chosen: Their names, None for all.
        model: Its name.
        classes: The model's.

    Raises:
        ConfigError: If the model has no class of such a name.

    >>> chosen_classes(["car"], "toy", ["person", "car"])
    ['car']
    """
    for unknown in [name for name in chosen or () if name not in classes]:
        raise ConfigError(
            f"classes: {model} has no class {unknown!r}{nearest(unknown, classes)} It has "
            f"{', '.join(classes)}"
        )
    return [name for name in classes if chosen is None or name in chosen]


def objection_to(
    class_map: Mapping[str, str], truths: Iterable[Sequence[str] | None]
) -> str | None:
    """Return what is wrong with a class map for all rain sets of a run together, None for nothing.

    Args:
        class_map: As `checked_class_map` returns it.
        truths: The class names of each rain set, None where it has no such truth.

    >>> objection_to({"bus": "Lorry"}, [["car", "lorry"], None])
    "class_map: no rain set of this run has a class 'Lorry' (for bus); did you mean 'lorry'?"
    """
    known = dict.fromkeys(name for names in truths for name in names or ())
    for name, meant in class_map.items():
        if known and meant not in known:
            return (
                f"class_map: no rain set of this run has a class {meant!r} (for {name})"
                f"{nearest(meant, known)}"
            )
    return None


def evaluated_classes(
    classes: Sequence[str], class_map: Mapping[str, str], truth: Sequence[str] | None
) -> list[str]:
    """Return the classes of a rain set that a model knows.

    Args:
        classes: The model's.
        class_map: From these to a rain set's, where they differ.
        truth: The rain set's, None if it has no such truth.
    """
    known = {class_map.get(name, name) for name in classes}
    return [name for name in truth or () if name in known]


def judged_in_signature(classes: Sequence[str]) -> str:
    """Return the evaluated classes as a signature says them: figures over others never compare.

    >>> judged_in_signature(["car", "person"]) == judged_in_signature(["person", "car"])
    True
    >>> judged_in_signature(["car"])
    'judged:1@fd105365'
    """
    return f"judged:{len(classes)}@{digest_json(sorted(classes))[:8]}"


def unevaluated(
    classes: Sequence[str], class_map: Mapping[str, str], truth: Sequence[str] | None
) -> str | None:
    """Say which classes of a rain set are not judged, None where all are.

    Args:
        classes: The model's.
        class_map: From these to a rain set's, where they differ.
        truth: The rain set's, None if it has no such truth.

    >>> unevaluated(["person", "car"], {}, ["Person", "car", "tram"])
    'not evaluated, as the model has no class of that name: Person (it has person), tram'
    """
    judged = evaluated_classes(classes, class_map, truth)
    left_out = [name for name in truth or () if name not in judged]
    if not left_out:
        return None
    others = [name for name in classes if name not in class_map]
    told = ", ".join(name + _likely(name, others) for name in left_out)
    return f"not evaluated, as the model has no class of that name: {told}"


def _likely(name: str, classes: Sequence[str]) -> str:
    by_plain = {_plain(one): one for one in classes}
    near = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=LIKENESS)
    return f" (it has {by_plain[near[0]]})" if near else ""


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
