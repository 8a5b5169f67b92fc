"""How long derainers will take for a megapixel, and how that is known.

On a CPU the clock is that of the thread, so that other processes of the machine do not count.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from harness.cost.timing import Times, time_calls
from harness.derainer import Derainer
from harness.device import Device
from harness.errors import BenchError
from harness.foreign_code import ForeignError
from harness.noise_picture import noise
from harness.plugins.parts import Part
from harness.run.plan import Plan
from harness.run.restoring import Restorer
from harness.run.trial import needs_nothing_else
from harness.run_folder.costs import read_costs
from harness.run_folder.records import read_rows
from harness.samples import Sample

TIMED_SIZE = (160, 160)
"""Height and width of the picture that is timed where nothing was measured before."""

BY_ROWS, BY_COST = "earlier rows of this run", "rdmc-bench cost"
BY_TRIAL = f"a picture of {TIMED_SIZE[1]}x{TIMED_SIZE[0]} pixels"


class Pace(NamedTuple):
    """Of a derainer.

    Attributes:
        seconds: For a megapixel, by one thread or GPU.
        source: How it is known.
    """

    seconds: float
    source: str


def paces(plan: Plan, restorer: Restorer, directory: Path) -> dict[str, Pace]:
    """Return the pace of each derainer of which it is known, by name.

    The rows of the run's folder tell best, then what `rdmc-bench cost` measured; else one small
    picture is timed, of those that need nothing but a picture.

    Args:
        plan: Of the run.
        restorer: To time with.
        directory: The run's folder, which need not be there.
    """
    known = {**_by_cost(directory), **_by_rows(plan, directory)}
    for part in plan.derainers:
        if part.name in known or part.built is None:
            continue
        if part.built.bound is not None:
            known[part.name] = Pace(0.0, "")
        elif needs_nothing_else(part.built):
            known |= _by_trial(part, restorer)
    return known


def _by_rows(plan: Plan, directory: Path) -> dict[str, Pace]:
    columns = ["derainer", "status", "width", "height", "restore_seconds"]
    found: dict[str, Pace] = {}
    for task in plan.tasks:
        try:
            rows = read_rows(directory, task.name, columns)
        except BenchError:
            continue  # the run will say so, and computes them again
        if rows.empty:
            continue
        for name, of_one in rows[rows["restore_seconds"] > 0].groupby("derainer"):
            megapixels = (of_one["width"] * of_one["height"]).sum() / 1e6
            if megapixels:
                pace = float(of_one["restore_seconds"].sum() / megapixels)
                found.setdefault(str(name), Pace(pace, BY_ROWS))
    return found


def _by_cost(directory: Path) -> dict[str, Pace]:
    try:
        measured = read_costs(directory)
    except BenchError:
        return {}
    each: Mapping[str, float | None] = (
        {one.name: measured.milliseconds_per_megapixel(one) for one in measured.costs}
        if measured
        else {}
    )
    return {name: Pace(pace / 1000, BY_COST) for name, pace in each.items() if pace is not None}


def _by_trial(part: Part[Derainer], restorer: Restorer) -> dict[str, Pace]:
    sample, device = noise(TIMED_SIZE), restorer.device

    def timed(built: Derainer) -> Times:
        return time_calls(lambda: _restore(built, sample, device), 2, device)

    try:
        restorer.seconds_on(part, sample)  # the first call of a size prepares what later ones use
        milliseconds = min(part.ask(timed, picture=sample.rainy).milliseconds)
    except ForeignError:
        return {}
    return {part.name: Pace(milliseconds * 1e3 / (TIMED_SIZE[0] * TIMED_SIZE[1]), BY_TRIAL)}


def _restore(derainer: Derainer, sample: Sample, device: Device) -> None:
    derainer.restore_samples([sample], device)
    device.synchronise()
