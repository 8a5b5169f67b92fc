"""The signatures of the figures that chosen tables show, under the names that these have there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from harness.report.protocols import Protocol, protocols
from harness.report.tables.model import Table
from harness.report_settings import TableChoice
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure


def shown_protocols(run: RunData, choice: TableChoice, tables: Sequence[Table]) -> list[Protocol]:
    """Return every signature behind the columns of some tables once, in their order.

    Args:
        run: The run.
        choice: Which tables were wanted. What others published has its signatures in the notes,
            and costs have none.
        tables: That `chosen_tables` made of it.
    """
    if choice.shows in ("published", "efficiency"):
        return []
    recorded = [table.as_recorded or table for table in tables]
    places = [(table.rain_set, column.key) for table in recorded for column in table.columns]
    order = {place: at for at, place in reversed(list(enumerate(places)))}
    shown = {one: at for one in run.figures if (at := _first(order, _places(one))) is not None}
    figures = sorted(shown, key=lambda one: shown[one])
    return [_named(one, choice.names) for one in protocols(run, figures)]


def _places(one: Figure) -> set[tuple[str, str]]:
    """Return the rain set and the column of every place in which tables show a figure."""
    column = f"{one.task}/{one.metric}"
    return {
        (one.rain_set, column),
        (one.rain_set, f"{column}/gain"),
        ("", f"{one.rain_set}/{column}"),
    }


def _first(order: Mapping[tuple[str, str], int], places: Iterable[tuple[str, str]]) -> int | None:
    return min((order[place] for place in places if place in order), default=None)


def _named(one: Protocol, names: Mapping[str, str]) -> Protocol:
    metrics = dict(one.metrics)
    for name, metric in one.metrics.items():
        column = f"{one.task}/{name}"
        label = names.get(column, names.get(f"{column}/gain", metric.label))
        metrics[name] = replace(metric, label=label)
    rain_sets = tuple(names.get(rain_set, rain_set) for rain_set in one.rain_sets)
    return replace(one, task=names.get(one.task, one.task), metrics=metrics, rain_sets=rain_sets)
