"""What tasks drew on the images of the browser, in small files that lie beside the page."""

from collections.abc import Sequence
from typing import Any

from harness.images import slug
from harness.report.page.pictures import beside
from harness.report.plots.palette import css
from harness.run_folder.manifest import DerainerEntry
from harness.run_folder.previews import drawings_folder
from harness.run_folder.run_data import RunData

Json = dict[str, Any]


class DrawnLayers:
    """Finds what was drawn, of predictions and of the truth.

    Args:
        run: The run.
        rows: The derainers in the order of the page.
    """

    def __init__(self, run: RunData, rows: Sequence[DerainerEntry]) -> None:
        self.run, self.names = run, [row.name for row in rows]
        self._files = {
            (rain_set.name, task.name, name): self._files_of(rain_set.name, task.name, name)
            for rain_set in run.rain_sets
            for task in run.tasks
            for name in (*self.names, None)
        }

    def _files_of(self, rain_set: str, task: str, name: str | None) -> set[str]:
        folder = drawings_folder(self.run.directory, rain_set, task, name)
        return {path.name for path in folder.glob("*.webp") if path.is_file()}

    def of_set(self, rain_set: str) -> list[Json]:
        """Return for each task where its drawings lie, by row and of the truth; and its colours."""
        return [
            {
                "rows": [self._folder(rain_set, task.name, name) for name in self.names],
                "truth": self._folder(rain_set, task.name, None),
                "legend": [
                    [meaning, css(colour)]
                    for meaning, colour in task.legends.get(rain_set, {}).items()
                ],
            }
            for task in self.run.tasks
        ]

    def _folder(self, rain_set: str, task: str, name: str | None) -> str:
        if not self._files[rain_set, task, name]:
            return ""
        folder = drawings_folder(self.run.directory, rain_set, task, name)
        return f"{beside(self.run.directory, folder)}/"

    def has(self, rain_set: str, image: str, task: str, name: str | None) -> bool:
        """Return whether a drawing is there; None is the truth's name."""
        return f"{slug(image)}.webp" in self._files[rain_set, task, name]
