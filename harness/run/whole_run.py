"""A whole run: plan, one pass over the images, records, summary, manifest, report."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from harness.config import RunConfig
from harness.device import Device
from harness.errors import TaskError
from harness.foreign_code import ForeignError
from harness.heap import keep_freed_memory
from harness.machine import now
from harness.plugins import registry
from harness.plugins.guard import Guard
from harness.plugins.parts import Part, called
from harness.plugins.task_class import check_columns
from harness.processes import Processes
from harness.progress import ProgressReporter
from harness.report import write_report
from harness.report.standing import note_report, report_stands
from harness.run.amount import amounts_of
from harness.run.announcement import announcement, tell_of_death
from harness.run.description import make_manifest
from harness.run.example_images import draw_anew_in_new_colours
from harness.run.failures import all_failures
from harness.run.finished import Asked, forget_finished, note_finished, nothing_left
from harness.run.keys import Keys
from harness.run.known_figures import write_figures
from harness.run.one_pass import OnePass
from harness.run.picture_folders import PictureFolders
from harness.run.plan import Plan, make_plan
from harness.run.setting import Setting
from harness.run.shares import share_of
from harness.run.stale_pictures import take_away
from harness.run.upgrading import earlier_manifest
from harness.run.work import Work, find_work
from harness.run_folder.beside import keep_beside
from harness.run_folder.damage import DamagedError, set_aside
from harness.run_folder.folder_lock import claimed
from harness.run_folder.healing import heal
from harness.run_folder.in_flight import InFlight, left_in_flight
from harness.run_folder.kept_images import Examples
from harness.run_folder.manifest import FILE_NAME as MANIFEST
from harness.run_folder.manifest import Invocation, Manifest, write_manifest
from harness.run_folder.ownership import clear
from harness.run_folder.records import Cell, RecordStore, Row, read_records
from harness.run_folder.summary import Figure, read_summary
from harness.task import Task

WAITS_FOR_FILES = (5.0, 15.0, 45.0)
"""Seconds, one after the other, that the first process waits for rows of other machines."""


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
        ConfigError: If the configuration cannot be carried out, or the folder is another's or in
            use; nothing was run.
    """
    started, clock = now(), time.perf_counter()
    if device.torch_device.type == "cpu":
        keep_freed_memory()
    result, directory = RunResult(directory), directory.absolute()  # foreign code may go elsewhere
    processes = Processes()
    progress = ProgressReporter(quiet=not processes.is_first)
    with _at_work_in(directory, config, device, debug, processes) as (guard, notice):
        plan = make_plan(config, base, guard, limit)
        store = RecordStore(directory, {part.name: _columns(part) for part in plan.tasks})
        setting = Setting(plan, Keys(plan), device, directory, progress)
        folders = PictureFolders.of(directory, config)
        earlier = None
        if processes.is_first:
            earlier = _put_right(setting, store, folders, notice, fresh)
        processes.wait()
        work = find_work(plan, setting.keys, store.finished(), folders)
        processes.wait()  # until all have read what is finished, before any adds to it
        if processes.is_first:
            take_away(work.stale)
        said = _announced(setting, work)
        amounts = amounts_of(work)
        share = share_of(work, amounts, processes)
        OnePass(setting, share, amounts, store, folders).go()
        processes.wait()
        if not processes.is_first:
            return result
        lost = _gathered(store, plan, work, processes)
        folders.examples.write_index(work.examples)
        records = read_records(directory)
        invocation = Invocation(started=started, finished=now(), images=work.restorations)
        figures = _reported(setting, records, earlier, invocation, clock, guard)
        failures = all_failures(plan.unopened, records, figures, lost)
        if not failures:
            _note_finished(Asked(config, base, limit), setting, work, said)
    return replace(result, failures=failures)


def _put_right(
    setting: Setting, store: RecordStore, folders: PictureFolders, notice: str, fresh: bool
) -> Manifest | None:
    """Clear or mend a folder and say what was done; return the manifest of the runs before.

    Args:
        setting: Of the run.
        store: Its records.
        folders: Where its pictures are kept.
        notice: What a user should know of the folder, "" for nothing.
        fresh: Throw away what earlier runs made.
    """
    forget_finished(setting.directory)
    if fresh:
        clear(setting.directory)
    keep_beside(setting.directory, setting.plan.beside)
    earlier, mended = _mended(setting.directory, store, folders.examples)
    if earlier is not None:
        recoloured, now_meant = draw_anew_in_new_colours(setting.plan, earlier, folders)
        if recoloured:  # at once: who goes on after a stop must not take them for old again
            write_manifest(setting.directory, now_meant)
            earlier, mended = now_meant, [*mended, *recoloured]
    for line in filter(None, [notice, *mended]):
        setting.progress.say(f"note: {line}")
    return earlier


