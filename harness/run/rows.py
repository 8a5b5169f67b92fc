"""The rows of a run, before their scores are in them."""

from typing import Any

from harness.derainer import Derainer
from harness.plugins.parts import Part
from harness.run.loading import Loaded
from harness.run.plan import OpenRainSet, Plan
from harness.run.restoring import Restored
from harness.run.work import Work
from harness.run_folder.records import Cell, Row
from harness.task import Task


def started_row(
    plan: Plan,
    work: Work,
    rain_set: OpenRainSet,
    derainer: Part[Derainer],
    task: Part[Task],
    loaded: Loaded,
    restored: Restored,
) -> dict[str, Any]:
    """Return a row with everything but the score.

    Args:
        plan: What the run is made of.
        work: It has the row's key.
        rain_set: Of the row.
        derainer: Of the row.
        task: Of the row.
        loaded: The sample.
        restored: What the derainer made of it.
    """
    sample, tiling = loaded.sample, restored.tiling
    cell = Cell(rain_set.name, derainer.name, task.name, loaded.work.image)
    row = Row(
        rain_set=cell.rain_set,
        derainer=cell.derainer,
        task=cell.task,
        kind=task.entry.use,
        image=cell.image,
        key=work.row_keys[cell],
        status="failed" if restored.error else "ok",
        error=restored.error,
        notes=list(sample.notes) if sample is not None else [],
        tile_side=tiling.side if tiling else 0,
        tile_overlap=tiling.overlap if tiling else 0,
        sample_digest=loaded.digest,
        read=plan.read.get((cell.rain_set, cell.task), ""),
        width=sample.rainy.shape[1] if sample is not None else 0,
        height=sample.rainy.shape[0] if sample is not None else 0,
        quantiser=plan.config.quantiser_of(task.name),
        precision=plan.config.precision,
        protocol=plan.protocols.get((cell.rain_set, cell.task), ""),
        restore_seconds=restored.seconds,
        predict_seconds=0.0,
    )
    return dict(row)
