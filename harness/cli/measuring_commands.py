"""The commands that measure: `run`, `cost`, `check`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import (
    EXIT_COMPLETE,
    EXIT_FAILED_CELLS,
    complain,
    result_folder,
)
from harness.cli.values import Parser, Subparsers, add_device, destination, positive, size
from harness.errors import ConfigError

if TYPE_CHECKING:
    from harness.config import RunConfig


def add_run(commands: Subparsers, common: Parser, running: Parser) -> None:
    """Add the command."""
    run = commands.add_parser("run", parents=[common, running], help="run a configuration")
    run.add_argument("config", type=Path, metavar="CONFIG.yaml")
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would be computed and what is there already, and compute nothing",
    )
    run.set_defaults(action=run_configuration)


def run_configuration(options: argparse.Namespace) -> int:
    """Run a configuration, the built-in one where none is named, and say what came of it."""
    from harness.config import STREETS_CONFIG, read_run_config

    path = options.config or STREETS_CONFIG
    config = read_run_config(path)
    directory = result_folder(options.out or Path("results") / config.name)
    base = path.resolve().parent
    if not (options.dry_run or options.fresh) and _is_finished(options, config, base, directory):
        _show_results(directory, directory)
        return EXIT_COMPLETE
    from harness.device import choose_device
    from harness.run.whole_run import run

    device = choose_device(options.device, config.precision)
    if options.dry_run:
        from harness.cli.dry_run_table import print_dry_run
        from harness.run.dry_run import dry_run

        planned = dry_run(config, base, directory, device, limit=options.limit, fresh=options.fresh)
        print_dry_run(config.name, planned)
        return EXIT_FAILED_CELLS if planned.troubles else EXIT_COMPLETE
    where = directory.absolute()  # foreign code may go elsewhere
    result = run(
        config,
        base,
        directory,
        device,
        limit=options.limit,
        fresh=options.fresh,
        debug=options.debug,
    )
    for line in result.failures:
        complain(line)
    from harness.processes import Processes

    if Processes().is_first:
        _show_results(where, directory)
    return EXIT_FAILED_CELLS if result.failures else EXIT_COMPLETE


def _is_finished(
    options: argparse.Namespace, config: "RunConfig", base: Path, directory: Path
) -> bool:
    """Return whether nothing is left to do, and say so as the run itself would."""
    from harness.progress import ProgressReporter
    from harness.run.finished import Asked, nothing_left, said_if_finished

    asked, where = Asked(config, base, options.limit), directory.absolute()
    said = said_if_finished(asked, where, options.device)
    for line in [] if said is None else [*said, nothing_left(where)]:
        ProgressReporter().say(line)
    return said is not None


def _show_results(where: Path, directory: Path) -> None:
    """Print the figures of a run's folder, which the user knows as ``directory``."""
    from harness.report import results_in_print

    print(f"\n{results_in_print(where)}\n")
    print(f"report: {directory / 'report.html'}")
    print(f"tables: {directory / 'tables'}")


def add_cost(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    cost = commands.add_parser(
        "cost", parents=[common], help="what each derainer takes: parameters, MACs, time, memory"
    )
    cost.add_argument("config", type=Path, nargs="?", metavar="CONFIG.yaml")
    cost.add_argument("--out", type=destination, metavar="DIR", help="default: results/<name>")
    cost.add_argument(
        "--size", type=size, default="320x480", metavar="HxW", help="of the picture: %(default)s"
    )
    cost.add_argument("--repeats", type=positive, default=5, metavar="N", help="default: 5")
    add_device(cost)
    cost.set_defaults(
        action=_cost,
        stopped="stopped; what was measured is in efficiency.json, the same command starts anew",
    )


def _cost(options: argparse.Namespace) -> int:
    from harness.config import STREETS_CONFIG, read_run_config
    from harness.cost.all_derainers import measure_costs
    from harness.cost.measuring import Size
    from harness.report import write_costs
    from harness.run_folder.folder_lock import claimed

    path: Path = options.config or STREETS_CONFIG
    config = read_run_config(path)
    directory = result_folder(options.out or Path("results") / config.name)
    measured = measure_costs(
        config,
        path.resolve().parent,
        directory,
        size=Size(*options.size),
        repeats=options.repeats,
        device_name=options.device,
        debug=options.debug,
    )
    failures = [f"{cost.name}: {cost.error}" for cost in measured.costs if cost.error]
    for line in failures:
        complain(line)
    with claimed(directory, "report"):
        print(f"cost: {write_costs(directory)}")
    return EXIT_FAILED_CELLS if failures else EXIT_COMPLETE


def add_check(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    check = commands.add_parser(
        "check",
        parents=[common],
        help="what is known of a run, or of a rain set, before any model runs",
        description="Reads every picture and truth once, tries derainers and tasks on one picture, "
        "and prints a table. Exit status 1 if something would cost rows or change figures.",
    )
    check.add_argument("subject", metavar="CONFIG|SET", help="a configuration, or a set's name")
    check.add_argument("--root", type=Path, metavar="DIR", help="the folder of a named set")
    check.add_argument(
        "--against",
        metavar="CONFIG|SET",
        help="a set that weights may have learned from: are pictures of this one in it?",
    )
    check.add_argument(
        "--against-root", type=Path, metavar="DIR", help="the folder of that set, if it is named"
    )
    check.add_argument(
        "--out", type=destination, metavar="DIR", help="the run's folder (default: results/<name>)"
    )
    check.add_argument(
        "--limit", type=positive, metavar="N", help="the first N images of each rain set"
    )
    add_device(check)
    check.set_defaults(action=_check, stopped="stopped; nothing was noted")


def _check(options: argparse.Namespace) -> int:
    from harness.check.check_table import print_check
    from harness.check.subject import read_subject
    from harness.check.whole_check import check
    from harness.device import choose_device

    subject = read_subject(options.subject, options.root)
    if options.against is None and options.against_root is not None:
        raise ConfigError("--against-root: needs --against, the name of the set that lies there")
    against = options.against and read_subject(
        options.against, options.against_root, "--against-root"
    )
    checked = check(
        subject,
        choose_device(options.device, subject.config.precision),
        result_folder(options.out or Path("results") / subject.config.name),
        against=against,
        limit=options.limit,
        debug=options.debug,
    )
    print_check(checked)
    return EXIT_FAILED_CELLS if checked.wrong else EXIT_COMPLETE
