"""How samples and rain sets cross between the run and the process of an isolated part."""

import pickle
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.errors import SampleError
from harness.foreign_code import cause_of, outcome
from harness.plugins.isolation.desk import Desk, Place, places_of
from harness.samples import Boxes, RainSet, Sample

PLAIN_NUMBERS = "biufc"
"""Kinds of NumPy's types that mean the same in every process."""

LARGEST_ELEMENT = 4
"""Bytes that a value of a restored picture takes at the most."""


class Laid(NamedTuple):
    """A sample that lies on a desk.

    Attributes:
        image: Its id.
        notes: See `Sample`.
        pictures: The places of what it has of ``rainy``, ``clean`` and ``label_map``.
        boxes: Those of its boxes' arrays, empty where it has none.
        truths: Those of its other truths.
    """

    image: str
    notes: tuple[str, ...]
    pictures: dict[str, Place]
    boxes: list[Place]
    truths: dict[str, Place]

    def take(self, desk: Desk) -> Sample:
        """Return the sample, in memory of its own."""
        pictures: dict[str, Any] = {name: desk.take(place) for name, place in self.pictures.items()}
        boxes: list[Any] = [desk.take(place) for place in self.boxes]
        truths = {name: desk.take(place) for name, place in self.truths.items()}
        return Sample(
            self.image,
            **pictures,
            boxes=Boxes(*boxes) if boxes else None,
            truths=truths,
            notes=self.notes,
        )


def as_json(laid: Laid) -> dict[str, Any]:
    """Return where a sample lies, of JSON types."""
    return {
        "image": laid.image,
        "notes": list(laid.notes),
        "pictures": {name: place_as_json(place) for name, place in laid.pictures.items()},
        "boxes": [place_as_json(place) for place in laid.boxes],
        "truths": {name: place_as_json(place) for name, place in laid.truths.items()},
    }


def laid_from(known: Mapping[str, Any]) -> Laid:
    """Return where a sample lies, as `as_json` wrote it in another process.

    Raises:
        SampleError: If an array is not of plain numbers.
    """
    return Laid(
        known["image"],
        tuple(known["notes"]),
        {name: place_from(place) for name, place in known["pictures"].items()},
        [place_from(place) for place in known["boxes"]],
        {name: place_from(place) for name, place in known["truths"].items()},
    )


def place_as_json(place: Place) -> list[Any]:
    """Return a place of JSON types."""
    return [list(place.shape), place.dtype.str, place.start]


def place_from(known: Sequence[Any]) -> Place:
    """Return a place that another process named.

    Raises:
        SampleError: If what lies there are no plain numbers: bytes of a foreign process are not
            read as addresses.
    """
    shape, kind, start = known
    return Place(tuple(map(int, shape)), _plain(kind), int(start))


def _plain(kind: object) -> np.dtype[Any]:
    dtype = np.dtype(str(kind))
    if dtype.kind not in PLAIN_NUMBERS:
        raise SampleError(f"its process gave an array of {dtype}: give one of plain numbers")
    return dtype


def lay(desk: Desk, samples: Sequence[Sample], whole: bool) -> list[Laid]:
    """Lay samples on a desk, where their restored pictures will have room too.

    Args:
        desk: Of the process.
        samples: What is to be restored.
        whole: With all that is known of them; otherwise the rainy picture alone.
    """
    return lay_beside(desk, [], samples, whole)[1]


def lay_beside(
    desk: Desk, arrays: Sequence[npt.NDArray[Any]], samples: Sequence[Sample], whole: bool = True
) -> tuple[list[Place], list[Laid]]:
    """Lay arrays on a desk, and samples as `lay` does."""
    kinds = ("rainy", "clean", "label_map") if whole else ("rainy",)
    pictures = [{kind: getattr(sample, kind) for kind in kinds} for sample in samples]
    boxes = [
        list(vars(sample.boxes).values()) if whole and sample.boxes is not None else []
        for sample in samples
    ]
    truths = [dict(sample.truths) if whole else {} for sample in samples]
    of_samples = [
        array
        for some, four, others in zip(pictures, boxes, truths, strict=True)
        for array in (*some.values(), *four, *others.values())
        if array is not None
    ]
    room = sum(LARGEST_ELEMENT * sample.rainy.size + 64 for sample in samples)
    places = iter(desk.put([*arrays, *of_samples], room))
    of_arrays = [next(places) for _ in arrays]
    return of_arrays, [
        Laid(
            sample.id,
            tuple(sample.notes),
            {kind: next(places) for kind, array in some.items() if array is not None},
            [next(places) for _ in four],
            {name: next(places) for name in others},
        )
        for sample, some, four, others in zip(samples, pictures, boxes, truths, strict=True)
    ]


def restored_places(samples: Sequence[Sample], types: Sequence[str]) -> list[Place]:
    """Return where the restored pictures of samples lie, (3, H, W) each, by their types."""
    return places_of(
        [
            ((3, *sample.rainy.shape[:2]), _plain(kind))
            for sample, kind in zip(samples, types, strict=True)
        ]
    )


class SentRainSet:
    """A rain set on its way: itself where it can be pickled, else what is known of it.

    It goes from the run to the process of a derainer, and never back.

    Args:
        rain_set: As the run has it.
    """

    def __init__(self, rain_set: RainSet) -> None:
        pickled, error = outcome(lambda: pickle.dumps(rain_set))
        self._pickled = pickled
        cause = "" if error is None else cause_of(error)
        self._known = KnownRainSet(rain_set, cause)

    def received(self) -> RainSet:
        """Return the rain set in the other process."""
        pickled = self._pickled
        if pickled is None:
            return self._known
        rain_set, error = outcome(lambda: pickle.loads(pickled))
        if isinstance(rain_set, RainSet):
            return rain_set
        self._known.cause = cause_of(error) if error is not None else "pickle made another thing"
        return self._known


class KnownRainSet(RainSet):
    """What is known of a rain set, which itself is in another process.

    Args:
        rain_set: It.
        cause: Why it could not come.
    """

    def __init__(self, rain_set: RainSet, cause: str) -> None:
        self.name = str(rain_set.name)
        self.description = str(rain_set.description)
        self.box_classes, self.label_classes = rain_set.box_classes, rain_set.label_classes
        self.truths, self.has_clean = rain_set.truths, rain_set.has_clean
        self.is_rendered = rain_set.is_rendered
        self.protocol = str(rain_set.protocol)
        self.cause = cause
        self._ids = [str(one) for one in rain_set.ids()]

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples."""
        return self._ids

    def key(self, sample_id: str) -> str:
        """Refuse; see `load`."""
        raise SampleError(self._why(sample_id))

    def load(self, sample_id: str) -> Sample:
        """Refuse.

        Raises:
            SampleError: Always; the rain set is in the run's process alone.
        """
        raise SampleError(self._why(sample_id))

    def _why(self, sample_id: str) -> str:
        return (
            f"{self.name}: {sample_id} cannot be had in the process of an isolated derainer, where "
            f"the rain set does not go ({self.cause}); make it one that pickle takes"
        )
