"""The signatures of a run's figures: how each was computed, stated once."""

from dataclasses import dataclass

from harness.report.metrics import metric
from harness.run_folder.run_data import FAILED, RunData


@dataclass(frozen=True)
class Protocol:
    """How a metric was computed.

    Attributes:
        task: The task's name.
        metrics: The metrics that share the signature, by name, classes written as ``*``.
        signature: As the records state it.
        rain_sets: Where it applies, empty for everywhere.
    """

    task: str
    metrics: tuple[str, ...]
    signature: str
    rain_sets: tuple[str, ...]


def metric_labels(protocol: Protocol) -> str:
    """Return the labels of the metrics that share a signature, ``*`` standing for each class."""
    return ", ".join(metric(name).label for name in protocol.metrics)


def protocols(run: RunData) -> list[Protocol]:
    """Return every signature of the run once, with the metrics that it holds for."""
    rows = run.summary[(run.summary["metric"] != FAILED) & (run.summary["signature"] != "")]
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for task, signature, name, rain_set in zip(
        rows["task"], rows["signature"], rows["metric"], rows["rain_set"], strict=True
    ):
        base, slash, _ = str(name).partition("/")
        metrics = found.setdefault((str(task), str(signature)), {})
        metrics.setdefault(f"{base}/*" if slash else base, set()).add(str(rain_set))
    listed = []
    for (task, signature), by_metric in found.items():
        where = set().union(*by_metric.values())
        everywhere = where == set(run.summary.loc[run.summary["task"] == task, "rain_set"])
        sets = () if everywhere else tuple(sorted(where))
        listed.append(Protocol(task, tuple(by_metric), signature, sets))
    return listed
