"""The commands that show: `list`, `weights`, `report`, `compare`."""

import argparse
from pathlib import Path

from harness.cli.answers import (
    EXIT_COMPLETE,
    EXIT_FAILED_CELLS,
    refuse_names_beyond_utf_8,
    result_folder,
)
from harness.cli.values import Parser, Subparsers, add_import_limit, destination, margin

LONGEST_NAME = 100
"""Of a comparison's folder, which is called as the folders of its runs."""


def add_list(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    listing = commands.add_parser("list", parents=[common], help="what can be named")
    listing.add_argument("kind", choices=("derainers", "rain-sets", "tasks"))
    listing.add_argument("name", nargs="?", metavar="NAME", help="all of one, with its options")
    listing.add_argument("--json", action="store_true", help="the same for programs, whole")
    add_import_limit(listing)
    listing.set_defaults(action=_list, stopped="stopped")


def _list(options: argparse.Namespace) -> int:
    from harness.cli.listing import list_as_json, print_list, print_one

    if options.json:
        print(list_as_json(options.kind, options.name, options.call_limit))
    elif options.name is not None:
        print_one(options.kind, options.name, options.call_limit)
    else:
        print_list(options.kind, options.call_limit)
    return EXIT_COMPLETE


def add_weights(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    weights = commands.add_parser(
        "weights",
        parents=[common],
        help="which weight files are known and where they lie, or fetch one",
        description="Without a name: every weight file that is known, with what it learned from, "
        "its licence, and where it lies here. With one: fetches that file into the cache.",
    )
    weights.add_argument(
        "name", nargs="?", metavar="METHOD:TAG", help="for example prenet:rain100l"
    )
    weights.add_argument("--yes", action="store_true", help="agree to the licence that is shown")
    weights.set_defaults(action=_weights, stopped="stopped; nothing was kept")


def _weights(options: argparse.Namespace) -> int:
    from harness.cli.weights_command import fetch_weights, print_weights

    if options.name is None:
        print_weights()
        return EXIT_COMPLETE
    path = fetch_weights(options.name, options.yes)
    print(f"weights: {path}" if path else "not fetched")
    return EXIT_COMPLETE if path else EXIT_FAILED_CELLS


def add_report(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    report = commands.add_parser(
        "report", parents=[common], help="tables, plots and page again, from records alone"
    )
    report.add_argument("directories", type=Path, nargs="+", metavar="DIR")
    report.add_argument(
        "--out", type=destination, metavar="DIR", help="where several runs are compared"
    )
    report.add_argument(
        "--tables",
        type=Path,
        metavar="FILE.yaml",
        help="tables of your choice, as `report` in a configuration has them",
    )
    report.add_argument("--excel", action="store_true", help="all tables as tables/tables.xlsx too")
    report.set_defaults(action=_report)


def _report(options: argparse.Namespace) -> int:
    from harness.config import read_report_settings
    from harness.report import results_in_print, write_comparison
    from harness.report.comparable import check_folders
    from harness.report.standing import page_that_stands
    from harness.run_folder.folder_lock import claimed_if_marked

    directories: list[Path] = options.directories
    are_compared = len(directories) > 1
    chosen = read_report_settings(options.tables) if options.tables else None
    for directory in directories:
        refuse_names_beyond_utf_8(directory)
    if are_compared:
        names = "-and-".join(directory.resolve().name for directory in directories)
        out = result_folder(options.out or Path("results") / "comparisons" / names[:LONGEST_NAME])
        check_folders(directories)
    for directory in directories:
        with claimed_if_marked(directory, "report"):
            asked = chosen is not None or options.excel
            page = None if asked else page_that_stands(directory)
            if page is None:
                from harness.run.report_again import report_again  # PyTorch takes its time

                page = report_again(directory, chosen, options.excel)
            print(f"{results_in_print(directory, chosen)}\n\nreport: {page}")
    if are_compared:
        print(f"comparison: {write_comparison(directories, out)}")
    return EXIT_COMPLETE


def add_compare(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    compare = commands.add_parser(
        "compare",
        parents=[common],
        help="what moved between two runs of one benchmark, beyond its interval",
        description="Exit status 1 if a figure of B is worse than A's in print, beyond its "
        "interval and by more than the margin, or is missing, as where B lacks a rain set of A; 2 "
        "if the runs may not be compared. Where a figure has no interval, as for few images, every "
        "change that shows in print counts.",
    )
    compare.add_argument("before", type=Path, metavar="A")
    compare.add_argument("after", type=Path, metavar="B")
    compare.add_argument(
        "--margin",
        type=margin,
        action="append",
        metavar="[METRIC=]NUMBER",
        help="that a figure may be worse by, in its unit (psnr_y=0.1); default: 0",
    )
    compare.set_defaults(action=_compare, stopped="stopped")


def _compare(options: argparse.Namespace) -> int:
    from harness.run.moved import Margins, moved

    of_metrics = {name: margin for name, margin in options.margin or () if name}
    of_others = [margin for name, margin in options.margin or () if not name]
    margins = Margins(of_metrics, of_others[-1] if of_others else 0.0)
    found = moved(options.before, options.after, margins)
    for line in found.lines:
        print(line)
    return EXIT_FAILED_CELLS if found.is_worse else EXIT_COMPLETE
