"""Entries of a configuration that name several levels of rain stand for a rain set of each."""

from collections.abc import Mapping
from typing import Any

PLACES = (("rain",), ("level",), ("pictures", "rain"))
"""Where an option says how it rains: sets on which our rain is drawn, the streets, ``files``."""


def options_by_level(options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the options of each rain set that an entry stands for, by the level's name.

    Several levels are a list of names, or a mapping from names to what each means: a level or its
    numbers. A mapping with a number, or with ``level``, is one rain.

    Args:
        options: Of one entry.

    Returns:
        Nothing where the entry is one rain set.

    Raises:
        ValueError: If a list holds what is no name, names one twice or nothing.

    >>> options_by_level({"rain": ["light", "heavy"], "root": "a"})
    {'light': {'rain': 'light', 'root': 'a'}, 'heavy': {'rain': 'heavy', 'root': 'a'}}
    >>> options_by_level({"pictures": {"clean": "c", "rain": {"storm": {"opacity": 0.7}}}})
    {'storm': {'pictures': {'clean': 'c', 'rain': {'opacity': 0.7}}}}
    >>> options_by_level({"rain": {"level": "heavy", "opacity": 0.3}})
    {}
    """
    for place in PLACES:
        levels = _levels(_at(options, place), ".".join(place))
        if levels:
            return {name: _with(options, place, one) for name, one in levels.items()}
    return {}


def _at(options: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        options = options.get(key) if isinstance(options, Mapping) else None
    return options


def _with(options: Mapping[str, Any], place: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = place
    return {**options, key: _with(options[key], tuple(rest), value) if rest else value}


def _levels(stated: Any, where: str) -> dict[str, Any]:
    if isinstance(stated, Mapping):
        is_one = "level" in stated or not all(
            isinstance(one, str | Mapping) for one in stated.values()
        )
        return {} if is_one else {str(name): one for name, one in stated.items()}
    if not isinstance(stated, list):
        return {}
    if not stated or not all(isinstance(one, str) for one in stated):
        raise ValueError(
            f"{where}: several levels are a list of names, as in [light, heavy], or a mapping "
            "from names to numbers, as in {light: light, storm: {level: heavy, opacity: 0.7}}"
        )
    if len(set(stated)) < len(stated):
        raise ValueError(f"{where}: names a level twice: {', '.join(stated)}")
    return {one: one for one in stated}
