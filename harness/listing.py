"""`list derainers|rain-sets|tasks`: what can be named, with what is known of each."""

import inspect
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from harness import registry
from harness.derainer import DerainerFacts
from harness.rain_sets.catalogue import PUBLIC_SETS

Describe = Callable[[str, Callable[..., Any]], tuple[str, ...]]


def print_list(kind: registry.Kind) -> None:
    """Print every registered name of a kind; one that does not import is shown with its error."""
    describe, columns = _COLUMNS[kind]
    table = Table("name", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    broken = []
    for name in registry.names(kind):
        try:
            table.add_row(name, *describe(name, registry.load(kind, name)))
        except registry.PluginError as error:
            broken.append(str(error))
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
    for line in broken:
        console.print(f"broken: {line}", markup=False, style="red")


def _derainer(_: str, target: Callable[..., Any]) -> tuple[str, ...]:
    facts: DerainerFacts = target.facts  # type: ignore[attr-defined]
    return (
        facts.title,
        facts.paper,
        facts.licence,
        facts.trained_on,
        facts.source,
        str(facts.size_multiple),
        facts.channel_order,
        facts.normalisation,
        facts.authors_quantiser,
        _options(target),
    )


def _rain_set(name: str, target: Callable[..., Any]) -> tuple[str, ...]:
    public = PUBLIC_SETS.get(name.lower())
    if public is None:
        return first_sentence(target), "", "", _options(target)
    return public.description, str(public.images), public.paper, _options(target)


def _task(_: str, target: Callable[..., Any]) -> tuple[str, ...]:
    return first_sentence(target), ", ".join(target.headline), _options(target)  # type: ignore[attr-defined]


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
