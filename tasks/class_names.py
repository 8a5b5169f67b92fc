"""How the names of a model's classes fit those of a rain set."""

from collections.abc import Mapping, Sequence

from harness.errors import ConfigError
from harness.nearest import nearest


def check_model_names(class_map: Mapping[str, str], known: Sequence[str], model: str) -> None:
    """Refuse a ``class_map`` whose keys are no classes of the model.

    Raises:
        ConfigError: With the first such key.
    """
    for name in class_map:
        if name not in known:
            raise ConfigError(
                f"class_map: {model} has no class {name!r}{nearest(name, known)} (it has "
                f"{', '.join(known)})"
            )


def check_set_names(class_map: Mapping[str, str], of_sets: Mapping[str, Sequence[str]]) -> None:
    """Refuse a ``class_map`` with a value that no rain set of a run has.

    Args:
        class_map: From the model's names to the rain sets'.
        of_sets: The classes of each rain set that the task can judge; none: nothing is refused.

    Raises:
        ConfigError: With the first such value.
    """
    there = list(dict.fromkeys(name for classes in of_sets.values() for name in classes))
    for own, name in class_map.items():
        if of_sets and name not in there:
            raise ConfigError(
                f"class_map: {own}: no class of {' or '.join(of_sets)} is called {name!r}"
                f"{nearest(name, there)} (called so are {', '.join(there)})"
            )


def unevaluated(
    classes: Sequence[str], known: Sequence[str], class_map: Mapping[str, str], model: str
) -> tuple[str, ...]:
    """Return a sentence on a rain set's classes that the model does not know, if there are any.

    Args:
        classes: Of the rain set.
        known: Of the model.
        class_map: From the model's names to the rain set's.
        model: Its name.

    >>> unevaluated(["Person", "car"], ["person", "car"], {}, "rtmdet")
    ('not evaluated, as rtmdet has no such class: Person (did you mean person?)',)
    """
    answered = {class_map.get(name, name) for name in known}
    free = [name for name in known if name not in class_map and name not in classes]
    left_out = [
        name + nearest(name, free).replace("; ", " (").replace("'", "").replace("?", "?)")
        for name in classes
        if name not in answered
    ]
    if not left_out:
        return ()
    return (f"not evaluated, as {model} has no such class: {', '.join(left_out)}",)
