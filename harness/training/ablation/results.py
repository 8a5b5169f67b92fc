"""What an ablation found: a figure of each variant and seed, and how they compare."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.run_folder.manifest import TaskEntry
from harness.run_folder.run_data import RunData
from harness.training.ablation.ablation_settings import AblationSettings, Training
from harness.training.ablation.variant_costs import Costs


@dataclass(frozen=True)
class Results:
    """Everything that the tables and the plot show.

    Attributes:
        settings: What was asked for.
        trainings: All of them, in their order.
        run: The benchmark over the trained variants.
        costs: Of each training that succeeded, by its name.
        failures: Why a training has no weights, by its name.
    """

    settings: AblationSettings
    trainings: Sequence[Training]
    run: RunData
    costs: Mapping[str, Costs]
    failures: Mapping[str, str]

    @property
    def has_several_seeds(self) -> bool:
        """Whether each variant was to be trained more than once."""
        return len(self.settings.seeds) > 1

    @property
    def rain_sets(self) -> list[str]:
        """The rain sets on which something was judged."""
        return [one.name for one in self.run.rain_sets if self.metrics(one.name)]

    def of_variant(self, variant: str) -> list[Training]:
        """Return a variant's trainings, one a seed."""
        return [training for training in self.trainings if training.variant == variant]

    def metrics(self, rain_set: str) -> list[tuple[TaskEntry, str]]:
        """Return the metrics that are shown on a rain set, with their tasks."""
        shown = []
        for task in self.run.tasks_of(rain_set):
            wanted = self.settings.metrics
            chosen = [name for name in task.headline if not wanted or name in wanted]
            shown += [(task, name) for name in chosen or task.headline[:1]]
        return shown

    def values(self, variant: str, rain_set: str, task: str, metric: str) -> list[float]:
        """Return a variant's figures, one a seed, without those that do not exist."""
        found = [
            self.run.value(rain_set, training.name, task, metric)
            for training in self.of_variant(variant)
        ]
        return [value for value in found if not math.isnan(value)]

    def is_complete(self, variant: str, rain_set: str, task: str) -> bool:
        """Tell whether every seed was trained and no image failed."""
        names = [training.name for training in self.of_variant(variant)]
        return not any(
            name in self.failures or self.run.failed(rain_set, name, task).failures
            for name in names
        )


def mean(values: Sequence[float]) -> float:
    """Return the mean, NaN of nothing.

    >>> mean([1.0, 2.0]), mean([])
    (1.5, nan)
    """
    return sum(values) / len(values) if values else math.nan


def deviation(values: Sequence[float]) -> float:
    """Return the sample standard deviation, NaN of fewer than two values.

    >>> deviation([1.0, 3.0]) == 2**0.5, deviation([1.0])
    (True, nan)
    """
    if len(values) < 2:
        return math.nan
    centre = mean(values)
    return math.sqrt(sum((value - centre) ** 2 for value in values) / (len(values) - 1))
