"""The command line: reads it, calls what does the work, and tells the user what came of it."""

import argparse
import errno
import io
import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from harness import __version__
from harness.errors import BenchError, ConfigError
from harness.plugins.abandoned import leave
from harness.stopping import Stopped, heed_signals

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

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

EXIT_COMPLETE, EXIT_FAILED_CELLS, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130

LONGEST_NAME = 100
"""Of a comparison's folder, which is called as the folders of its runs."""

DEFECT = "a defect of rdmc-bench, not yours"
"""How the last word on an error begins that nobody foresaw."""


def command() -> NoReturn:
    """Run the command line of this process, and end it with the status."""
    heed_signals(quiet=os.environ.get("RANK", "0") != "0")
    leave(main())


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
        _complain(options.stopped)
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
    running.add_argument("--out", type=_out, metavar="DIR", help="default: results/<name>")
    running.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    running.add_argument(
        "--limit", type=_positive, metavar="N", help="the first N images of each rain set"
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
    parser.set_defaults(action=_run, config=None, dry_run=False, stopped=kept)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    _add_measuring(commands, common, running)
    _add_making(commands, common)
    return parser


def _add_measuring(
    commands: Subparsers, common: argparse.ArgumentParser, running: argparse.ArgumentParser
) -> None:
    """Add the commands that measure, and those that show what can be or was measured."""
    run = commands.add_parser("run", parents=[common, running], help="run a configuration")
    run.add_argument("config", type=Path, metavar="CONFIG.yaml")
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would be computed and what is there already, and compute nothing",
    )
    run.set_defaults(action=_run)
    listing = commands.add_parser("list", parents=[common], help="what can be named")
    listing.add_argument("kind", choices=("derainers", "rain-sets", "tasks"))
    listing.add_argument("name", nargs="?", metavar="NAME", help="all of one, with its options")
    listing.add_argument("--json", action="store_true", help="the same for programs, whole")
    listing.add_argument(
        "--call-limit",
        type=_positive,
        default=60,
        metavar="SECONDS",
        help="that importing one may take (default: 60)",
    )
    listing.set_defaults(action=_list, stopped="stopped")
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
    report = commands.add_parser(
        "report", parents=[common], help="tables, plots and page again, from records alone"
    )
    report.add_argument("directories", type=Path, nargs="+", metavar="DIR")
    report.add_argument("--out", type=_out, metavar="DIR", help="where several runs are compared")
    report.add_argument(
        "--tables",
        type=Path,
        metavar="FILE.yaml",
        help="tables of your choice, as `report` in a configuration has them",
    )
    report.add_argument("--excel", action="store_true", help="all tables as tables/tables.xlsx too")
    report.set_defaults(action=_report)
    compare = commands.add_parser(
        "compare",
        parents=[common],
        help="what moved between two runs of one benchmark, beyond its interval",
        description="Exit status 1 if a figure of B is worse than A's beyond its interval and by "
        "more than the margin, or is missing; 2 if the runs may not be compared.",
    )
    compare.add_argument("before", type=Path, metavar="A")
    compare.add_argument("after", type=Path, metavar="B")
    compare.add_argument(
        "--margin",
        type=_margin,
        action="append",
        metavar="[METRIC=]NUMBER",
        help="that a figure may be worse by, in its unit (psnr_y=0.1); default: 0",
    )
    compare.set_defaults(action=_compare, stopped="stopped")
    _add_check(commands, common)
    cost = commands.add_parser(
        "cost", parents=[common], help="what each derainer takes: parameters, MACs, time, memory"
    )
    cost.add_argument("config", type=Path, nargs="?", metavar="CONFIG.yaml")
    cost.add_argument("--out", type=_out, metavar="DIR", help="default: results/<name>")
    cost.add_argument(
        "--size", type=_size, default="320x480", metavar="HxW", help="of the picture: %(default)s"
    )
    cost.add_argument("--repeats", type=_positive, default=5, metavar="N", help="default: 5")
    cost.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    cost.set_defaults(
        action=_cost,
        stopped="stopped; what was measured is in efficiency.json, the same command starts anew",
    )


def _add_check(commands: Subparsers, common: argparse.ArgumentParser) -> None:
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
        "--out", type=_out, metavar="DIR", help="the run's folder (default: results/<name>)"
    )
    check.add_argument(
        "--limit", type=_positive, metavar="N", help="the first N images of each rain set"
    )
    check.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    check.set_defaults(action=_check, stopped="stopped; nothing was noted")


