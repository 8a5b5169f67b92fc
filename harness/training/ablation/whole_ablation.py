"""A whole ablation: trainings, one benchmark over what they left, tables and a plot."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from harness.config import read_run_config
from harness.device import Device, choose_device
from harness.errors import BenchError, ConfigError
from harness.plugins.guard import Guard
from harness.processes import Processes
from harness.progress import ProgressReporter
from harness.run.plan import make_plan
from harness.run.whole_run import RunResult, run
from harness.run_folder.folder_lock import claimed
from harness.run_folder.run_data import read_run
from harness.training.ablation.ablation_report import write_ablation
from harness.training.ablation.ablation_settings import Training, read_ablation
from harness.training.ablation.benchmark import with_variants
from harness.training.ablation.results import Results
from harness.training.ablation.scenes import render_scenes
from harness.training.ablation.side_by_side import SideBySide
from harness.training.ablation.training_folder import finished_weights
from harness.training.ablation.variant_costs import measure


def ablate(
    path: Path,
    out: Path | None = None,
    *,
    jobs: int = 1,
    device_name: str = "auto",
    debug: bool = False,
) -> RunResult:
    """Train what is missing, benchmark all variants, and write tables and plot.

    The folder holds ``trainings/<variant>-seed<seed>/``, ``benchmark/`` (a run's folder), and
    what `harness.training.ablation.ablation_report.write_ablation` writes.

    Args:
        path: The ablation's YAML file.
        out: Its folder, ``results/<name>`` where None; what is finished there stays.
        jobs: Trainings at a time.
        device_name: ``auto``, ``cpu`` or ``cuda``.
        debug: Print the traceback of every failure of the benchmark.

    Returns:
        The folder, and a line for every training and every cell of the benchmark that failed.

    Raises:
        ConfigError: If a file or the device is wrong, or another process works in the folder;
            nothing was trained.
        BenchError: If no variant has weights.
    """
    if Processes().count > 1:
        raise ConfigError("ablate: shares its trainings out by --jobs; run it without torchrun")
    settings, trainings = read_ablation(path)
    run_config = read_run_config(settings.benchmark)
    device = choose_device(device_name, run_config.precision)
    with closing(Guard(run_config.call_limit)) as guard:
        make_plan(run_config, settings.benchmark.parent, guard)  # what is wrong shows before hours
    out = out or Path("results") / settings.name
    with claimed(out, f"ablate {path.name}"):
        root = out / "trainings"
        failures = train_missing(trainings, root, jobs, device)
        weights = {
            training.name: found
            for training in trainings
            if (found := finished_weights(training, root / training.folder)) is not None
        }
        if not weights:
            name, cause = next(iter(failures.items()))
            raise BenchError(f"no variant could be trained; {name}: {cause}")
        config = with_variants(run_config, settings.name, weights, trainings)
        judged = run(config, settings.benchmark.parent, out / "benchmark", device, debug=debug)
        exact = replace(device, precision="float32")
        costs = {
            training.name: measure(training, weights[training.name], exact)
            for training in trainings
            if training.name in weights
        }
        results = Results(settings, trainings, read_run(judged.directory), costs, failures)
        write_ablation(results, out)
        lines = [f"{name}: not trained: {cause}" for name, cause in failures.items()]
        return RunResult(out, lines + judged.failures)


def train_missing(
    trainings: Sequence[Training], root: Path, jobs: int, device: Device
) -> dict[str, str]:
    """Train what has no finished weights.

    Args:
        trainings: All of them.
        root: Their folders lie in it.
        jobs: Trainings at a time.
        device: Where.

    Returns:
        The cause of each failure, by the training's name.
    """
    say: Callable[[str], None] = ProgressReporter().say
    missing = [one for one in trainings if finished_weights(one, root / one.folder) is None]
    say(f"{len(trainings)} trainings, {len(trainings) - len(missing)} of them finished before")
    render_scenes(missing, root, jobs, say)
    return SideBySide(missing, root, min(jobs, max(1, len(missing))), device, say).go()
