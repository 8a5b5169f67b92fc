"""`list derainers|rain-sets|tasks`: what can be named, with what is known of each."""

import functools
import inspect
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.derainer import DerainerFacts
from harness.foreign_code import ForeignError
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.plugins.time_limit import OutOfTimeError
from harness.provenance import KnownWeights, Provenance
from harness.rain_sets.public_sets import PUBLIC_SETS

T = TypeVar("T")

PIPED_WIDTH = 200
"""Columns where nobody says how wide the terminal is."""

DIGITS = 12
"""Of a SHA-256; an error about missing weights shows all of it."""


class Described(NamedTuple):
    """What is known of one registered name.

    Attributes:
        cells: As the columns of its kind have them, without the name.
        weights: Of each known weight file: trained on, licence, source, SHA-256.
    """

    cells: tuple[str, ...]
    weights: tuple[tuple[str, str, str, str], ...] = ()


Describe = Callable[[str, Callable[..., Any]], Described]


def print_list(kind: registry.Kind, seconds: float) -> None:
    """Print every registered name of a kind; one that is of no use is shown with the cause.

    Args:
        kind: Of what.
        seconds: That importing and describing one may take.
    """
    described, broken = ask_all(kind, seconds, functools.partial(_look, kind))
    _, columns = _COLUMNS[kind]
    console = wide_console()
    table = plain_table("name", *columns)
    for name, known in described.items():
        table.add_row(Text(name), *map(Text, known.cells))
    console.print(table)
    if any(known.weights for known in described.values()):
        console.print()
        console.print(_weights_table(described))
    for line in broken:
        console.print(f"broken: {line}", markup=False, style="red")
    for conflict in registry.conflicts(kind):
        console.print(f"conflict: {conflict}", markup=False, style="red")


def wide_console() -> Console:
    """Return the terminal, or a wide page where the output goes elsewhere."""
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def ask_all(
    kind: registry.Kind, seconds: float, look: Callable[[str], T]
) -> tuple[dict[str, T], list[str]]:
    """Ask something of every registered name of a kind.

    Args:
        kind: Of what.
        seconds: That one may take.
        look: Given a name, returns the answer.

    Returns:
        The answers by name, and a line on each name that gave none.
    """
    answers: dict[str, T] = {}
    broken = []
    with closing(Guard(seconds)) as guard:
        for name in registry.names(kind):
            try:
                answers[name] = guard.call(name, functools.partial(look, name))
            except OutOfTimeError:
                broken.append(f"{name}: does not import within {seconds:g} s (--call-limit)")
            except ForeignError as error:
                is_told = isinstance(error.__cause__, registry.PluginError)
                broken.append(str(error) if is_told else f"{name}: cannot be described ({error})")
    return answers, broken


def _look(kind: registry.Kind, name: str) -> Described:
    describe, _ = _COLUMNS[kind]
    return describe(name, registry.load(kind, name))


def plain_table(first: str, *others: str) -> Table:
    """Return an empty table without lines, whose first column is never broken."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column, overflow="fold")
    return table


def _weights_table(described: Mapping[str, Described]) -> Table:
    table = plain_table("weights of", "trained on", "licence", "from", "SHA-256")
    for name, known in described.items():
        for index, row in enumerate(known.weights):
            table.add_row(Text(name if index == 0 else ""), *map(Text, row))
    return table


def _derainer(name: str, target: Callable[..., Any]) -> Described:
    facts: object = getattr(target, "facts", None)
    if facts is None:  # a function, or a class that knows them once it is built
        return Described((first_sentence(target), *[""] * 5, _options(target)))
    if not isinstance(facts, DerainerFacts):
        raise registry.PluginError(
            f"{name}: its facts are of type {type(facts).__name__}: they must be DerainerFacts"
        )
    shown = (
        facts.title,
        facts.paper,
        f"{facts.size_multiple}, centred" if facts.padding == "centred" else facts.size_multiple,
        facts.channel_order,
        facts.normalisation,
        facts.authors_quantiser,
    )
    return Described((*map(str, shown), _options(target)), _weights(name, facts, target))


def _weights(
    name: str, facts: DerainerFacts, target: Callable[..., Any]
) -> tuple[tuple[str, str, str, str], ...]:
    known = known_weights_of(name, target)
    if not known and (facts.trained_on or facts.licence or facts.source):
        return ((facts.trained_on, facts.licence, facts.source, ""),)
    return tuple(
        (one.trained_on, one.licence, one.place, (one.file_sha256 or str(digest))[:DIGITS])
        for digest, one in known.items()
    )


def known_weights_of(name: str, target: Callable[..., Any]) -> KnownWeights:
    """Return what a derainer or task says of its weight files.

    Args:
        name: Under which it is registered.
        target: What is registered.

    Raises:
        PluginError: If that is not of the kind that it should be.
    """
    known: object = getattr(target, "known_weights", {})
    if not isinstance(known, Mapping) or not all(
        isinstance(one, Provenance) for one in known.values()
    ):
        raise registry.PluginError(
            f"{name}: its known_weights must give a Provenance by the SHA-256 of a file"
        )
    return known


def _rain_set(name: str, target: Callable[..., Any]) -> Described:
    public = PUBLIC_SETS.get(name.lower())
    if public is None:
        return Described((first_sentence(target), "", "", _options(target)))
    images = "" if public.images is None else str(public.images)
    return Described((public.description, images, public.paper, _options(target)))


def _task(name: str, target: Callable[..., Any]) -> Described:
    headline: object = getattr(target, "headline", None)
    if not isinstance(headline, tuple):
        raise registry.PluginError(f"{name}: has no headline, the metrics that lead the tables")
    return Described((first_sentence(target), ", ".join(map(str, headline)), _options(target)))


def first_sentence(target: Callable[..., Any]) -> str:
    """Return the first line of what the docstring says.

    >>> first_sentence(first_sentence)
    'Return the first line of what the docstring says.'
    """
    return (inspect.getdoc(target) or "").split("\n", 1)[0]


def _options(target: Callable[..., Any]) -> str:
    return ", ".join(key for key in inspect.signature(target).parameters if key != "name")


_COLUMNS: dict[registry.Kind, tuple[Describe, tuple[str, ...]]] = {
    "derainers": (
        _derainer,
        (
            "method",
            "paper",
            "size multiple",
            "channels",
            "normalisation",
            "authors' 8 bits",
            "options",
        ),
    ),
    "rain-sets": (_rain_set, ("what", "test images", "paper", "options")),
    "tasks": (_task, ("what", "leading metrics", "options")),
}
