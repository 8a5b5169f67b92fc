"""What a run would compute and what is there already, without computing or writing anything."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from harness.config import RunConfig
from harness.device import Device
from harness.errors import BenchError
from harness.plugins.guard import Guard
from harness.plugins.parts import Part
from harness.run.keys import Keys
from harness.run.picture_folders import PictureFolders
from harness.run.plan import Plan, make_plan
from harness.run.work import Work, find_work
from harness.run_folder.ownership import check_ownership
from harness.run_folder.records import Cell, RecordStore


class PlannedRows(NamedTuple):
    """The rows of a derainer on a rain set.

    Attributes:
        rain_set: Its name.
        derainer: Its name.
        images: That the run takes of the rain set.
        there: Rows that are finished: one per image and task.
        to_compute: Rows that the run would compute.
        left_out: Why there are none, "" if there are.
    """

    rain_set: str
    derainer: str
    images: int
    there: int
    to_compute: int
    left_out: str = ""


class DryRun(NamedTuple):
    """What a run would do.

    Attributes:
        rows: Per rain set and derainer, in the order of the configuration.
        troubles: What a run would say of parts that cannot be built, opened or judged.
    """

    rows: list[PlannedRows]
    troubles: list[str]


def dry_run(
    config: RunConfig,
    base: Path,
    directory: Path,
    device: Device,
    *,
    limit: int | None = None,
    fresh: bool = False,
) -> DryRun:
    """Build all parts of a run and compare its rows with those in its folder.

    Pictures are read as far as their keys need it; no derainer or task sees any.

    Args:
        config: The checked configuration.
        base: Folder of the configuration file.
        directory: The run's folder, which need not be there.
        device: Where the models would run.
        limit: As of the run.
        fresh: As if nothing were in the folder.

    Raises:
        ConfigError: If the configuration cannot be carried out, or the folder is another's.
        BenchError: If its records are damaged; a run would compute them again.
    """
    if directory.exists():
        check_ownership(directory)
    with closing(Guard(config.call_limit, device, memory=config.memory_limit)) as guard:
        plan = make_plan(config, base, guard, limit)
        finished = {} if fresh else _finished(directory, plan)
        work = find_work(plan, Keys(plan), finished, PictureFolders.of(directory, config))
        return DryRun(list(_rows(plan, work)), list(_troubles(plan)))


def _finished(directory: Path, plan: Plan) -> dict[Cell, str]:
    try:
        return RecordStore(directory, {part.name: {} for part in plan.tasks}).finished()
    except BenchError as error:
        raise BenchError(f"{error}; --dry-run leaves it as it is") from error


def _rows(plan: Plan, work: Work) -> Iterator[PlannedRows]:
    for rain_set, images in work.images:
        tasks = len(plan.tasks_for(rain_set.name))
        restoring = {part.name for part in plan.derainers_for(rain_set.name)}
        for part in plan.derainers:
            refusals = [
                one.reason
                for one in plan.refusals
                if (one.rain_set, one.part) == (rain_set.name, part.name)
            ]
            missing = sum(len(image.missing.get(part.name, ())) for image in images)
            whole = len(rain_set.ids) * tasks if part.name in restoring else 0
            yield PlannedRows(
                rain_set.name,
                part.name,
                len(rain_set.ids),
                whole - missing,
                missing,
                refusals[0] if refusals else "",
            )


def _troubles(plan: Plan) -> Iterator[str]:
    for name, cause in plan.unopened.items():
        yield f"rain set {name}: {cause}"
    parts: list[Part[Any]] = [*plan.derainers, *plan.tasks]
    for part in parts:
        if part.built is None:
            yield f"{part.name} fails on every image: {part.error}"
    for refusal in plan.refusals:
        if refusal.part not in {part.name for part in plan.derainers}:
            yield f"left out: {refusal.part} on {refusal.rain_set}: {refusal.reason}"
