"""`list derainers|rain-sets|tasks [NAME]`: what can be named, with what is known of each."""

import functools
import inspect
import json
import os
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.cli.described import described_attributes
from harness.derainer import DerainerFacts
from harness.errors import ConfigError
from harness.foreign_code import ForeignError
from harness.nearest import nearest
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.plugins.options import parameters_of
from harness.plugins.time_limit import OutOfTimeError
from harness.provenance import KnownWeights, Provenance
from harness.rain_sets.public_sets import PUBLIC_SETS

T = TypeVar("T")

PIPED_WIDTH = 80
"""Columns where nobody says how wide the terminal is."""

DIGITS = 12
"""Of a SHA-256; `--json` and an error about missing weights show all of it."""

NOT_KNOWN = "not known"


class Option(NamedTuple):
    """An option of something registered.

    Attributes:
        name: As a configuration has it.
        type: As its author annotated it.
        must_be_given: Whether it has no default.
        default: What it is if nobody says.
        description: What its author says of it, "" where nothing.
    """

    name: str
    type: str
    must_be_given: bool
    default: Any = None
    description: str = ""

    def for_programs(self) -> dict[str, Any]:
        """Return it for JSON: a default that JSON has not in Python's words, none if there is none.

        >>> Option("radius", "int", False, 6).for_programs()
        {'name': 'radius', 'type': 'int', 'required': False, 'default': 6}
        >>> Option("root", "Path", True).for_programs()
        {'name': 'root', 'type': 'Path', 'required': True}
        """
        told: dict[str, Any] = {"name": self.name, "type": self.type}
        told["required"] = self.must_be_given
        told |= {"description": self.description} if self.description else {}
        return told if self.must_be_given else told | {"default": _as_json(self.default)}


class Weights(NamedTuple):
    """A known weight file."""

    trained_on: str
    licence: str
    source: str
    sha256: str


class Described(NamedTuple):
    """What is known of one registered name.

    Attributes:
        facts: In the order of the columns of its kind.
        options: That a configuration may set.
        weights: The known weight files.
    """

    facts: dict[str, str]
    options: tuple[Option, ...] = ()
    weights: tuple[Weights, ...] = ()


Describe = Callable[[str, Callable[..., Any]], Described]

SHOWN: dict[registry.Kind, tuple[str, ...]] = {
    "derainers": ("method", "paper"),
    "rain-sets": ("what", "test images"),
    "tasks": ("what", "leading metrics"),
}
"""The facts that stand in the list of all; the rest stands below a name."""


def print_list(kind: registry.Kind, seconds: float) -> None:
    """Print every registered name of a kind; one that is of no use is shown with the cause.

    Args:
        kind: Of what.
        seconds: That importing and describing one may take.
    """
    described, broken = ask_all(registry.names(kind), seconds, functools.partial(_look, kind))
    console = a_console()
    table = plain_table("name", *SHOWN[kind])
    for name, known in described.items():
        table.add_row(Text(name), *(Text(known.facts.get(fact, "")) for fact in SHOWN[kind]))
    console.print(table)
    _print_weights(console, described)
    console.print(f"\n`rdmc-bench list {kind} NAME` shows all of one, and its options")
    _print_troubles(console, kind, broken)


def print_one(kind: registry.Kind, name: str, seconds: float) -> None:
    """Print all that is known of a registered name, with the options that it takes.

    Args:
        kind: Of what.
        name: As a configuration has it.
        seconds: That importing and describing it may take.

    Raises:
        ConfigError: If nothing is registered under the name.
    """
    called = _registered(kind, name)
    described, broken = ask_all([called], seconds, functools.partial(_look, kind))
    console = a_console()
    for known in described.values():
        facts = Table(box=None, pad_edge=False, show_header=False)
        facts.add_column(no_wrap=True, style="bold")
        facts.add_column(overflow="fold")
        facts.add_row("name", Text(called))
        for fact, value in known.facts.items():
            if value:
                facts.add_row(Text(fact), Text(value))
        console.print(facts)
        console.print()
        options = plain_table("option", "type", "default")
        for one in known.options:
            default = "(must be given)" if one.must_be_given else repr(one.default)
            options.add_row(Text(one.name), Text(one.type), Text(default))
        console.print(options if known.options else "takes no options")
        for one in known.options:
            if one.description:
                console.print(Text(f"\n{one.name}", "bold"))
                console.print(below(one.description))
    _print_weights(console, described)
    _print_troubles(console, kind, broken)


