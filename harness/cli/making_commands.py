"""The commands that write something, or train it: from `init` to `ablate`."""

import argparse
import shlex
from pathlib import Path

from harness.cli.answers import (
    EXIT_COMPLETE,
    EXIT_FAILED_CELLS,
    complain,
    result_folder,
)
from harness.cli.values import (
    Parser,
    Subparsers,
    add_device,
    add_import_limit,
    destination,
    positive,
)
from harness.errors import ConfigError


def add_init(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    init = commands.add_parser(
        "init", parents=[common], help="write a commented configuration that runs"
    )
    init.add_argument("config", type=Path, nargs="?", default=Path("my-run.yaml"), metavar="FILE")
    init.set_defaults(action=_init)


def _init(options: argparse.Namespace) -> int:
    from harness.cli.scaffold.first_run import write_first_run

    write_first_run(options.config)
    print(f"made {options.config}; next: rdmc-bench run {shlex.quote(str(options.config))}")
    return EXIT_COMPLETE


def add_schema(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    schema = commands.add_parser(
        "schema", parents=[common], help="JSON Schema of a configuration, for editors"
    )
    add_import_limit(schema)
    schema.set_defaults(action=_schema, stopped="stopped")


def _schema(options: argparse.Namespace) -> int:
    from harness.cli.config_schema import schema_text

    print(schema_text(options.call_limit))
    return EXIT_COMPLETE


def add_new_derainer(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    new = commands.add_parser(
        "new-derainer", parents=[common], help="write a package with a derainer of your own"
    )
    new.add_argument("name", metavar="NAME", help="for example my-derainer")
    new.add_argument("--out", type=destination, metavar="DIR", help="a new folder, default: NAME")
    new.set_defaults(action=_new_derainer)


def _new_derainer(options: argparse.Namespace) -> int:
    from harness.cli.scaffold import NewDerainer, write_package

    new = NewDerainer(options.name)
    directory = result_folder(options.out or Path(new.name))
    write_package(new, directory)
    print(new.next_steps(directory))
    return EXIT_COMPLETE


def add_export(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
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
        "--out", type=destination, required=True, metavar="FILE", help="ends in .onnx or .pt"
    )
    export.add_argument(
        "--multiple",
        type=positive,
        metavar="N",
        help="of which both sides of a picture must be one (default: the derainer's own)",
    )
    export.set_defaults(action=_export, stopped="stopped; nothing was written")


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


def add_train(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    train = commands.add_parser("train", parents=[common], help="train a derainer or a task model")
    train.add_argument("config", type=Path, metavar="CONFIG.yaml")
    train.add_argument(
        "--out", type=destination, metavar="DIR", help="default: work_dirs/<config's name>"
    )
    train.set_defaults(action=_train)


def _train(options: argparse.Namespace) -> int:
    from harness.training import train

    out = result_folder(options.out or Path("work_dirs") / options.config.stem)
    print(f"weights: {train(options.config, out)}")
    return EXIT_COMPLETE


def add_ablate(commands: Subparsers, common: Parser) -> None:
    """Add the command."""
    ablate = commands.add_parser(
        "ablate", parents=[common], help="train variants of a derainer and compare them"
    )
    ablate.add_argument("config", type=Path, metavar="CONFIG.yaml")
    ablate.add_argument("--out", type=destination, metavar="DIR", help="default: results/<name>")
    ablate.add_argument(
        "--jobs", type=positive, default=1, metavar="N", help="trainings at a time (default: 1)"
    )
    add_device(ablate)
    ablate.set_defaults(action=_ablate)


def _ablate(options: argparse.Namespace) -> int:
    from harness.training.ablation.whole_ablation import ablate

    result = ablate(
        options.config,
        options.out and result_folder(options.out),
        jobs=options.jobs,
        device_name=options.device,
        debug=options.debug,
    )
    for line in result.failures:
        complain(line)
    print(f"tables: {result.directory / 'ablation.md'}")
    print(f"plot: {result.directory / 'ablation.png'}")
    print(f"benchmark: {result.directory / 'benchmark' / 'report.html'}")
    return EXIT_FAILED_CELLS if result.failures else EXIT_COMPLETE
