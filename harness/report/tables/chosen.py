"""The tables that a user chose: which rows and columns, in which order, under which names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.errors import ConfigError
from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.cost_table import cost_table, costed_of
from harness.report.tables.in_print import about_others, in_print, unmarked
from harness.report.tables.joined_sets import a_set_a_column
from harness.report.tables.measured import (
    joint_table,
    metrics_table,
    per_class_tables,
)
from harness.report.tables.model import Table, ranked_table
from harness.report.tables.parts_of_sets import with_part
from harness.report.tables.published_table import published_table
from harness.report_settings import TableChoice, columns_of_headline, refuse_unknown
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import FAILED


def chosen_tables(run: RunData, choice: TableChoice) -> list[Table]:
    """Return what a choice shows of a run, none where it has nothing of that kind.

    Args:
        run: The run.
        choice: As the configuration has it.

    Raises:
        ConfigError: If it names a rain set, row, column or part that the run does not have.
    """
    sets = [one.name for one in run.rain_sets if run.tasks_of(one.name)]
    try:
        refuse_unknown("rain_sets", choice.rain_sets, [one.name for one in run.rain_sets])
        of_sets = [one for one in choice.rain_sets or sets if one in sets]
        if choice.shows in ("joint", "severity"):
            refuse_unknown("columns", _of_judges(run, choice), _measured(run) + _described(run))
        made = [table for table in _whole(run, choice, of_sets) if table.columns]
        if made:
            _refuse_strangers(run, choice, made)
    except ValueError as error:
        raise ConfigError(f"report.tables ({choice.name}): {error}") from error
    picked = [_picked(table, choice) for table in made]
    found = [ranked_table(table) for table in picked if table.columns and table.rows]
    printed = [in_print(table, choice.names, choice.intervals) for table in found]
    if choice.shows == "severity" and found:
        found, printed = [a_set_a_column(found)], [a_set_a_column(printed)]
    return [replace(shown, as_recorded=table) for shown, table in zip(printed, found, strict=True)]


def _whole(run: RunData, choice: TableChoice, sets: Sequence[str]) -> list[Table]:
    """Return the tables of a kind with all their rows, and at least the columns that are chosen."""
    if choice.shows == "efficiency":
        return [cost_table(run.costs, costed_of(run))] if run.costs else []
    kinds: Mapping[str, Callable[[str], Table | None]] = {
        "joint": lambda rain_set: _metrics(run, rain_set, choice.columns),
        "severity": lambda rain_set: _metrics(run, rain_set, choice.columns),
        "recovered": lambda rain_set: recovered_table(run, rain_set),
        "paired": lambda rain_set: paired_table(run, rain_set),
        "published": lambda rain_set: published_table(run, rain_set),
    }
    if choice.shows == "per_class":
        tables: list[Table | None] = [
            table for rain_set in sets for table in per_class_tables(run, rain_set)
        ]
    else:
        tables = [kinds[choice.shows](rain_set) for rain_set in sets]
    return [with_part([run], table) for table in tables if table is not None]


def _metrics(run: RunData, rain_set: str, columns: Sequence[str] | None) -> Table:
    """Return the joint table, or one of the chosen columns: any metrics of any task."""
    if columns is None:
        return joint_table([run], rain_set)
    known = [one for one in columns if one in _measured(run, rain_set)]
    if not known:
        return Table(rain_set, rain_set, (), ())
    return metrics_table(run, rain_set, [_place(key) for key in known])


def _place(key: str) -> tuple[str, str]:
    task, _, metric = key.partition("/")
    return task, metric


def _measured(run: RunData, rain_set: str | None = None) -> list[str]:
    """Return the columns that can be had of a rain set, None for any."""
    found = (one for one in run.figures if rain_set in (None, one.rain_set))
    return list(dict.fromkeys(f"{one.task}/{one.metric}" for one in found if one.metric != FAILED))


def _described(run: RunData) -> list[str]:
    """Return the columns that tasks speak of, whether or not any image has such a figure."""
    return [f"{task.name}/{metric}" for task in run.tasks for metric in task.metrics]


def _of_judges(run: RunData, choice: TableChoice) -> list[str]:
    """Return the chosen columns without those of tasks that failed as a whole, and state none."""
    silent = {task.name for task in run.tasks if task.error}
    return [one for one in choice.columns or () if _place(one)[0] not in silent]


def _refuse_strangers(run: RunData, choice: TableChoice, tables: Sequence[Table]) -> None:
    """Refuse rows, columns and names of which neither the tables nor the run know.

    Raises:
        ValueError: With the nearest name.
    """
    derainers = [one.name for one in run.manifest.derainers]
    rows = [row.name or row.label for table in tables for row in table.rows] + derainers
    keys = [key for table in tables for key in _keys(table)]
    columns = keys + _possible(run, choice)
    refuse_unknown("rows", choice.rows, list(dict.fromkeys(rows)))
    refuse_unknown("columns", _of_judges(run, choice), list(dict.fromkeys(columns)))
    groups = [column.group for table in tables for column in table.columns]
    parts = [one.name for one in run.rain_sets] + [one.name for one in run.tasks]
    known = list(dict.fromkeys([*rows, *columns, *groups, *parts]))
    refuse_unknown("names", list(choice.names), known)


def _possible(run: RunData, choice: TableChoice) -> list[str]:
    """Return the columns of a kind that a run might have had, though no figure came of them."""
    if choice.shows in ("joint", "severity"):
        return [*(choice.columns or ()), *_described(run)]
    return [
        column
        for task in run.tasks
        for name in task.headline
        for column in columns_of_headline(choice.shows, task.name, name, task.can_lose)
    ]


def _keys(table: Table) -> list[str]:
    return [*(column.key for column in table.columns), *table.words]


def _picked(table: Table, choice: TableChoice) -> Table:
    """Return a table with the chosen rows and columns alone, in their order."""
    if choice.columns is not None:
        keys = [column.key for column in table.columns]
        at = [keys.index(key) for key in choice.columns if key in keys]
        words = [table.words.index(key) for key in choice.columns if key in table.words]
        table = replace(
            table,
            columns=tuple(table.columns[index] for index in at),
            words=tuple(table.words[index] for index in words),
            rows=tuple(
                replace(
                    row,
                    cells=tuple(row.cells[index] for index in at),
                    words=tuple(row.words[index] for index in words),
                )
                for row in table.rows
            ),
        )
    if choice.rows is None:
        return table
    chosen = [row for name in choice.rows for row in table.rows if name == (row.name or row.label)]
    left_out = {unmarked(row.label) for row in table.rows} - {unmarked(one.label) for one in chosen}
    notes = [_without(note, left_out) for note in table.notes]
    return replace(table, rows=tuple(chosen), notes=tuple(filter(None, notes)))


def _without(note: str, left_out: set[str]) -> str:
    """Return a footnote of a mark without the rows that are left out, "" if it was theirs alone."""
    return about_others(note, lambda labels: [one for one in labels if one not in left_out])
