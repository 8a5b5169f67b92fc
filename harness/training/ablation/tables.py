"""The tables of an ablation: a row a variant, what it reaches, and what it costs."""

import math
from collections.abc import Callable
from typing import NamedTuple

from harness.report.tables.model import DAGGER, Cell, Column, Row, Table, ranked_table
from harness.training.ablation.ablation_settings import Training, described_changes
from harness.training.ablation.results import Results, deviation, mean
from harness.training.ablation.variant_costs import MACS_SIZE, Costs


def rain_set_table(results: Results, rain_set: str) -> Table:
    """Return what each variant reaches on a rain set, and its difference to the first."""
    columns = []
    for task, name in results.metrics(rain_set):
        described, key = task.metric(name), f"{task.name}/{name}"
        columns.append(Column(task.name, described.label, key, described.direction))
        if results.has_several_seeds:
            columns.append(Column(task.name, f"{described.label} sd", f"{key}/sd", ranked=False))
        label = f"{described.label} change"
        columns.append(Column(task.name, label, f"{key}/change", ranked=False))
    rows = [_reference_row(results, rain_set, entry.name) for entry in results.run.references]
    rows += [_variant_row(results, rain_set, variant) for variant in results.settings.variants]
    notes = (*_seed_notes(results), *_failure_notes(results, rain_set))
    return ranked_table(Table(rain_set, rain_set, tuple(columns), tuple(rows), notes))


def _reference_row(results: Results, rain_set: str, name: str) -> Row:
    cells = []
    for task, of_task in results.metrics(rain_set):
        digits = task.metric(of_task).digits
        value = results.run.value(rain_set, name, task.name, of_task)
        cells.append(Cell(value, digits, competes=False))
        empty = 2 if results.has_several_seeds else 1
        cells += [Cell(math.nan, digits, competes=False)] * empty
    return Row(results.run.labels[name], name, "", True, tuple(cells))


def _variant_row(results: Results, rain_set: str, variant: str) -> Row:
    first = results.settings.reference
    cells = []
    for task, name in results.metrics(rain_set):
        place = (rain_set, task.name, name)
        values, digits = results.values(variant, *place), task.metric(name).digits
        lacking = not results.is_complete(variant, rain_set, task.name)
        cells.append(Cell(mean(values), digits, incomplete=lacking))
        if results.has_several_seeds:
            cells.append(Cell(deviation(values), digits + 1, incomplete=lacking))
        if variant == first:
            cells.append(Cell(math.nan, digits))
            continue
        change = mean(values) - mean(results.values(first, *place))
        lacking |= not results.is_complete(first, rain_set, task.name)
        cells.append(Cell(change, digits, incomplete=lacking))
    return Row(variant, variant, "", False, tuple(cells))


def _seed_notes(results: Results) -> list[str]:
    seeds, first = results.settings.seeds, results.settings.reference
    change = f"Change: the difference to {first}."
    if not results.has_several_seeds:
        return [
            f"{change} There is one seed ({seeds[0]}): how far two trainings of one variant would "
            "differ is not known, and differences below that seed noise are not evidence. More "
            "seeds in the configuration would tell."
        ]
    listed = ", ".join(map(str, seeds))
    return [
        f"{change} All are means over the seeds {listed}; sd is the sample standard deviation "
        "over them, and a difference of its size is not evidence."
    ]


def _failure_notes(results: Results, rain_set: str) -> list[str]:
    notes = [f"{DAGGER} {name} has no weights: {why}." for name, why in results.failures.items()]
    for training in results.trainings:
        for task in results.run.tasks_of(rain_set):
            failed = results.run.failed(rain_set, training.name, task.name)
            if failed.failures:
                count = f"{failed.failures} of {failed.images} images failed"
                notes.append(f"{DAGGER} {training.name}: {count} ({task.name}).")
    return notes


class Quantity(NamedTuple):
    """A column of the table of costs, and where its figures are read."""

    column: Column
    digits: int
    read: Callable[[Training, Costs], float | None]


QUANTITIES = (
    Quantity(
        Column("network", "parameters (k)", "parameters_k"), 1, lambda _, one: one.parameters / 1e3
    ),
    Quantity(Column("network", "MACs (G)", "macs_g"), 2, lambda _, one: one.macs / 1e9),
    Quantity(Column("training", "steps", "steps"), 0, lambda one, _: one.settings.iterations),
    Quantity(Column("training", "minutes", "minutes"), 1, lambda _, one: one.minutes),
    Quantity(
        Column("held-out PSNR-Y", "in evaluation mode", "held_out/evaluation_mode"),
        2,
        lambda _, one: one.held_out,
    ),
    Quantity(
        Column("held-out PSNR-Y", "in train mode", "held_out/train_mode"),
        2,
        lambda _, one: one.held_out_train_mode,
    ),
)


def cost_table(results: Results) -> Table:
    """Return the size, the effort and the held-out quality of every variant."""
    rows = []
    for variant in results.settings.variants:
        trainings = results.of_variant(variant)
        measured = [
            (one, results.costs[one.name]) for one in trainings if one.name in results.costs
        ]
        cells = []
        for quantity in QUANTITIES:
            found = [quantity.read(*one) for one in measured]
            values = [value for value in found if value is not None]
            lacking = len(measured) < len(trainings) and bool(values or not measured)
            cells.append(Cell(mean(values), quantity.digits, incomplete=lacking))
        rows.append(Row(variant, variant, "", False, tuple(cells)))
    height, width = MACS_SIZE
    notes = (
        f"MACs: of the convolutions and matrix products for one picture of {width}x{height}.",
        "Minutes: wall time of the training's process, which may have shared the machine.",
        "Held-out PSNR-Y: of the exported network in float32, on the scenes that validated its "
        "training. In train mode batch norms take the statistics of each batch of "
        f"{results.trainings[0].settings.batch} pictures instead of those they have learned.",
        *_change_notes(results),
        *(f"{DAGGER} {name} has no weights: {why}." for name, why in results.failures.items()),
    )
    columns = tuple(quantity.column for quantity in QUANTITIES)
    return Table("", "Training and cost", columns, tuple(rows), notes)


def _change_notes(results: Results) -> list[str]:
    """Say what each variant changes, and which were trained on another budget."""
    notes = [
        f"{variant} changes {described_changes(changes)}."
        for variant, changes in results.settings.variants.items()
        if changes
    ]
    budgets = {
        training.variant: (settings.iterations, settings.batch, settings.patch)
        for training in results.trainings
        for settings in [training.settings]
    }
    first = results.settings.reference
    other = [variant for variant, budget in budgets.items() if budget != budgets[first]]
    if other:
        notes.append(
            f"Not on the budget of {first} in iterations, batch and patch: {', '.join(other)}."
        )
    return notes
