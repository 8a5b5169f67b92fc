"""What docstrings say of each attribute or argument that they list."""

import inspect
import re
from collections.abc import Callable
from typing import Any


def described_attributes(target: Callable[..., Any]) -> dict[str, str]:
    """Return what is said below ``Args:`` and ``Attributes:``; of a class by its bases too.

    Args:
        target: A class or a function, which may be foreign and say nothing, or anything.

    >>> described_attributes(described_attributes)
    {'target': 'A class or a function, which may be foreign and say nothing, or anything.'}
    """
    if not inspect.isclass(target):
        return _listed(target)
    found: dict[str, str] = {}
    for cls in reversed(target.__mro__):
        found |= _listed(cls) | _listed(vars(cls).get("__init__"))
    return found


def _listed(documented: object) -> dict[str, str]:
    found: dict[str, str] = {}
    text = getattr(documented, "__doc__", None)
    for part in re.split(r"\n\s*\n", inspect.cleandoc(text) if isinstance(text, str) else ""):
        head, *lines = part.splitlines() or [""]
        name = ""
        for line in lines if head in ("Args:", "Attributes:") else ():
            begins = re.fullmatch(r" {4}(\w+): (.*)", line)
            if begins:
                name, found[begins[1]] = begins.groups()
            elif name:
                found[name] += f" {line.strip()}"
    return found
