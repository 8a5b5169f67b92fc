"""`list derainers|rain-sets|tasks`: what can be named, with what is known of each."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness import registry
from harness.derainer import DerainerFacts
from harness.rain_sets.catalogue import PUBLIC_SETS
from harness.time_limit import OutOfTimeError, TimeLimit

Describe = Callable[[str, Callable[..., Any]], tuple[str, ...]]


def print_list(kind: registry.Kind, seconds: float) -> None:
    """Print every registered name of a kind; one that is of no use is shown with the cause.

    Args:
        kind: Of what.
        seconds: That importing and describing one may take.
    """
    _, columns = _COLUMNS[kind]
    table = Table("name", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    broken = []
    limit = TimeLimit(seconds)
    for name in registry.names(kind):
        try:
            look = functools.partial(_look, kind, name)
            cells = limit.call(name, look)
            table.add_row(Text(name), *(Text(cell) for cell in cells))
        except OutOfTimeError:
            broken.append(f"{name}: does not import within {seconds:g} s (--call-limit)")
        except registry.PluginError as error:
            broken.append(str(error))
        except Exception as error:  # a plugin's class may be made of anything
            broken.append(f"{name}: cannot be described ({type(error).__name__}: {error})")
    limit.close()
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    for line in broken:
        console.print(f"broken: {line}", markup=False, style="red")
    for conflict in registry.conflicts(kind):
        console.print(f"conflict: {conflict}", markup=False, style="red")


def _look(kind: registry.Kind, name: str) -> tuple[str, ...]:
    describe, _ = _COLUMNS[kind]
    return describe(name, registry.load(kind, name))


def _derainer(name: str, target: Callable[..., Any]) -> tuple[str, ...]:
    facts: object = getattr(target, "facts", None)
    if facts is None:  # a function, or a class that knows them once it is built
        return first_sentence(target), *[""] * 8, _options(target)
    if not isinstance(facts, DerainerFacts):
        raise registry.PluginError(
            f"{name}: its facts are of type {type(facts).__name__}: they must be DerainerFacts"
        )
    shown = (
        facts.title,
        facts.paper,
        facts.licence,
        facts.trained_on,
        facts.source,
        facts.size_multiple,
        facts.channel_order,
        facts.normalisation,
        facts.authors_quantiser,
    )
    return *map(str, shown), _options(target)


def _rain_set(name: str, target: Callable[..., Any]) -> tuple[str, ...]:
    public = PUBLIC_SETS.get(name.lower())
    if public is None:
        return first_sentence(target), "", "", _options(target)
    return public.description, str(public.images), public.paper, _options(target)


def _task(name: str, target: Callable[..., Any]) -> tuple[str, ...]:
    headline: object = getattr(target, "headline", None)
    if not isinstance(headline, tuple):
        raise registry.PluginError(f"{name}: has no headline, the metrics that lead the tables")
    return first_sentence(target), ", ".join(map(str, headline)), _options(target)


def first_sentence(target: Callable[..., Any]) -> str:
    """Return the first line of what the docstring says.

    >>> first_sentence(first_sentence)
    'Return the first line of what the docstring says.'
    """
    return (inspect.getdoc(target) or "").split("\n", 1)[0]


def _options(target: Callable[..., Any]) -> str:
    return ", ".join(key for key in inspect.signature(target).parameters if key != "name")


_COLUMNS: dict[registry.Kind, tuple[Describe, list[str]]] = {
    "derainers": (
        _derainer,
        [
            "method",
            "paper",
            "weights' licence",
            "trained on",
            "weights from",
            "sizes",
            "channels",
            "input",
            "authors' 8 bits",
            "options",
        ],
    ),
    "rain-sets": (_rain_set, ["what", "test images", "paper", "options"]),
    "tasks": (_task, ["what", "leading metrics", "options"]),
}
