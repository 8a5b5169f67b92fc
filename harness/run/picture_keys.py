"""Under which keys the pictures of a report are made, and which lie there under others."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from harness.images import slug
from harness.run.keys import Keys
from harness.run_folder.kept_images import Examples, drawn_path, restored_path
from harness.run_folder.picture_stamps import stamp_in, stamp_of
from harness.run_folder.previews import Previews, drawings_folder, preview_path
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


class StalePicture(NamedTuple):
    """A picture that was made under another key than this run makes it.

    Attributes:
        path: Of it.
        key: Under which this run makes it.
    """

    path: Path
    key: str

    def is_there(self) -> bool:
        """Return whether it still is; one without a stamp is of an older version, and stays."""
        return stamp_in(self.path) not in ("", stamp_of(self.key))


def shown_images(rain_set: str, examples: Examples, previews: Previews) -> frozenset[str]:
    """Return how the files are called of the images of which some picture lies there."""
    small = (previews.root / rain_set).rglob("*.webp")
    large = (examples.directory / rain_set).glob("*")
    return frozenset([*(path.stem for path in small), *(path.name for path in large)])


def stale_pictures(
    keys: PictureKeys,
    place: tuple[str, str, str],
    tasks: Collection[str],
    examples: Examples,
    previews: Previews,
) -> Iterator[StalePicture]:
    """Yield the pictures of an image and a derainer that were made under other keys.

    Args:
        keys: Of this run.
        place: The names of rain set, image and derainer.
        tasks: Those of the rain set.
        examples: The large ones.
        previews: The small ones.
    """
    rain_set, image, derainer = place
    folder = examples.directory / rain_set / slug(image)
    directory = previews.directory
    restored = [
        preview_path(directory, rain_set, derainer, image),
        restored_path(folder, derainer),
    ]
    of_key = {keys.restored(*place): restored}
    for task in tasks:
        small = drawings_folder(directory, rain_set, task, derainer) / f"{slug(image)}.webp"
        key = keys.drawn(*place, task)
        of_key[key] = [small, drawn_path(folder, task, derainer)]
    for key, paths in of_key.items():
        for stale in (StalePicture(path, key) for path in paths):
            if stale.is_there():
                yield stale
