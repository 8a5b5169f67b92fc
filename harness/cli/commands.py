"""The command line: reads it, calls what does the work, and tells the user what came of it."""

import argparse
import errno
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from harness import __version__
from harness.cli.answers import (
    EXIT_FAILED_CELLS,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    complain,
)
from harness.cli.closed_pipes import Outlets
from harness.cli.completion import add_completion
from harness.cli.making_commands import (
    add_ablate,
    add_export,
    add_init,
    add_new_derainer,
    add_schema,
    add_train,
)
from harness.cli.measuring_commands import add_check, add_cost, add_run, run_configuration
from harness.cli.options_before import Commands
from harness.cli.showing_commands import add_compare, add_list, add_report, add_weights
from harness.cli.values import add_device, destination, positive
from harness.errors import BenchError, ConfigError
from harness.plugins.abandoned import leave
from harness.stopping import Stopped, heed_signals

DISK_TROUBLE = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.ENAMETOOLONG,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
    errno.ESTALE,
}
"""What a disk answers, rather than what is wrong in our code."""

ADDED = (
    add_list,
    add_weights,
    add_report,
    add_compare,
    add_check,
    add_cost,
    add_init,
    add_schema,
    add_new_derainer,
    add_export,
    add_train,
    add_ablate,
)
"""The commands beside `run`, in the order of the help."""

DEFECT = "a defect of rdmc-bench, not yours"
"""How the last word on an error begins that nobody foresaw."""


def command() -> NoReturn:
    """Run the command line of this process, and end it with the status."""
    heed_signals(quiet=os.environ.get("RANK", "0") != "0")
    outlets = Outlets()
    try:
        status = main()
    except SystemExit as end:  # of argparse, after `--help` and wrong options
        status = int(end.code or 0)
    leave(outlets.status(status))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; the process's own by default.

    Returns:
        0 if all is complete, 1 if some cells failed or the program itself did, 2 for a wrong
        usage or configuration; if a signal stopped it 128 and the signal's number, which is 130
        for Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files need not be UTF-8
    options = _parser().parse_args(given)
    try:
        status: int = options.action(options)
        return status
    except KeyboardInterrupt as stop:
        complain(options.stopped)
        return stop.status if isinstance(stop, Stopped) else EXIT_INTERRUPTED
    except ConfigError as error:
        return _fail(error, EXIT_USAGE, options.debug)
    except BenchError as error:
        return _fail(error, EXIT_FAILED_CELLS, options.debug)
    except Exception as error:  # nothing else may end a command: what comes here is a defect
        return _fail(_unforeseen(error), EXIT_FAILED_CELLS, options.debug)


def _unforeseen(error: Exception) -> BenchError:
    """Return what a user is told of an error that nothing below made a sentence of."""
    if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
        where = f" ({error.filename})" if error.filename else ""
        text = f"cannot write: {error.strerror}{where}; what was finished is kept, and the same "
        told = BenchError(text + "command continues")
    else:
        cause = f"{type(error).__name__}: {str(error) or 'no message'}"
        told = BenchError(f"{DEFECT} ({cause}): `--debug` shows where; please report it")
    told.__cause__ = error
    return told


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--debug", action="store_true", help="show tracebacks")
    running = argparse.ArgumentParser(add_help=False)
    running.add_argument("--out", type=destination, metavar="DIR", help="default: results/<name>")
    add_device(running)
    running.add_argument(
        "--limit", type=positive, metavar="N", help="the first N images of each rain set"
    )
    running.add_argument("--fresh", action="store_true", help="compute everything anew")

    parser = argparse.ArgumentParser(
        prog="rdmc-bench",
        description="What deraining does for object detection and semantic segmentation. "
        "Without a command: the built-in street benchmark, into results/streets.",
        parents=[common, running],
    )
    parser.add_argument("--version", action="version", version=f"rdmc-bench {__version__}")
    kept = "stopped; what was finished is kept, and the same command continues"
    parser.set_defaults(action=run_configuration, config=None, dry_run=False, stopped=kept)
    commands = parser.add_subparsers(action=Commands, title="commands", metavar="COMMAND")

    add_run(commands, common, running)
    for add in ADDED:
        add(commands, common)
    add_completion(commands, common, parser)
    return parser


def _fail(error: BenchError, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    complain(str(error))
    return status
