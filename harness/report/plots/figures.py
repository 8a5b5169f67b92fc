"""The plots of a report, each a sentence about the run that can be seen."""

from collections.abc import Iterator

from harness.report.plots.gains import gain_drawings
from harness.report.plots.heatmap import per_class_drawings
from harness.report.plots.levels import level_drawings
from harness.report.plots.per_image_plot import per_image_drawings
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.quality_plot import prediction_drawings
from harness.report.plots.recovered import recovered_drawings
from harness.report.plots.severity import severity_drawings
from harness.run_folder.run_data import RunData


def drawings(run: RunData) -> Iterator[Drawing]:
    """Yield every plot for which the run has figures, in the order of the page."""
    yield from recovered_drawings(run)
    for task in run.tasks:
        if task.headline:
            yield from level_drawings(run, task)
    yield from prediction_drawings(run)
    yield from per_image_drawings(run)
    yield from gain_drawings(run)
    yield from severity_drawings(run)
    yield from per_class_drawings(run)
