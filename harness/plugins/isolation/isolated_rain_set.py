"""A rain set that lives in a process of its own, and looks to a run like any other."""

import threading
from collections.abc import Sequence

from harness.plugins.isolation.crew import Blueprint, Crew
from harness.plugins.isolation.crossing import laid_from
from harness.samples import RainSet, Sample


class IsolatedRainSet(RainSet):
    """Stands for a rain set that is built and asked in another process, one sample at a time.

    Args:
        blueprint: Of the rain set.
        seconds: That one call may take; None: as many as it likes.
        memory: GiB that its process may hold; None: see `Crew`.

    Raises:
        ConfigError: If its name or an option is wrong.
        ForeignError: If it cannot be built; the text is the cause.
    """

    def __init__(self, blueprint: Blueprint, seconds: float | None, memory: float | None) -> None:
        self._lock = threading.Lock()
        self._crew = Crew("rain-sets", blueprint, seconds, memory, lambda worker: None)
        known = self._crew.known
        self.name = blueprint.entry.name
        self._ids: list[str] = known["ids"]
        self.description, self.protocol = known["description"], known["protocol"]
        self.box_classes = _names(known["box_classes"])
        self.label_classes = _names(known["label_classes"])
        self.truths, self.notices = tuple(known["truths"]), tuple(known["notices"])
        self.has_clean = known["has_clean"]

    def ids(self) -> Sequence[str]:
        """Return what it said when it was built."""
        return self._ids

    def key(self, sample_id: str) -> str:
        """Ask in the process; see `RainSet.key`."""
        with self._lock, self._crew.working(sample_id) as worker:
            key: str = worker.ask("key", sample_id)
        return key

    def load(self, sample_id: str) -> Sample:
        """Have a sample loaded in the process; see `RainSet.load`.

        Raises:
            ForeignError: If that fails, or ends the process; the text is the cause.
        """
        with self._lock, self._crew.working(sample_id) as worker:
            sample = laid_from(worker.ask("load", sample_id)).take(worker.desk)
        self._crew.worked()
        return sample

    def close(self) -> None:
        """End the process."""
        self._crew.close()


def _names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
