"""A plot that is drawn when it is wanted, and a digest of all that it would show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, partial
from types import FunctionType

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import BaseModel

from harness.digests import digest_arrays, digest_json
from harness.report.plots.style import plot_style
from harness.run_folder.run_figures import RunFigures


@dataclass(frozen=True)
class Drawing:
    """A plot.

    Attributes:
        name: Of its files, without the ending.
        caption: What to see in it, a sentence or two.
        alternative: For a reader who cannot see it.
        draw: A function of a module that returns the plot; it reads nothing but ``shown``.
        shown: What it is called with: figures of a run, numbers, texts and pictures.
    """

    name: str
    caption: str
    alternative: str
    draw: Callable[..., Figure]
    shown: tuple[object, ...]

    @cached_property
    def figure(self) -> Figure:
        """The plot, drawn once."""
        with plot_style():
            return self.draw(*self.shown)

    @property
    def digest(self) -> str:
        """A digest of what is drawn and by which function: alike, all of the plot is.

        Raises:
            TypeError: If something is shown of which nobody can tell whether it is alike.
        """
        return digest_json([_told(self.draw), _told(self.shown)])


def _told(value: object) -> object:
    """Return a value as JSON has it, the order of a mapping included; two that differ differ."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_told(one) for one in value]
        case Mapping():
            return {"items": [[_told(key), _told(one)] for key, one in value.items()]}
        case np.ndarray() if value.dtype != object:
            return {"array": digest_arrays(value)}
        case pd.DataFrame():
            heads = [list(value.index), list(value.columns)]
            return {"table": _told([*heads, value.to_numpy(dtype=float)])}
        case BaseModel():
            return _named(value, dict(value))
        case partial():
            return {"partial": _told([value.func, value.args, value.keywords])}
        case FunctionType() if value.__qualname__.isidentifier() and not value.__closure__:
            return {"function": f"{value.__module__}.{value.__qualname__}"}
    if type(value) is RunFigures:  # no `RunData`, which reads files
        return _named(value, value.content)
    if is_dataclass(value) and not isinstance(value, type):
        return _named(value, {one.name: getattr(value, one.name) for one in fields(value)})
    raise TypeError(f"a plot shows a {type(value).__qualname__}, which has no digest")


def _named(value: object, content: object) -> object:
    return {type(value).__qualname__: _told(content)}