def _add_making(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    """Add the commands that make something to be measured."""
    init = commands.add_parser(
        "init", parents=[common], help="write a commented configuration that runs"
    )
    init.add_argument("config", type=Path, nargs="?", default=Path("my-run.yaml"), metavar="FILE")
    init.set_defaults(action=_init)
    schema = commands.add_parser(
        "schema", parents=[common], help="JSON Schema of a configuration, for editors"
    )
    schema.add_argument(
        "--call-limit",
        type=_positive,
        default=60,
        metavar="SECONDS",
        help="that importing one part may take (default: 60)",
    )
    schema.set_defaults(action=_schema, stopped="stopped")
    new = commands.add_parser(
        "new-derainer", parents=[common], help="write a package with a derainer of your own"
    )
    new.add_argument("name", metavar="NAME", help="for example my-derainer")
    new.add_argument("--out", type=_out, metavar="DIR", help="a new folder, default: NAME")
    new.set_defaults(action=_new_derainer)
    export = commands.add_parser(
        "export",
        parents=[common],
        help="write a derainer's network as ONNX or TorchScript",
        description="Writes the network into a file and checks that it restores the same.",
    )
    export.add_argument("name", metavar="NAME", help="of a derainer, for example rdmc-s")
    export.add_argument(
        "--options", default="{}", metavar="YAML", help="for example '{scales: 1, passes: 3}'"
    )
    export.add_argument(
        "--out", type=_out, required=True, metavar="FILE", help="ends in .onnx or .pt"
    )
    export.add_argument(
        "--multiple",
        type=_positive,
        metavar="N",
        help="of which both sides of a picture must be one (default: the derainer's own)",
    )
    export.set_defaults(action=_export, stopped="stopped; nothing was written")
    train = commands.add_parser("train", parents=[common], help="train a derainer or a task model")
    train.add_argument("config", type=Path, metavar="CONFIG.yaml")
    train.add_argument("--out", type=_out, metavar="DIR", help="default: work_dirs/<config's name>")
    train.set_defaults(action=_train)
    ablate = commands.add_parser(
        "ablate", parents=[common], help="train variants of a derainer and compare them"
    )
    ablate.add_argument("config", type=Path, metavar="CONFIG.yaml")
    ablate.add_argument("--out", type=_out, metavar="DIR", help="default: results/<name>")
    ablate.add_argument(
        "--jobs", type=_positive, default=1, metavar="N", help="trainings at a time (default: 1)"
    )
    ablate.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    ablate.set_defaults(action=_ablate)


def _out(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("is empty; name a folder, '.' for the one you are in")
    return Path(text)


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return number


def _margin(text: str) -> tuple[str, float]:
    """Read ``0.01``, for every metric, or ``ap=0.01``."""
    name, _, number = text.rpartition("=")
    try:
        margin = float(number)
    except ValueError:
        margin = -1.0
    if not 0 <= margin < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no margin such as 0.01 or psnr_y=0.1")
    return name, margin


def _size(text: str) -> tuple[int, int]:
    height, separator, width = text.lower().partition("x")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 320x480, height x width")
    return _positive(height), _positive(width)


def _folder(path: Path) -> Path:
    """Return a folder to write into, which need not be there.

    Raises:
        ConfigError: If it, or what it should lie in, is a file, or its name is no UTF-8.
    """
    _refuse_names_beyond_utf_8(path)
    for part in (path, *path.parents):
        if part.exists() or part.is_symlink():
            if not part.is_dir():
                raise ConfigError(f"{part}: is no folder; results go into one, name another")
            break
    return path


def _refuse_names_beyond_utf_8(path: Path) -> None:
    """Refuse a run's folder whose name Arrow, which writes and reads the records, cannot say."""
    name = str(path)
    if name.encode("utf-8", "backslashreplace").decode() != name:
        raise ConfigError(f"{path}: the name of this folder is no UTF-8; name another for results")


def _run(options: argparse.Namespace) -> int:
    from harness.config import STREETS_CONFIG, read_run_config

    path = options.config or STREETS_CONFIG
    config = read_run_config(path)
    from harness.device import choose_device
    from harness.run.whole_run import run

    directory = _folder(options.out or Path("results") / config.name)
    device = choose_device(options.device, config.precision)
    base = path.resolve().parent
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
        _complain(line)
    from harness.processes import Processes

    if Processes().is_first:
        from harness.report import results_in_print

        print(f"\n{results_in_print(where)}\n")
        print(f"report: {result.directory / 'report.html'}")
        print(f"tables: {result.directory / 'tables'}")
    return EXIT_FAILED_CELLS if result.failures else EXIT_COMPLETE


def _list(options: argparse.Namespace) -> int:
    from harness.cli.listing import list_as_json, print_list, print_one

    if options.json:
        print(list_as_json(options.kind, options.name, options.call_limit))
    elif options.name is not None:
        print_one(options.kind, options.name, options.call_limit)
    else:
        print_list(options.kind, options.call_limit)
    return EXIT_COMPLETE


def _init(options: argparse.Namespace) -> int:
    from harness.cli.scaffold.first_run import write_first_run

    write_first_run(options.config)
    print(f"made {options.config}; next: rdmc-bench run {shlex.quote(str(options.config))}")
    return EXIT_COMPLETE


def _schema(options: argparse.Namespace) -> int:
    from harness.cli.config_schema import schema_text

    print(schema_text(options.call_limit))
    return EXIT_COMPLETE


def _weights(options: argparse.Namespace) -> int:
    from harness.cli.weights_command import fetch_weights, print_weights

    if options.name is None:
        print_weights()
        return EXIT_COMPLETE
    path = fetch_weights(options.name, options.yes)
    print(f"weights: {path}" if path else "not fetched")
    return EXIT_COMPLETE if path else EXIT_FAILED_CELLS


def _new_derainer(options: argparse.Namespace) -> int:
    from harness.cli.scaffold import NewDerainer, write_package

    new = NewDerainer(options.name)
    directory = _folder(options.out or Path(new.name))
    write_package(new, directory)
    print(new.next_steps(directory))
    return EXIT_COMPLETE


def _report(options: argparse.Namespace) -> int:
    from harness.config import read_report_settings
    from harness.report import results_in_print, write_comparison
    from harness.run.report_again import report_again
    from harness.run_folder.folder_lock import claimed_if_marked, make_folder

    directories: list[Path] = options.directories
    chosen = read_report_settings(options.tables) if options.tables else None
    for directory in directories:
        _refuse_names_beyond_utf_8(directory)
        with claimed_if_marked(directory, "report"):
            page = report_again(directory, chosen, options.excel)
            print(f"{results_in_print(directory)}\n\nreport: {page}")
    if len(directories) > 1:
        names = "-and-".join(directory.resolve().name for directory in directories)
        out = _folder(options.out or Path("results") / "comparisons" / names[:LONGEST_NAME])
        make_folder(out)
        print(f"comparison: {write_comparison(directories, out)}")
    return EXIT_COMPLETE


def _compare(options: argparse.Namespace) -> int:
    from harness.run.moved import Margins, moved

    of_metrics = {name: margin for name, margin in options.margin or () if name}
    of_others = [margin for name, margin in options.margin or () if not name]
    margins = Margins(of_metrics, of_others[-1] if of_others else 0.0)
    found = moved(options.before, options.after, margins)
    beyond = [one for one in found if one.is_beyond_interval]
    past = [one for one in found if one.is_past_margin]
    for one in beyond:
        print(one.line)
    print(
        f"{len(beyond)} of {len(found)} figures moved beyond their interval, {len(past)} of them "
        "for the worse and past the margin"
    )
    return EXIT_FAILED_CELLS if past else EXIT_COMPLETE


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
        _folder(options.out or Path("results") / subject.config.name),
        against=against,
        limit=options.limit,
        debug=options.debug,
    )
    print_check(checked)
    return EXIT_FAILED_CELLS if checked.wrong else EXIT_COMPLETE


def _cost(options: argparse.Namespace) -> int:
    from harness.config import STREETS_CONFIG, read_run_config
    from harness.cost.all_derainers import measure_costs
    from harness.cost.measuring import Size
    from harness.report import write_costs
    from harness.run_folder.folder_lock import claimed

    path: Path = options.config or STREETS_CONFIG
    config = read_run_config(path)
    directory = _folder(options.out or Path("results") / config.name)
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
        _complain(line)
    with claimed(directory, "report"):
        print(f"cost: {write_costs(directory)}")
    return EXIT_FAILED_CELLS if failures else EXIT_COMPLETE


def _export(options: argparse.Namespace) -> int:
    from harness.exporting import export
    from harness.yaml_text import parse_yaml

    given = parse_yaml(options.options, "--options")
    if not isinstance(given, dict):
        raise ConfigError("--options: needs a mapping, as in '{scales: 1, passes: 3}'")
    done = export(options.name, given, options.out, options.multiple)
    print(f"restores as {options.name} does, to {done.difference:.1e} of 1; in a configuration:")
    print(f"  {{use: {done.use}, file: {options.out}, size_multiple: {done.size_multiple}}}")
    return EXIT_COMPLETE


def _train(options: argparse.Namespace) -> int:
    from harness.training import train

    out = _folder(options.out or Path("work_dirs") / options.config.stem)
    print(f"weights: {train(options.config, out)}")
    return EXIT_COMPLETE


def _ablate(options: argparse.Namespace) -> int:
    from harness.training.ablation.whole_ablation import ablate

    result = ablate(
        options.config,
        options.out and _folder(options.out),
        jobs=options.jobs,
        device_name=options.device,
        debug=options.debug,
    )
    for line in result.failures:
        _complain(line)
    print(f"tables: {result.directory / 'ablation.md'}")
    print(f"plot: {result.directory / 'ablation.png'}")
    print(f"benchmark: {result.directory / 'benchmark' / 'report.html'}")
    return EXIT_FAILED_CELLS if result.failures else EXIT_COMPLETE


def _fail(error: BenchError, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    _complain(str(error))
    return status


def _complain(text: str) -> None:
    line = f"rdmc-bench: {' '.join(text.split())}"
    print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
