"""A whole run: plan, one pass over the images, records, summary, manifest, report."""

import functools
import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from harness.config import Entry, RunConfig
from harness.derainer import Derainer
from harness.device import Device
from harness.errors import TaskError
from harness.machine import now
from harness.plugins import registry
from harness.plugins.checks import check_columns
from harness.plugins.failures import describe_failure
from harness.plugins.time_limit import OutOfTimeError, TimeLimit
from harness.processes import Processes
from harness.progress import ProgressReporter
from harness.report import write_report
from harness.run.description import make_manifest, write_manifest
from harness.run.keys import Keys
from harness.run.one_pass import OnePass
from harness.run.plan import Part, Plan, called, make_plan
from harness.run.summarising import summarise, write_summary
from harness.run.work import Work, find_work
from harness.run_folder.kept_pictures import Examples
from harness.run_folder.records import Cell, RecordStore, read_records
from harness.task import Task

MADE_BY_A_RUN = (
    "records",
    "examples",
    "restored",
    "logs",
    "tables",
    "figures",
    "report.html",
    "summary.csv",
    "manifest.json",
)


@dataclass(frozen=True)
class RunResult:
    """What a run came to.

    Attributes:
        directory: The run's folder.
        failures: One line a failed cell, with its cause; empty if every cell is complete.
    """

    directory: Path
    failures: list[str] = field(default_factory=list)


def run(
    config: RunConfig,
    base: Path,
    directory: Path,
    device: Device,
    *,
    limit: int | None = None,
    fresh: bool = False,
    debug: bool = False,
) -> RunResult:
    """Run a configuration, continuing what an earlier run of the folder has finished.

    Args:
        config: The checked configuration.
        base: Folder of the configuration file.
        directory: The run's folder, made if need be.
        device: Where the models run.
        limit: Take at most this many images of each rain set.
        fresh: Throw away what an earlier run of the folder made.
        debug: Print the traceback of every failure.

    Raises:
        ConfigError: If the configuration cannot be carried out; nothing was run.
    """
    started, clock = now(), time.perf_counter()
    processes = Processes()
    progress = ProgressReporter(quiet=not processes.is_first)
    with processes.joined(), closing(TimeLimit(config.call_limit)) as time_limit:
        plan = make_plan(config, base, time_limit, limit)
        if fresh and processes.is_first:
            clear(directory)
        processes.wait()
        store = RecordStore(directory, _columns_of(plan, time_limit))
        keys, examples = Keys(plan), Examples(directory, config.examples)
        work = find_work(plan, keys, store.finished(), examples, processes, time_limit)
        processes.wait()  # until all have read what is finished, before any adds to it
        _announce(progress, plan, work, directory, device)
        one_pass = OnePass(
            plan, work, keys, store, examples, device, time_limit, directory, progress, debug
        )
        one_pass.go()
        processes.wait()
        if not processes.is_first:
            return RunResult(directory)
        lost = store.compact(plan.cells(), work.row_keys)
        examples.write_index(work.examples)
        records = read_records(directory)
        summary = summarise(records, time_limit)
        write_summary(directory, summary)
        seconds = one_pass.stopwatch.seconds() | {"total": round(time.perf_counter() - clock, 3)}
        invocation = {
            "started": started,
            "finished": now(),
            "images": work.restorations,
            "seconds": seconds,
        }
        write_manifest(directory, make_manifest(plan, device, records), invocation)
        write_report(directory)
    failures = [f"rain set {name}: {cause}" for name, cause in plan.unopened.items()]
    failures += failures_of(records) + unsummarised(summary)
    return RunResult(directory, failures + [_describe_lost(cell) for cell in lost])


def clear(directory: Path) -> None:
    """Delete what a run made in its folder, and nothing else that lies there."""
    for name in MADE_BY_A_RUN:
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def failures_of(records: dict[str, pd.DataFrame]) -> list[str]:
    """Return a line for every cell in which images failed, with the first cause."""
    lines = []
    for task, rows in records.items():
        for (rain_set, derainer), cell in rows.groupby(["rain_set", "derainer"], sort=False):
            failed = cell[cell["status"] == "failed"]
            if len(failed):
                first, causes = failed.iloc[0], failed["error"].nunique()
                others = f" (and {_count(causes - 1, 'other cause')}: see the report)"
                lines.append(
                    f"{rain_set} / {derainer} / {task}: {len(failed)} of {len(cell)} images "
                    f"failed; {first['image']}: {first['error']}" + others * (causes > 1)
                )
    return lines


def unsummarised(summary: pd.DataFrame) -> list[str]:
    """Return a line for every cell whose task could not summarise its rows, with the cause."""
    cells = summary[(summary["metric"] == "failed") & (summary["signature"] != "")]
    return [
        f"{cell.rain_set} / {cell.derainer} / {cell.task}: {cell.signature}"
        for cell in cells.itertuples(index=False)
    ]


def _describe_lost(cell: Cell) -> str:
    place = f"{cell.rain_set} / {cell.derainer} / {cell.task}: {cell.image}"
    return f"{place}: no row came back; the same command computes it again"


def _columns_of(plan: Plan, limit: TimeLimit) -> dict[str, dict[str, object]]:
    return {part.name: _columns(part, limit) for part in plan.tasks}


def _columns(part: Part[Task], limit: TimeLimit) -> dict[str, object]:
    """Return the columns of a task, also of one whose class is there and could not be built."""
    try:
        load = functools.partial(registry.load, "tasks", part.entry.use)
        return dict(check_columns(limit.call(called("tasks", part.name), load)))
    except (registry.PluginError, TaskError, OutOfTimeError):
        return {}


def _announce(
    progress: ProgressReporter, plan: Plan, work: Work, directory: Path, device: Device
) -> None:
    samples = sum(len(ids) for _, ids in plan.rain_sets)
    progress.say(
        f"{plan.config.name}: {_count(samples, 'image')} of "
        f"{_count(len(plan.rain_sets), 'rain set')}, {_count(len(plan.derainers), 'derainer')}, "
        f"{_count(len(plan.tasks), 'task')}, on {device.describe()}"
    )
    for refusal in plan.refusals:
        progress.say(f"left out: {refusal.part} on {refusal.rain_set}: {refusal.reason}")
    for conflict in _conflicts(plan.config):
        progress.say(f"note: {conflict}")
    for part in plan.derainers:
        for line in _remarks(part, plan, device):
            progress.say(f"{part.name}: {line}")
    if work.restorations == 0:
        progress.say(f"nothing left to compute in {directory}; the report is made again")


def _conflicts(config: RunConfig) -> list[registry.Conflict]:
    """Return the conflicts over names that a configuration uses."""
    used: dict[registry.Kind, Sequence[Entry]] = {
        "derainers": config.derainers,
        "rain-sets": config.rain_sets,
        "tasks": config.tasks,
    }
    return [
        conflict
        for kind, entries in used.items()
        for conflict in registry.conflicts(kind)
        if conflict.name.lower() in {entry.use.lower() for entry in entries}
    ]


def _remarks(part: Part[Derainer], plan: Plan, device: Device) -> list[str]:
    rain_sets = [one for one, _ in plan.rain_sets if part in plan.derainers_for(one)]
    try:
        return part.built.remarks(rain_sets, device) if part.built is not None else []
    except Exception as error:  # a plugin may raise anything
        return [f"remarks() raised {describe_failure(error)}"]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
