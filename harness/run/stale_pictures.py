"""Pictures of a report that lie there and were made under other keys than this run's."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from harness.images import slug
from harness.run.picture_folders import PictureFolders
from harness.run.picture_keys import PictureKeys
from harness.run_folder.kept_images import drawn_path, restored_path
from harness.run_folder.picture_stamps import stamp_in, stamp_of
from harness.run_folder.previews import drawings_folder, preview_path


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


def take_away(pictures: Iterable[StalePicture]) -> None:
    """Delete stale pictures, but for those that another process has made anew by now."""
    for one in pictures:
        if one.is_there():
            one.path.unlink(missing_ok=True)


def shown_images(rain_set: str, folders: PictureFolders) -> frozenset[str]:
    """Return how the files are called of the images of which some picture lies there."""
    small = (folders.previews.root / rain_set).rglob("*.webp")
    large = (folders.examples.directory / rain_set).glob("*")
    return frozenset([*(path.stem for path in small), *(path.name for path in large)])


def stale_pictures(
    keys: PictureKeys, place: tuple[str, str, str], tasks: Collection[str], folders: PictureFolders
) -> Iterator[StalePicture]:
    """Yield the pictures of an image and a derainer that were made under other keys.

    Args:
        keys: Of this run.
        place: The names of rain set, image and derainer.
        tasks: Those of the rain set.
        folders: Where pictures are kept.
    """
    for path, key in _pictures(keys, place, tasks, folders):
        stale = StalePicture(path, key)
        if stale.is_there():
            yield stale


def _pictures(
    keys: PictureKeys, place: tuple[str, str, str], tasks: Collection[str], folders: PictureFolders
) -> Iterator[tuple[Path, str]]:
    """Yield where the pictures of an image and a derainer lie, with their keys."""
    rain_set, image, derainer = place
    large = folders.examples.directory / rain_set / slug(image)
    directory = folders.previews.directory
    restored = keys.restored(*place)
    yield preview_path(directory, rain_set, derainer, image), restored
    yield restored_path(large, derainer), restored
    for task in tasks:
        drawn = keys.drawn(*place, task)
        small = drawings_folder(directory, rain_set, task, derainer)
        yield small / f"{slug(image)}.webp", drawn
        yield drawn_path(large, task, derainer), drawn
