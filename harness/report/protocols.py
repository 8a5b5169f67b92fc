"""The signatures of a run's figures: how each was computed, stated once."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.metric import Metric
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import FAILED, Figure


@dataclass(frozen=True)
class Protocol:
    """How metrics were computed.

    Attributes:
        task: The task's name.
        metrics: What shares the signature, by name; ``iou/*`` stands for the metric of each class.
        signature: As the records state it.
        rain_sets: Where it applies, empty for everywhere.
    """

    task: str
    metrics: dict[str, Metric]
    signature: str
    rain_sets: tuple[str, ...]

    @property
    def labels(self) -> str:
        """The labels of the metrics, ``*`` standing for each class."""
        return ", ".join(metric.label for metric in self.metrics.values())


def protocols(run: RunData, figures: Sequence[Figure] | None = None) -> list[Protocol]:
    """Return every signature once, with the metrics that it holds for.

    Args:
        run: The run.
        figures: Those of its figures whose signatures are wanted; all where None.
    """
    figures = run.figures if figures is None else figures
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    judged: dict[str, set[str]] = {}
    for one in figures:
        judged.setdefault(one.task, set()).add(one.rain_set)
        if one.metric == FAILED or not one.signature:
            continue
        base, slash, _ = one.metric.partition("/")
        metrics = found.setdefault((one.task, one.signature), {})
        metrics.setdefault(f"{base}/*" if slash else base, set()).add(one.rain_set)
    listed = []
    for (task, signature), by_metric in found.items():
        where = set().union(*by_metric.values())
        sets = () if where == judged[task] else tuple(sorted(where))
        described = {name: run.metric(task, name) for name in by_metric}
        listed.append(Protocol(task, described, signature, sets))
    return listed
