"""YAML that people write by hand: a key that stands twice, and texts that want quotes, are told."""

import re
from typing import Any

import yaml
from yaml.nodes import MappingNode

from harness.errors import ConfigError

_WANTS_QUOTES = re.compile(
    r"""(?:^|[:,\[{-])\s*(?P<text>(?:\*[^\s,\]}]*|\{\w+\}[^\s,\]}]+|[%@`][^,\]}]*))"""
)
"""A value that begins with a sign that YAML reads as its own: ``*.jpg``, ``{id}.jpg``."""


class _Loader(yaml.SafeLoader):
    """Refuses a mapping with a key twice, of which YAML's own loader keeps the last."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if key.tag.endswith(":str") and name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} stands twice in one mapping", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def parse_yaml(text: str, where: str) -> Any:
    """Return what a YAML text says.

    Args:
        text: To read.
        where: Its file, for errors.

    Raises:
        ConfigError: If it is no YAML or has a key twice; in one line, with the line's number.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        unquoted = _unquoted(text, mark.line) if mark is not None else ""
        if unquoted:
            raise ConfigError(f"{where}{unquoted}") from error
        raise ConfigError(f"{where}: no valid YAML ({' '.join(str(error).split())})") from error


def _unquoted(text: str, line: int) -> str:
    """Return what to put into quotes on the line of an error, or the one before; "" for nothing."""
    lines = text.splitlines()
    for number in (line, line - 1):
        found = _WANTS_QUOTES.search(lines[number]) if 0 <= number < len(lines) else None
        if found is not None:
            value = found["text"].strip()
            return (
                f', line {number + 1}: put {value} into quotes, as in "{value}": YAML gives '
                f"{value[0]!r} a meaning of its own"
            )
    return ""
