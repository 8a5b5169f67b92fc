"""What is left to do: the plan compared with the rows and examples that are there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from harness.foreign_code import ForeignError
from harness.images import slug
from harness.run.finished import KeysDigest
from harness.run.keys import Keys
from harness.run.picture_folders import PictureFolders
from harness.run.picture_keys import PictureKeys
from harness.run.plan import OpenRainSet, Plan
from harness.run.stale_pictures import StalePicture, shown_images, stale_pictures
from harness.run_folder.kept_images import Examples
from harness.run_folder.records import Cell


@dataclass(frozen=True)
class ImageWork:
    """What is still to be done for one image.

    Attributes:
        image: The sample's id.
        sample_key: Its content key, "" if its files could not be digested.
        missing: For each derainer with work left, by name, the names of the tasks.
        error: Why the sample is unusable, "" if it may be loaded.
    """

    image: str
    sample_key: str
    missing: Mapping[str, Sequence[str]]
    error: str = ""


@dataclass
class Work:
    """The work that is left, and the keys of all rows of the run.

    Attributes:
        images: For each rain set the images with work left.
        row_keys: The key of every cell of the plan.
        examples: For each rain set, by name, the ids of the images that the report shows.
        contents: For each rain set, by name, a digest of the ids and keys of its images.
        sample_keys: By rain set and image.
        stale: Pictures of the report that were made under other keys than this run's.
    """

    images: list[tuple[OpenRainSet, list[ImageWork]]]
    row_keys: dict[Cell, str] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    sample_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    stale: list[StalePicture] = field(default_factory=list)

    @property
    def restorations(self) -> int:
        """How many restored images there are to judge."""
        return sum(len(image.missing) for _, images in self.images for image in images)


def find_work(
    plan: Plan, keys: Keys, finished: Mapping[Cell, str], folders: PictureFolders
) -> Work:
    """Compare the plan with what is there.

    Args:
        plan: What the run is made of.
        keys: Of its restored images and rows.
        finished: The keys of the rows that did not fail.
        folders: Where its pictures are kept.
    """
    work = Work([])
    judged = {(cell.rain_set, cell.image) for cell in finished}
    for rain_set in plan.rain_sets:
        of_set = _WorkOfSet(plan, keys, finished, folders, rain_set, judged, work)
        content, images = KeysDigest(), []
        for image in rain_set.ids:
            sample_key, error = _sample_key(rain_set, image)
            content.add(image, sample_key)
            missing = of_set.missing(image, sample_key)
            if missing:
                images.append(ImageWork(image, sample_key, missing, error))
        work.examples[rain_set.name] = sorted(of_set.chosen)
        work.images.append((rain_set, images))
        work.contents[rain_set.name] = content.hexdigest()
    return work


class _WorkOfSet:
    """Finds what is left of the images of a rain set, and notes in the work what it comes by.

    Attributes:
        chosen: The ids of the images that the report shows large.
    """

    def __init__(
        self,
        plan: Plan,
        keys: Keys,
        finished: Mapping[Cell, str],
        folders: PictureFolders,
        rain_set: OpenRainSet,
        judged: Collection[tuple[str, str]],
        work: Work,
    ) -> None:
        self.keys, self.finished, self.folders, self.work = keys, finished, folders, work
        self.name = rain_set.name
        self.tasks = [part.name for part in plan.tasks_for(self.name)]
        derainers = plan.derainers_for(self.name)
        self.derainers = [part.name for part in derainers]
        self.built = [part.name for part in derainers if part.built is not None]
        self.chosen = set(folders.examples.choose(rain_set.ids))
        self.lasting = _lasting_examples(rain_set, folders.examples, judged)
        self.shown = shown_images(self.name, folders)
        self.previewed = folders.previews.choose(rain_set.ids)
        self.picture_keys = PictureKeys(keys, work.sample_keys, plan.config.quantiser)

    def missing(self, image: str, sample_key: str) -> dict[str, list[str]]:
        """Return for each derainer with work left on an image the names of the tasks."""
        self.work.sample_keys[self.name, image] = sample_key
        missing = self._rows(image, sample_key)
        again = self._lost_example(image, missing) | self._stale(image)
        kept = self.folders.restored
        for derainer in self.built:
            if derainer in again or (kept and not kept.has(self.name, derainer, image)):
                missing[derainer] = self.tasks
        return {derainer: tasks for derainer, tasks in missing.items() if tasks}

    def _rows(self, image: str, sample_key: str) -> dict[str, list[str]]:
        """Return for each derainer the tasks of which the row is not there."""
        missing: dict[str, list[str]] = {derainer: [] for derainer in self.derainers}
        for derainer in self.derainers:
            for task in self.tasks:
                cell = Cell(self.name, derainer, task, image)
                key = self.keys.row(sample_key, self.name, derainer, task)
                self.work.row_keys[cell] = key
                if self.finished.get(cell) != key:
                    missing[derainer].append(task)
        return missing

    def _lost_example(self, image: str, missing: Mapping[str, Sequence[str]]) -> set[str]:
        """Return whose example of an image is to be made again; one that need not be goes."""
        if image not in self.chosen:
            return set()
        has = self.folders.examples.has
        lacking = {derainer for derainer in self.built if not has(self.name, image, derainer)}
        if image not in self.lasting and any(missing[name] != self.tasks for name in lacking):
            self.chosen.remove(image)
            return set()
        return lacking

    def _stale(self, image: str) -> set[str]:
        """Return whose pictures of an image are to be made again, as they are of another run."""
        if slug(image) not in self.shown:
            return set()
        of_derainers = {
            derainer: list(
                stale_pictures(
                    self.picture_keys, (self.name, image, derainer), self.tasks, self.folders
                )
            )
            for derainer in self.derainers
        }
        self.work.stale += [one for stale in of_derainers.values() for one in stale]
        if image not in self.previewed and image not in self.chosen:
            return set()
        return {derainer for derainer, stale in of_derainers.items() if stale}


def _lasting_examples(
    rain_set: OpenRainSet, examples: Examples, judged: Collection[tuple[str, str]]
) -> set[str]:
    """Return the images whose pictures are made again where they are lost.

    A run beyond the limit of this one shows others. Those that the limit alone brings in are
    shown where their pictures lie there or their rows are computed anyway: a narrower limit of a
    finished run computes nothing.

    Args:
        rain_set: Of the run.
        examples: Where the report's pictures are kept.
        judged: Names of rain sets with the images of which there is some row.
    """
    is_wider = any((rain_set.name, image) in judged for image in rain_set.beyond)
    return set(examples.choose([*rain_set.ids, *(rain_set.beyond if is_wider else ())]))


def _sample_key(rain_set: OpenRainSet, image: str) -> tuple[str, str]:
    try:
        key: object = rain_set.part.ask(lambda content: content.key(image))
    except ForeignError as unreadable:
        return "", str(unreadable)
    if isinstance(key, str) and key.isascii():
        return key, ""
    return "", f"{image}: its key is {key!r}: it must be a digest, in hexadecimal"
