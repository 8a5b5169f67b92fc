"""What is left to do: the plan compared with the rows and examples that are there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from harness.foreign_code import ForeignError
from harness.images import slug
from harness.run.finished import KeysDigest
from harness.run.keys import Keys
from harness.run.picture_keys import PictureKeys, StalePicture, shown_images, stale_pictures
from harness.run.plan import OpenRainSet, Plan
from harness.run_folder.kept_images import Examples, RestoredImages
from harness.run_folder.previews import Previews
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
    plan: Plan,
    keys: Keys,
    finished: Mapping[Cell, str],
    examples: Examples,
    previews: Previews,
    kept: RestoredImages | None = None,
) -> Work:
    """Compare the plan with what is there.

    Args:
        plan: What the run is made of.
        keys: Of its restored images and rows.
        finished: The keys of the rows that did not fail.
        examples: Where the report's pictures are kept.
        previews: Where the small ones are.
        kept: Where every restored image is to be kept, None where the run keeps only examples.
    """
    work = Work([])
    picture_keys = PictureKeys(keys, work.sample_keys, plan.config.quantiser)
    judged = {(cell.rain_set, cell.image) for cell in finished}
    for rain_set in plan.rain_sets:
        tasks = [part.name for part in plan.tasks_for(rain_set.name)]
        derainers = plan.derainers_for(rain_set.name)
        built = [part.name for part in derainers if part.built is not None]
        chosen = set(examples.choose(rain_set.ids))
        lasting = _lasting_examples(rain_set, examples, judged)
        shown = shown_images(rain_set.name, examples, previews)
        wanted = previews.choose(rain_set.ids)
        images, content = [], KeysDigest()
        for image in rain_set.ids:
            sample_key, error = _sample_key(rain_set, image)
            content.add(image, sample_key)
            work.sample_keys[rain_set.name, image] = sample_key
            missing: dict[str, list[str]] = {part.name: [] for part in derainers}
            for derainer in derainers:
                for task in tasks:
                    cell = Cell(rain_set.name, derainer.name, task, image)
                    key = keys.row(sample_key, rain_set.name, derainer.name, task)
                    work.row_keys[cell] = key
                    if finished.get(cell) != key:
                        missing[derainer.name].append(task)
            lacking = {
                name
                for name in (built if image in chosen else ())
                if not examples.has(rain_set.name, image, name)
            }
            if image not in lasting and any(missing[name] != tasks for name in lacking):
                chosen.remove(image)
                lacking = set()
            for name in (part.name for part in derainers if slug(image) in shown):
                place = (rain_set.name, image, name)
                stale = list(stale_pictures(picture_keys, place, tasks, examples, previews))
                work.stale += stale
                if stale and name in built and (image in wanted or image in chosen):
                    missing[name] = tasks
            for name in built:
                if name in lacking or (kept and not kept.has(rain_set.name, name, image)):
                    missing[name] = tasks
            if any(missing.values()):
                left = {name: of_tasks for name, of_tasks in missing.items() if of_tasks}
                images.append(ImageWork(image, sample_key, left, error))
        work.examples[rain_set.name] = sorted(chosen)
        work.images.append((rain_set, images))
        work.contents[rain_set.name] = content.hexdigest()
    return work


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
