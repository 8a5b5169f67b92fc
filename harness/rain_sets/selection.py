"""Parts of a set that are sets of their own: by pattern, by annotations, or every n-th picture."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, NamedTuple

from pydantic import Field

from harness.errors import ConfigError
from harness.spelling import plain

Choice = str | list[str] | dict[str, str | int | float | bool | list[str | int | float | bool]]
"""One or more patterns of ids or files, or values by the name of an attribute."""


Every = Annotated[int, Field(ge=2)]
"""Of so many pictures one is taken."""


class Chosen(NamedTuple):
    """How a part of a set is chosen.

    Attributes:
        only: What is taken; all where None. Each attribute must have one of its values.
        exclude: What is not.
        every: Of what is left, the first, and from it on every so manieth.
    """

    only: Choice | None = None
    exclude: Choice | None = None
    every: int | None = None


class Selectable(NamedTuple):
    """What a picture is chosen by.

    Attributes:
        sample_id: Its id.
        relative: Its file below the set's folder.
        attributes: What annotations say of it.
    """

    sample_id: str
    relative: str
    attributes: Mapping[str, object]


def selected(name: str, pictures: Sequence[Selectable], chosen: Chosen) -> list[str]:
    """Return the ids that are left, in the order of the pictures.

    Args:
        name: Of the rain set, for errors.
        pictures: To choose from.
        chosen: How.

    Raises:
        ConfigError: If a pattern or a value fits no picture, or none is left.
    """
    only, exclude, every = chosen
    taken = set(_fitting(name, pictures, only, "only")) if only is not None else None
    dropped = set(_fitting(name, pictures, exclude, "exclude")) if exclude is not None else set()
    left = [
        one.sample_id
        for one in pictures
        if (taken is None or one.sample_id in taken) and one.sample_id not in dropped
    ]
    if not left:
        raise ConfigError(f"{name}: `only` and `exclude` leave no picture")
    return left[:: every or 1]


def part_notices(chosen: Chosen, left: int) -> tuple[str, ...]:
    """Return what a reader must know of a part that is a sample of its set.

    Args:
        chosen: How it was chosen.
        left: Pictures that it has.

    >>> part_notices(Chosen(every=3), 49)
    ('One picture of 3 is taken: 49 in all',)
    """
    return (f"One picture of {chosen.every} is taken: {left} in all",) if chosen.every else ()


def _fitting(
    name: str, pictures: Sequence[Selectable], choice: Choice, option: str
) -> Iterator[str]:
    if isinstance(choice, dict):
        for attribute, stated in choice.items():
            values = stated if isinstance(stated, list) else [stated]
            _check_values(name, pictures, option, attribute, values)
        wanted = {key: _texts(value) for key, value in choice.items()}
        for one in pictures:
            if all(_text(one.attributes.get(key)) in values for key, values in wanted.items()):
                yield one.sample_id
        return
    patterns = [choice] if isinstance(choice, str) else choice
    for pattern in patterns:
        fitting = [one.sample_id for one in pictures if _fits(one, pattern)]
        if not fitting:
            raise ConfigError(
                f"{name}: {option}: no picture fits {pattern!r}; one has the id "
                f"{pictures[0].sample_id!r} and the file {pictures[0].relative!r}"
            )
        yield from fitting


def _fits(picture: Selectable, pattern: str) -> bool:
    names, wanted = (plain(picture.sample_id), plain(picture.relative)), plain(pattern)
    return any(one == wanted or fnmatchcase(one, wanted) for one in names)


def _check_values(
    name: str,
    pictures: Sequence[Selectable],
    option: str,
    attribute: str,
    values: Sequence[object],
) -> None:
    there = {_text(one.attributes[attribute]) for one in pictures if attribute in one.attributes}
    if not there:
        known = sorted({key for one in pictures for key in one.attributes})
        raise ConfigError(
            f"{name}: {option}: the annotations say nothing of {attribute!r}; they have "
            f"{', '.join(known) or 'no attributes'}"
        )
    for value in values:
        if _text(value) not in there:
            raise ConfigError(
                f"{name}: {option}: no picture has the {attribute} {value!r}; there are "
                f"{', '.join(sorted(there)[:12])}"
            )


def _texts(stated: object) -> set[str]:
    return {_text(one) for one in stated} if isinstance(stated, list) else {_text(stated)}


def _text(value: object) -> str:
    """Return a value as text, so that a flag or a number fits however it is stated."""
    return str(value).lower() if isinstance(value, bool) else plain(str(value))