def list_as_json(kind: registry.Kind, name: str | None, seconds: float) -> str:
    """Return what `print_list` or `print_one` shows, whole, as JSON for programs.

    Raises:
        ConfigError: If nothing is registered under the name.
    """
    names = registry.names(kind) if name is None else [_registered(kind, name)]
    described, broken = ask_all(names, seconds, functools.partial(_look, kind))
    listed = [
        {
            "name": called,
            **known.facts,
            "options": [one.for_programs() for one in known.options],
            "weights": [one._asdict() for one in known.weights],
        }
        for called, known in described.items()
    ]
    conflicts = [str(conflict) for conflict in registry.conflicts(kind)]
    content = {kind: listed, "broken": broken, "conflicts": conflicts}
    return json.dumps(content, indent=1, ensure_ascii=False)


def _registered(kind: registry.Kind, name: str) -> str:
    names = list(registry.names(kind))
    found = next((one for one in names if one.lower() == name.lower()), None)
    if found is None:
        hint = nearest(name, names) or f"; `rdmc-bench list {kind}` names them"
        raise ConfigError(f"list {kind}: nothing is named {name!r}{hint}")
    return found


def a_console(piped_width: int = PIPED_WIDTH) -> Console:
    """Return the terminal, or a page of that many columns where the output goes elsewhere.

    COLUMNS, where it is set, says how many in either case.
    """
    console = Console(soft_wrap=False, highlight=False, markup=False)
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = piped_width
    return console


def _print_troubles(console: Console, kind: registry.Kind, broken: Sequence[str]) -> None:
    for line in broken:
        console.print(f"broken: {line}", style="red")
    for conflict in registry.conflicts(kind):
        console.print(f"conflict: {conflict}", style="red")


def ask_all(
    names: Iterable[str], seconds: float, look: Callable[[str], T]
) -> tuple[dict[str, T], list[str]]:
    """Ask something of registered names.

    Args:
        names: Of one kind.
        seconds: That one may take.
        look: Given a name, returns the answer.

    Returns:
        The answers by name, and a line on each name that gave none.
    """
    answers: dict[str, T] = {}
    broken = []
    with closing(Guard(seconds)) as guard:
        for name in names:
            try:
                answers[name] = guard.call(name, functools.partial(look, name))
            except OutOfTimeError:
                broken.append(f"{name}: does not import within {seconds:g} s (--call-limit)")
            except ForeignError as error:
                is_told = isinstance(error.__cause__, registry.PluginError)
                broken.append(str(error) if is_told else f"{name}: cannot be described ({error})")
    return answers, broken


def _look(kind: registry.Kind, name: str) -> Described:
    return _DESCRIBE[kind](name, registry.load(kind, name))


