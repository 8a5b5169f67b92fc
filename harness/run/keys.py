"""The keys under which finished work is found again."""

from typing import Any

from harness.digests import digest_json
from harness.foreign_code import ForeignError
from harness.plugins.parts import Part
from harness.run.plan import Plan
from harness.terms import Quantiser

RESTORED_VERSION = 2
"""Raised when a run itself would make another picture of the same parts."""

ROW_VERSION = 1
"""Raised when a run itself would make another row, or other columns, of the same picture."""


class Keys:
    """The keys of a run's restored images and rows.

    A key depends on content and settings alone: not on the process, the position or the path.
    Whether ``tile: auto`` finds the memory for a whole image is in no key either: the row notes
    it. Tiles that the configuration asks for, or forbids, are.
    """

    def __init__(self, plan: Plan) -> None:
        config = plan.config
        self._config = config
        self._read = plan.read
        self._settings: list[object] = [config.precision]
        if config.tile != "auto":
            self._settings += [config.tile, config.tile_overlap]
        self._derainers = {part.name: _fingerprint(part) for part in plan.derainers}
        self._tasks = {part.name: _fingerprint(part) for part in plan.tasks}

    def restored(self, sample_key: str, derainer: str, quantiser: Quantiser) -> str:
        """Return the key of a restored image in 8 bits.

        Args:
            sample_key: Of the image; see `RainSet.key`.
            derainer: Its name.
            quantiser: How it became 8 bits.
        """
        fingerprint = self._derainers[derainer]
        return digest_json([RESTORED_VERSION, quantiser, *self._settings, sample_key, fingerprint])

    def row(self, sample_key: str, rain_set: str, derainer: str, task: str) -> str:
        """Return the key of a row, by the names of its cell."""
        restored = self.restored(sample_key, derainer, self._config.quantiser_of(task))
        read = self._read.get((rain_set, task), "")
        return digest_json([ROW_VERSION, restored, self._tasks[task], read])


def _fingerprint(part: Part[Any]) -> str:
    """Return what determines the pixels or rows of a part; one that cannot say is given up."""
    if part.built is not None:
        try:
            return part.ask(lambda built: str(built.fingerprint()))
        except ForeignError as error:  # it could when it was built
            part.give_up(f"fingerprint() raised {error}")
    return f"not built: {part.error}"
