"""The keys under which finished work is found again."""

from harness.derainer import Derainer, Quantiser
from harness.digests import digest_json
from harness.run.plan import Part, Plan
from harness.task import Task

KEY_VERSION = 2
"""Raised when the pipeline itself would give another row, or other columns, for the same parts."""


class Keys:
    """The keys under which finished work is found again.

    A key depends on content and settings alone: not on the process, the position or the path.
    Whether ``tile: auto`` finds the memory for a whole image is in no key either: the row notes
    it. Tiles that the configuration asks for, or forbids, are.
    """

    def __init__(self, plan: Plan) -> None:
        config = plan.config
        self._config = config
        self._settings: list[object] = [config.precision]
        if config.tile != "auto":
            self._settings += [config.tile, config.tile_overlap]
        self._derainers = {part.name: _fingerprint(part) for part in plan.derainers}
        self._tasks = {part.name: _fingerprint(part) for part in plan.tasks}

    def restored(self, sample_key: str, derainer: str, quantiser: Quantiser) -> str:
        """Return the key of a restored image in 8 bits."""
        fingerprint = self._derainers[derainer]
        return digest_json([KEY_VERSION, quantiser, *self._settings, sample_key, fingerprint])

    def row(self, sample_key: str, derainer: str, task: str) -> str:
        """Return the key of a row."""
        restored = self.restored(sample_key, derainer, self._config.quantiser_of(task))
        return digest_json([restored, self._tasks[task]])


def _fingerprint(part: Part[Derainer] | Part[Task]) -> str:
    return part.built.fingerprint() if part.built is not None else f"not built: {part.error}"
