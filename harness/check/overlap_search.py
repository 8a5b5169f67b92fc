"""Pictures of a run's rain sets among those of another set, which weights may have learned from."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.check.findings import Findings
from harness.check.known_pictures import Found, KnownPictures
from harness.check.reading import loaded_images
from harness.device import Device
from harness.digests import digest_arrays
from harness.progress import ProgressReporter
from harness.run.plan import OpenRainSet, Plan
from harness.run_folder.overlaps import Overlap, Overlaps
from harness.samples import ImageArray, Sample
from harness.wording import counted, some_of

MOST_SHOWN = 10
"""Pictures that are named with where they were found."""


class Sought(NamedTuple):
    """What came of looking for a rain set's pictures.

    Attributes:
        rain_set: Its name.
        images: How many different pictures were sought.
        found: By id, where each is.
    """

    rain_set: str
    images: int
    found: dict[str, Found]


def gather(plan: Plan, device: Device, progress: ProgressReporter) -> KnownPictures:
    """Return all pictures of the sets that weights may have learned from.

    Args:
        plan: Of these sets.
        device: Whose threads decode.
        progress: Tells the user.
    """
    known = KnownPictures()
    for rain_set in plan.rain_sets:
        progress.say(f"reading {counted(len(rain_set.ids), 'picture')} of {rain_set.name}")
        for image, picture in _pictures(rain_set, device):
            known.add(image, picture)
    return known


def sought(
    rain_set: OpenRainSet, known: KnownPictures, device: Device, progress: ProgressReporter
) -> Sought:
    """Look for each picture of a rain set among known ones.

    Args:
        rain_set: Of the run.
        known: As `gather` returns them.
        device: Whose threads decode.
        progress: Tells the user.
    """
    found: dict[str, Found] = {}
    images = 0
    with progress.counting(len(rain_set.ids), "images sought"):
        for image, picture in _pictures(rain_set, device):
            one = known.find(picture)
            images += 1
            if one is not None:
                found[image] = one
            progress.step(f"{rain_set.name} among {len(known.names)} known pictures")
    return Sought(rain_set.name, images, found)


def _pictures(rain_set: OpenRainSet, device: Device) -> Iterator[tuple[str, ImageArray]]:
    """Yield the clean picture of each sample, else the rainy one; each picture once."""
    taken: set[str] = set()
    for loaded in loaded_images(rain_set, device):
        if loaded.sample is None:
            continue
        picture = _scene(loaded.sample)
        digest = digest_arrays(picture)
        if digest not in taken:
            taken.add(digest)
            yield loaded.work.image, picture


def _scene(sample: Sample) -> ImageArray:
    return sample.rainy if sample.clean is None else sample.clean


def overlap_findings(results: list[Sought], known: KnownPictures, against: str) -> Findings:
    """Return what was found.

    Args:
        results: Of each rain set.
        known: The pictures among which they were sought.
        against: The name of their set.
    """
    found = Findings(f"pictures of {against}")
    plain = known.too_plain()
    found.say("known", counted(len(known.names), "different picture"))
    if plain:
        found.say("known", f"{len(plain)} too plain to be found again: {some_of(plain)}", "note")
    for one in results:
        number = f"{len(one.found)} of {one.images}"
        found.say(one.rain_set, f"{number} are in {against}", "wrong" if one.found else "")
        shown = list(one.found.items())[:MOST_SHOWN]
        for image, where in shown:
            found.say(one.rain_set, f"{image} is in {where.name} ({where.how})", "wrong")
        if len(one.found) > len(shown):
            found.say(one.rain_set, f"and {len(one.found) - len(shown)} more", "wrong")
    return found


def as_overlaps(results: list[Sought], against: str) -> Overlaps:
    """Return what was found as a run's folder keeps it."""
    return Overlaps(
        overlaps=tuple(
            Overlap(rain_set=one.rain_set, against=against, found=len(one.found), images=one.images)
            for one in results
        )
    )