def _mended(
    directory: Path, store: RecordStore, examples: Examples
) -> tuple[Manifest | None, list[str]]:
    """Return the manifest of earlier runs, and what was done with all that is damaged."""
    healed = heal(directory, store, examples)
    try:
        return earlier_manifest(directory), healed
    except DamagedError as error:
        place = set_aside(directory, directory / MANIFEST)
        return None, [*healed, f"{error}; moved to {place}"]


def _gathered(store: RecordStore, plan: Plan, work: Work, processes: Processes) -> list[Cell]:
    """Gather the rows of all processes; return the cells of which none came.

    Files that another machine wrote into a shared folder may come into sight a while later: NFS
    keeps what it knows of a folder for up to a minute.
    """
    lost = store.compact(plan.cells(), work.row_keys)
    for wait in WAITS_FOR_FILES if processes.count > 1 else ():
        if lost:
            time.sleep(wait)
            lost = store.compact(plan.cells(), work.row_keys)
    return lost


def _announced(setting: Setting, work: Work) -> list[str]:
    """Say what to know of a run before it begins, and return it."""
    said = announcement(setting)
    for line in [*said, *([] if work.restorations else [nothing_left(setting.directory)])]:
        setting.progress.say(line)
    return said


def _reported(
    setting: Setting,
    records: dict[str, pd.DataFrame],
    earlier: Manifest | None,
    invocation: Invocation,
    clock: float,
    guard: Guard,
) -> list[Figure]:
    """Write figures, manifest and report of a run, unless they stand; return the figures.

    Args:
        setting: Of the run.
        records: All that is in its folder.
        earlier: The manifest that lay there before.
        invocation: What this run adds to it.
        clock: When it began, by `time.perf_counter`.
        guard: Calls the tasks.
    """
    directory = setting.directory
    manifest = make_manifest(setting.plan, setting.device, records)
    unchanged = manifest.after(earlier, invocation)
    if unchanged == earlier and report_stands(directory, unchanged):
        return read_summary(directory)
    figures = write_figures(directory, records, manifest, guard)
    seconds = setting.stopwatch.seconds()
    seconds |= {"total": round(time.perf_counter() - clock, 3)}
    told = invocation.model_copy(update={"finished": now(), "seconds": seconds})
    write_manifest(directory, manifest.after(earlier, told))
    write_report(directory)
    note_report(directory)
    return figures


def _note_finished(asked: Asked, setting: Setting, work: Work, said: Sequence[str]) -> None:
    """Note that nothing of a run is left to do."""
    rain_sets = setting.plan.rain_sets
    taken = [(one.content, one.ids, work.contents[one.name]) for one in rain_sets]
    note_finished(asked, setting.directory, setting.device.torch_device.type, taken, said)


@contextmanager
def _at_work_in(
    directory: Path, config: RunConfig, device: Device, debug: bool, processes: Processes
) -> Iterator[tuple[Guard, str]]:
    """Join the processes and keep a folder for them for the length of a block.

    Yields:
        What calls foreign code and notes each call in the folder, and what a user should know of
        the folder, "" for nothing.
    """
    with ExitStack() as held:
        held.enter_context(processes.joined())
        notice = ""
        if processes.is_first:
            notice = held.enter_context(claimed(directory, f"run of {config.name}"))
        processes.wait()  # nobody writes into a folder before it is ours
        tell_of_death(left_in_flight(directory, processes.rank, processes.count))
        in_flight = held.enter_context(closing(InFlight(directory, processes.rank)))
        guard = Guard(config.call_limit, device, debug, config.memory_limit, in_flight.calling)
        yield held.enter_context(closing(guard)), notice


def _columns(part: Part[Task]) -> Mapping[str, object]:
    """Return the columns of a task, also of one whose class is there and could not be built.

    One whose columns cannot stand beside those of every row counts as not built.
    """
    name, use = called("tasks", part.name), part.entry.use

    def columns() -> Mapping[str, object]:
        own = check_columns(registry.load("tasks", use))
        taken = sorted(own.keys() & Row.__annotations__.keys())
        if taken:
            raise TaskError(f"its column {taken[0]} is one that every row has: name it otherwise")
        return dict(own)

    try:
        return part.guard.call(name, columns)
    except ForeignError as error:
        if part.built is not None:
            part.give_up(str(error))
        return {}
