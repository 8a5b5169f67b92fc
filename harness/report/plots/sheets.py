"""Panels shared out among figures, so that none is taller than a page of a paper."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.style import clean_rows, column_width, panels
from harness.run_folder.manifest import DerainerEntry, TaskEntry
from harness.run_folder.run_data import RunData
from harness.run_folder.run_figures import RunFigures

TALLEST = 600 / 72
"""Inches that a figure is high at the most."""

ROW_HEIGHT, AROUND_ROWS = 0.27, 0.8
"""Inches of a derainer in a panel with a row for each, and of all above and below the rows."""

BESIDE = 2
"""Panels at the most that stand beside each other."""


Shown = TypeVar("Shown")


def shared_out(shown: Sequence[Shown], height: float, beside: int = BESIDE) -> list[list[Shown]]:
    """Return what panels show, in the groups that have room in a figure each, of about one size.

    >>> [len(group) for group in shared_out(range(8), height=2.6)]
    [4, 4]

    Args:
        shown: What each panel shows.
        height: Of a panel, in inches.
        beside: Panels that stand beside each other.
    """
    rows, most = -(-len(shown) // beside), max(1, int(TALLEST / height + 1e-9))
    figures = max(1, -(-rows // most))
    of_each = max(1, -(-rows // figures)) * beside
    return [list(shown[start : start + of_each]) for start in range(0, len(shown), of_each)]


def numbered(name: str, count: int) -> list[str]:
    """Return the names of so many figures of a kind.

    >>> numbered("recovered", 1), numbered("recovered", 2)
    (['recovered'], ['recovered-1', 'recovered-2'])
    """
    return [name] if count == 1 else [f"{name}-{number + 1}" for number in range(count)]


Draw = Callable[[Axes, RunFigures, str, TaskEntry, Sequence[DerainerEntry]], None]
"""Draws into a panel what a task makes of a rain set, with a row for each of some derainers."""


class RowSheet(NamedTuple):
    """What a figure shows whose panels have a row for each derainer.

    Attributes:
        name: Of the figure.
        shown: The rain set and the task of each panel.
        derainers: Of the rows, from above.
    """

    name: str
    shown: list[tuple[str, TaskEntry]]
    derainers: list[DerainerEntry]

    def drawing(
        self,
        run: RunData,
        draw: Draw,
        axis: Callable[[TaskEntry], str],
        caption: str,
        alternative: str,
    ) -> Drawing:
        """Return the plot.

        Args:
            run: The run, of which ``draw`` sees the panels' first metrics.
            draw: Fills a panel.
            axis: What stands below a panel of a task.
            caption: See `Drawing`.
            alternative: See there.
        """
        part = run.part([(rain_set, task.name, task.headline[0]) for rain_set, task in self.shown])
        shown = (part, self.shown, self.derainers, draw, axis)
        return Drawing(self.name, caption, alternative, _draw_rows, shown)


def _draw_rows(
    run: RunFigures,
    shown: Sequence[tuple[str, TaskEntry]],
    derainers: Sequence[DerainerEntry],
    draw: Draw,
    axis: Callable[[TaskEntry], str],
) -> Figure:
    height = AROUND_ROWS + ROW_HEIGHT * len(derainers)
    figure, axes = panels(len(shown), BESIDE, column_width(len(shown)), height)
    names = [run.labels[entry.name] for entry in derainers]
    for index, (panel, (rain_set, task)) in enumerate(zip(axes, shown, strict=True)):
        draw(panel, run, rain_set, task, derainers)
        clean_rows(panel, names, shown=index % BESIDE == 0)
        panel.set_title(rain_set, pad=16)
        panel.set_xlabel(axis(task))
    return figure


def row_sheets(
    run: RunData, name: str, shown: Sequence[tuple[str, TaskEntry]]
) -> Iterator[RowSheet]:
    """Share panels out that have a row for each derainer, and the rows where they are too many."""
    most = int((TALLEST - AROUND_ROWS) / ROW_HEIGHT)
    count = max(1, -(-len(run.derainers) // most))
    rows = max(1, -(-len(run.derainers) // count))
    groups = [run.derainers[start : start + rows] for start in range(0, len(run.derainers), rows)]
    height = AROUND_ROWS + ROW_HEIGHT * rows
    sheets = [(of_panels, group) for group in groups for of_panels in shared_out(shown, height)]
    for own_name, sheet in zip(numbered(name, len(sheets)), sheets, strict=True):
        yield RowSheet(own_name, *sheet)
