"""`completion`: what a shell needs to complete the commands and their options."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from harness.cli.answers import EXIT_COMPLETE
from harness.cli.values import Parser, Subparsers, destination
from harness.errors import BenchError

SHELLS = ("bash", "zsh", "tcsh")


def add_completion(commands: Subparsers, common: Parser, whole: Parser) -> None:
    """Add the command.

    Args:
        commands: Where it goes.
        common: The options of every command.
        whole: The parser of the whole command line, which gets completed.
    """
    completion = commands.add_parser(
        "completion",
        parents=[common],
        help="print what a shell needs to complete the commands",
        description='Prints a script; eval "$(rdmc-bench completion bash)" tries it.',
    )
    completion.add_argument("shell", choices=SHELLS)
    completion.set_defaults(action=lambda options: _completion(options.shell, whole))


def _completion(shell: str, whole: Parser) -> int:
    print(script(shell, whole))
    return EXIT_COMPLETE


def script(shell: str, whole: Parser) -> str:
    """Return the script.

    Args:
        shell: One of `SHELLS`.
        whole: The parser of the whole command line.

    Raises:
        BenchError: If shtab, which writes it, is not installed.
    """
    try:
        import shtab
    except ImportError as error:
        raise BenchError(
            "completion: needs shtab, which is not installed; pip install 'rdmc-bench[completion]'"
        ) from error
    for argument in _arguments(whole):
        if argument.type in (Path, destination):
            argument.complete = shtab.FILE  # type: ignore[attr-defined]
    text: str = shtab.complete(whole, shell=shell)
    return text


def _arguments(parser: Parser) -> Iterator[argparse.Action]:
    """Yield the arguments of a parser and of its commands."""
    for argument in parser._actions:
        if isinstance(argument, argparse._SubParsersAction):
            for command in argument.choices.values():
                yield from _arguments(command)
        else:
            yield argument
