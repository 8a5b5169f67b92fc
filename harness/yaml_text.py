"""YAML that people write by hand: what it holds twice, endlessly or as no value is told in a line.

A configuration is small. What would keep the reader busy for ever, such as aliases of aliases of
aliases, is refused by its count, before anything is made of it.
"""

import math
import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from harness.errors import ConfigError

_WANTS_QUOTES = re.compile(
    r"""
    (?:^|[:,\[{-])\s*
    (?P<text>
        \*[^\s,\]}]*  # an alias
        | [^\s,\[\]{}"':\#-][^\s,\[\]{}"':]*(?:\{\w+\}[^\s,\[\]{}]*)+  # a mapping in a text
        | \{\w+\}(?:\{\w+\}|[^\s,\]}])+
        | \[[^\s\]]*\][^\s,\]}]+  # a list
        | [%@`][^,\]}]*
    )
    """,
    re.VERBOSE,
)
"""A value with a sign that YAML reads as its own: ``*.jpg``, ``{id}.jpg``, ``rainy/{id}.jpg``."""

_ADVICE = {
    "unknown escape character": "in double quotes a backslash begins an escape: use single quotes",
    "'\\t' that cannot start any token": "a tab indents nothing in YAML: use spaces",
}
"""By the words of the parser, what to do."""

_SEARCHED = 2_000
"""Letters of a line: what wants quotes in a longer one is not sought."""

LONGEST_TEXT = 4_000_000
"""Characters; a data set's file with the names of 20,000 classes has a tenth of it."""

MOST_VALUES = 200_000
"""With every alias written out."""

DEEPEST = 60
"""Levels of values within each other."""


class _Loader(yaml.SafeLoader):
    """Refuses a mapping with a key twice, of which YAML's own loader keeps the last."""

    _depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """Compose a value, which must not lie too deep for the ones within it."""
        if self._depth >= DEEPEST:
            problem = f"values lie more than {DEEPEST} levels deep"
            here = self.peek_event()  # type: ignore[no-untyped-call]
            raise _Told(None, None, problem, here.start_mark)
        self._depth += 1
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            if key_node.tag.endswith(":merge"):
                continue
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable):
                if key in seen:
                    problem = f"the key {key!r} stands twice in one mapping"
                    raise _error(problem, key_node)
                seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:  # 2023-02-30, or 5,000 digits
            shown = f"{_shown(node)!r} is no value" if isinstance(node, ScalarNode) else str(error)
            raise _error(shown, node) from error
        if isinstance(value, int | float) and _reads_otherwise(node):
            problem = f"YAML reads {_shown(node)} as {value}: write that, or put it into quotes"
            raise _error(problem, node)
        if isinstance(value, float) and not math.isfinite(value):
            raise _error(f"{_shown(node)} is no number that can be used here", node)
        if isinstance(value, int) and value.bit_length() > 64:
            raise _error(f"the number {_shown(node)} is too large", node)
        if isinstance(value, str) and _is_no_text(value):
            raise _error("a text holds a zero byte, or half of a character", node)
        return value


def parse_yaml(text: str, where: str) -> Any:
    """Return what a YAML text says.

    Args:
        text: To read.
        where: Its file, for errors.

    Raises:
        ConfigError: If it is no YAML, has a key twice, holds what is no value, or too much; in
            one line, with the line's number.
    """
    if len(text) > LONGEST_TEXT:
        raise ConfigError(f"{where}: has {len(text)} characters, more than the {LONGEST_TEXT} read")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_endless(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        unquoted = ""
        if mark is not None and not isinstance(error, _Told):
            unquoted = _unquoted(text, mark.line)
        if unquoted:
            raise ConfigError(f"{where}{unquoted}") from error
        told = " ".join(str(error).split())
        advice = "".join(f"; {what}" for words, what in _ADVICE.items() if words in told)
        raise ConfigError(f"{where}: no valid YAML ({told}){advice}") from error


def _refuse_endless(root: Node) -> None:
    """Refuse values that hold themselves, lie too deep, or are too many with aliases written out.

    Raises:
        _Told: With the place.
    """
    counted: dict[int, int] = {}
    above: set[int] = set()

    def count(node: Node) -> int:
        if not isinstance(node, CollectionNode):
            return 1
        if id(node) in counted:
            return counted[id(node)]
        if id(node) in above:
            raise _error("a value holds itself through an alias", node)
        if len(above) >= DEEPEST:
            raise _error(f"values lie more than {DEEPEST} levels deep", node)
        above.add(id(node))
        number = 1
        for below in node.value:
            number += sum(map(count, below)) if isinstance(below, tuple) else count(below)
            if number > MOST_VALUES:
                raise _error(f"it holds more than {MOST_VALUES} values, aliases written out", node)
        above.remove(id(node))
        counted[id(node)] = number
        return number

    count(root)


class _Told(yaml.constructor.ConstructorError):
    """Says itself what is wrong."""


def _error(problem: str, node: Node) -> _Told:
    return _Told(None, None, problem, node.start_mark)


def _shown(node: Node) -> str:
    text = str(node.value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _reads_otherwise(node: Node) -> bool:
    """Return whether a number means another one to YAML 1.1 than to who wrote it.

    That is 010, which is eight, 1:30, which is ninety, and 1_0; 999_999 is what it says.
    """
    if not isinstance(node, ScalarNode):
        return False
    text = re.sub(r"(?<=\d)_(?=\d{3}(?!\d))", "", node.value)
    return bool(re.search(r"[:_]|^[-+]?0[0-9]", text))


def _is_no_text(value: str) -> bool:
    return re.search("[\0\ud800-\udfff]", value) is not None


def _unquoted(text: str, line: int) -> str:
    """Return what to put into quotes on the line of an error, or the one before; "" for nothing."""
    lines = text.splitlines()
    for number in (line, line - 1):
        found = (
            _WANTS_QUOTES.search(lines[number][:_SEARCHED]) if 0 <= number < len(lines) else None
        )
        if found is not None:
            value = found["text"].strip()
            sign = next(letter for letter in value if letter in "*{[%@`")
            return (
                f', line {number + 1}: put {value} into quotes, as in "{value}": YAML gives '
                f"{sign!r} a meaning of its own"
            )
    return ""
