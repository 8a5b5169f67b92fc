"""What derainers cost, as a table and in words, from ``efficiency.json``."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from harness.report.tables.model import DAGGER, Cell, Column, Row, Table
from harness.run_folder.costs import Cost, MeasuredCosts
from harness.run_folder.run_data import RunData

COLUMNS = (
    Column("counted", "parameters (k)", "parameters_k", ranked=False),
    Column("counted", "GMACs", "gmacs", ranked=False),
    Column("measured", "ms / megapixel", "ms_per_megapixel", ranked=False),
    Column("measured", "peak memory (MiB)", "peak_mib", ranked=False),
)
DIGITS = (1, 1, 0, 0)


class Costed(NamedTuple):
    """A row to be filled: a derainer, and what it costs if that is known.

    Attributes:
        name: In the configuration.
        label: In print.
        cost: None where nothing fits.
        reason: Why there is none.
    """

    name: str
    label: str
    cost: Cost | None
    reason: str = ""


def costed_of(run: RunData) -> list[Costed]:
    """Return the derainers of a run with what they cost.

    What was measured of another network, as the number of parameters tells, is left out.
    """
    known = {cost.name: cost for cost in run.costs.costs} if run.costs else {}
    rows = []
    for entry in run.derainers:
        cost, reason = known.get(entry.name), "not measured yet; rdmc-bench cost does it"
        counts = (entry.parameters, cost.parameters if cost else None)
        if cost and None not in counts and counts[0] != counts[1]:
            cost, reason = None, "another network was measured; run rdmc-bench cost again"
        rows.append(Costed(entry.name, run.labels[entry.name], cost, reason if not cost else ""))
    return rows


def costed_alone(measured: MeasuredCosts) -> list[Costed]:
    """Return all that was measured, where there is no run beside it."""
    titles = [cost.title for cost in measured.costs]
    return [
        Costed(cost.name, cost.title if titles.count(cost.title) == 1 else cost.name, cost)
        if cost.title
        else Costed(cost.name, cost.name, cost)
        for cost in measured.costs
    ]


def cost_table(measured: MeasuredCosts, derainers: Sequence[Costed]) -> Table:
    """Return parameters, multiply-accumulates, time and memory of each derainer."""
    rows = tuple(
        Row(one.label, one.name, "", False, tuple(_cells(measured, one))) for one in derainers
    )
    caption = f"Cost on a picture of {measured.width} x {measured.height} pixels"
    return Table("", caption, COLUMNS, rows, tuple(_notes(derainers)))


def _cells(measured: MeasuredCosts, one: Costed) -> list[Cell]:
    milliseconds, *counts = _figures(measured, one.cost)
    values = (counts[0] / 1e3, counts[1] / 1e9, milliseconds, counts[2] / 2**20)
    failed = one.cost is None or bool(one.cost.error)
    return [
        Cell(value, digits, incomplete=failed, competes=False)
        for value, digits in zip(values, DIGITS, strict=True)
    ]


def _figures(measured: MeasuredCosts, cost: Cost | None) -> list[float]:
    """Return milliseconds a megapixel, parameters, MACs and peak bytes, NaN where unknown."""
    if cost is None:
        return [math.nan] * 4
    known = (
        measured.milliseconds_per_megapixel(cost),
        cost.parameters,
        cost.macs,
        cost.peak_bytes,
    )
    return [math.nan if value is None else float(value) for value in known]


def _notes(derainers: Sequence[Costed]) -> list[str]:
    causes: dict[str, list[str]] = {}
    for one in derainers:
        cause = one.reason if one.cost is None else one.cost.error
        if cause:
            causes.setdefault(cause, []).append(one.label)
    notes = [f"{DAGGER} {', '.join(labels)}: {cause}." for cause, labels in causes.items()]
    without: dict[str, list[str]] = {}
    for one in derainers:
        if one.cost is not None and one.cost.macs_missing:
            without.setdefault(one.cost.macs_missing, []).append(one.label)
    notes += [f"No GMACs of {', '.join(labels)}: {why}." for why, labels in without.items()]
    waiting = [
        one.label
        for one in derainers
        if one.cost and one.cost.milliseconds and one.cost.clock == "wall"
    ]
    timed = [one for one in derainers if one.cost and one.cost.milliseconds]
    if waiting and len(waiting) < len(timed):
        notes.append(
            f"Wall time, for not all work was done by one thread: {', '.join(waiting)}; "
            "memory of other processes is not in the peak."
        )
    return notes


def cost_protocol(measured: MeasuredCosts) -> str:
    """Return in words how the figures were measured, and where."""
    machine = measured.machine
    clocks = {cost.clock for cost in measured.costs if cost.milliseconds}
    on_cpu = str(machine.get("device", "")).startswith("CPU")
    where = f"{machine.get('processor', 'an unknown processor')}, one thread"
    if not on_cpu:
        where = str(machine["device"]) if "device" in machine else "an unknown device"
    clock = "that thread's own time, which stands still while other processes run"
    peak = "memory of the process" if on_cpu else "GPU memory"
    return (
        f"Each derainer in a process of its own restores a picture of noise, {measured.width} x "
        f"{measured.height} pixels, in {measured.precision}, from 8 bits to the restored "
        f"picture. Milliseconds are the median of {measured.repeats} calls after a warm-up"
        f"{f', {clock}' if 'thread' in clocks else ''}. They are those of this machine alone: "
        f"{where}, PyTorch {measured.torch}, load {machine.get('load_before', 'unknown')} before "
        "the start. GMACs are thousand millions of multiply-accumulates in convolutions and matrix "
        f"products on that picture, padded as the network needs it. Peak memory is the {peak} that "
        "the call takes on top of what was held before, which includes the weights."
    )


def cost_csv(measured: MeasuredCosts) -> str:
    """Return all that was measured as CSV, counts and bytes in full."""
    rows = [
        {
            "derainer": cost.name,
            "title": cost.title,
            "parameters": cost.parameters,
            "macs": cost.macs,
            "ms_per_megapixel": measured.milliseconds_per_megapixel(cost),
            "clock": cost.clock if cost.milliseconds else "",
            "peak_bytes": cost.peak_bytes,
            "height": measured.height,
            "width": measured.width,
            "precision": measured.precision,
            "error": cost.error,
        }
        for cost in measured.costs
    ]
    whole = {"parameters": "Int64", "macs": "Int64", "peak_bytes": "Int64"}
    return pd.DataFrame(rows).astype(whole).to_csv(index=False, lineterminator="\n")
