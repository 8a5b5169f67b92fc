"""Options that stand before the command: they count as those after it, and none is dropped."""

import argparse
from typing import TYPE_CHECKING, Any

from harness.cli.values import Parser

if TYPE_CHECKING:
    _CommandsOfParser = argparse._SubParsersAction[Parser]
else:
    _CommandsOfParser = argparse._SubParsersAction


class Commands(_CommandsOfParser):
    """The commands of a parser, which take over what was given before them.

    Left alone, argparse lets the defaults of a command replace what stands before its name.
    """

    def __call__(
        self,
        parser: Parser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Parse what follows the name of a command; where an option stands twice the later counts.

        An option that the command does not take ends the program with 2.
        """
        name = values[0]
        taken = {action.dest: action for action in self.choices[name]._actions}
        for option in parser._actions:
            given = getattr(namespace, option.dest, option.default)
            if not option.option_strings or given == option.default:
                continue
            if option.dest not in taken:
                parser.error(
                    f"{option.option_strings[-1]}: `{name}` does not take it; leave it out"
                )
            taken[option.dest].default, taken[option.dest].required = given, False
        super().__call__(parser, namespace, values, option_string)