def plain_table(first: str, *others: str) -> Table:
    """Return an empty table without lines, whose first column is never broken."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column, overflow="fold")
    return table


def _print_weights(console: Console, described: Mapping[str, Described]) -> None:
    """Print of each weight file what it learned from, and below that where it is."""
    for name, known in described.items():
        for one in known.weights:
            console.print()
            digest = f"; SHA-256 {one.sha256[:DIGITS]}" if one.sha256 else ""
            facts = f"trained on {one.trained_on or NOT_KNOWN}; {one.licence or NOT_KNOWN}{digest}"
            console.print(f"weights of {name}: {facts}")
            console.print(below(one.source or NOT_KNOWN))


def below(text: str) -> Padding:
    """Return a text that stands indented below another one, in all of its lines."""
    return Padding(Text(text), (0, 0, 0, 2), expand=False)


def _derainer(name: str, target: Callable[..., Any]) -> Described:
    facts: object = getattr(target, "facts", None)
    if facts is None:  # a function, or a class that knows them once it is built
        return Described({"method": first_sentence(target)}, options_of(target))
    if not isinstance(facts, DerainerFacts):
        raise registry.PluginError(
            f"{name}: its facts are of type {type(facts).__name__}: they must be DerainerFacts"
        )
    is_told: object = getattr(target, "tells_size_multiple", False)
    multiple = f"{facts.size_multiple}{', centred' * (facts.padding == 'centred')}"
    shown = {
        "method": facts.title,
        "paper": facts.paper,
        "size multiple": "the file tells it" if is_told is True else multiple,
        "channels": facts.channel_order,
        "normalisation": facts.normalisation,
        "authors' 8 bits": facts.authors_quantiser,
    }
    told = {fact: str(value) for fact, value in shown.items()}
    return Described(told, options_of(target), _weights(name, facts, target))


def _weights(name: str, facts: DerainerFacts, target: Callable[..., Any]) -> tuple[Weights, ...]:
    known = known_weights_of(name, target)
    if not known and (facts.trained_on or facts.licence or facts.source):
        return (Weights(facts.trained_on, facts.licence, facts.source, ""),)
    return tuple(
        Weights(one.trained_on, one.licence, one.place, one.file_sha256 or str(digest))
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
        return Described({"what": first_sentence(target)}, options_of(target))
    images = "" if public.images is None else str(public.images)
    facts = {"what": public.description, "test images": images, "paper": public.paper}
    return Described(facts, options_of(target))


def _task(name: str, target: Callable[..., Any]) -> Described:
    headline: object = getattr(target, "headline", None)
    if not isinstance(headline, tuple):
        raise registry.PluginError(f"{name}: has no headline, the metrics that lead the tables")
    facts = {"what": first_sentence(target), "leading metrics": ", ".join(map(str, headline))}
    return Described(facts, options_of(target))


def first_sentence(target: Callable[..., Any]) -> str:
    """Return the first line of what the docstring says.

    >>> first_sentence(first_sentence)
    'Return the first line of what the docstring says.'
    """
    return (inspect.getdoc(target) or "").split("\n", 1)[0]


def options_of(target: Callable[..., Any]) -> tuple[Option, ...]:
    """Return the options of something registered, in the order of its signature."""
    described = described_attributes(target)
    return tuple(
        Option(
            key,
            _type_in_words(parameter.annotation),
            parameter.default is parameter.empty,
            None if parameter.default is parameter.empty else parameter.default,
            described.get(key, "").replace("``", "`"),
        )
        for key, parameter in parameters_of(target).items()
    )


def _as_json(value: Any) -> Any:
    """Return a value that JSON has, or else how Python writes it.

    >>> _as_json((1, 2)), _as_json(None), _as_json(float("inf")), _as_json(int)
    ((1, 2), None, 'inf', "<class 'int'>")
    """
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return repr(value)
    return value


def _type_in_words(annotation: Any) -> str:
    """Return a type as its author wrote it, without modules and pydantic's conditions.

    >>> _type_in_words(int | None), _type_in_words(inspect.Parameter.empty)
    ('int | None', 'any')
    """
    if annotation is inspect.Parameter.empty:
        return "any"
    if annotation in (None, types.NoneType):
        return "None"
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__name__
    if typing.get_origin(annotation) is Literal:
        return " | ".join(map(repr, typing.get_args(annotation)))
    if typing.get_origin(annotation) is Annotated:
        return _type_in_words(typing.get_args(annotation)[0])
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return " | ".join(map(_type_in_words, typing.get_args(annotation)))
    text = annotation if isinstance(annotation, str) else str(annotation)
    return re.sub(r"\b(\w+\.)+(?=\w)", "", text).replace("NoneType", "None")


_DESCRIBE: dict[registry.Kind, Describe] = {
    "derainers": _derainer,
    "rain-sets": _rain_set,
    "tasks": _task,
}
