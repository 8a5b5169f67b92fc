"""Under which keys the pictures of a report are made."""

from collections.abc import Mapping

from harness.run.keys import Keys
from harness.terms import Quantiser


class PictureKeys:
    """The keys of what a report shows of single images.

    Args:
        keys: Of the run.
        sample_keys: By rain set and image.
        quantiser: The run's.
    """

    def __init__(
        self, keys: Keys, sample_keys: Mapping[tuple[str, str], str], quantiser: Quantiser
    ) -> None:
        self._keys, self._sample_keys, self._quantiser = keys, sample_keys, quantiser

    def restored(self, rain_set: str, image: str, derainer: str) -> str:
        """Return the key of a restored image."""
        sample_key = self._sample_keys[rain_set, image]
        return self._keys.restored(sample_key, derainer, self._quantiser)

    def drawn(self, rain_set: str, image: str, derainer: str | None, task: str) -> str:
        """Return the key of what a task drew of its prediction, "" of the truth."""
        if derainer is None:
            return ""
        return self._keys.row(self._sample_keys[rain_set, image], rain_set, derainer, task)
