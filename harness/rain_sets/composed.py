"""A rain set composed of pictures and of any truths beside each other."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import SampleError
from harness.images import read_size
from harness.opened_pictures import DECODING_BYTES, RUN_BYTES, refuse_too_large
from harness.rain_sets.cropping import cropped
from harness.rain_sets.sample_keys import composed_key, key_before_composing
from harness.rain_sets.scaling import scale_to
from harness.rain_sets.source_pictures import SourcePictures
from harness.rain_sets.truths import Truths
from harness.samples import RainSet, Sample


@dataclass(frozen=True)
class Pictures:
    """The pictures of a rain set.

    Attributes:
        sources: By sample id.
        has_clean: Whether each has its clean one.
        lost: For an id without its pictures, why.
        notices: What a reader of the figures must know.
    """

    sources: Mapping[str, SourcePictures]
    has_clean: bool
    lost: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


class ComposedRainSet(RainSet):
    """Pictures x truths: every layout of files is one of these.

    Args:
        name: As it stands in the tables.
        pictures: What is restored.
        truths: What is known of it; depth also places the rain that is drawn.
        max_side: The longer side of a sample, in pixels, at the most.
        crop_multiple: A sample's sides are cut to multiples of so many pixels.
        description: A sentence for the report.

    Attributes:
        keeps_older_keys: Whether samples with at most one kind of truth, of which nothing is
            changed, have the keys from before sets were composed.
        lost: For an id whose files are not all there, or do not go together, why.
    """

    keeps_older_keys: bool = False

    def __init__(
        self,
        name: str,
        pictures: Pictures,
        truths: Truths | None = None,
        max_side: int | None = None,
        crop_multiple: int | None = None,
        description: str = "",
    ) -> None:
        self.name = name
        self.description = description
        self.has_clean = pictures.has_clean
        self.pictures, self.known = pictures, truths or Truths()
        self.max_side, self.crop_multiple = max_side, crop_multiple
        boxes, label_maps = self.known.boxes, self.known.label_maps
        self.box_classes = boxes.classes if boxes else None
        self.label_classes = label_maps.table.classes if label_maps else None
        self.truths = ("depth",) if self.known.depth else ()
        self.protocol = self._protocol()
        self.notices = (
            *pictures.notices,
            *(boxes.notices if boxes else ()),
            *_alike(self.box_classes or ()),
            *_alike(self.label_classes or ()),
        )
        self.lost = {**pictures.lost, **self.known.lost()}
        self._ids = tuple(sorted({*pictures.sources, *self.lost}))

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted; see `RainSet.ids`."""
        return self._ids

    def key(self, sample_id: str) -> str:
        """Return the digest of the files, the truths, the rain and the scale; see `RainSet.key`."""
        source = self._source(sample_id)
        is_unchanged = self.max_side is None and self.crop_multiple is None
        if self.keeps_older_keys and is_unchanged and self.known.are_of_one_kind():
            return key_before_composing(source, self.known)
        changes: dict[str, object] = {"max side": self.max_side}
        if self.crop_multiple is not None:
            changes["crop multiple"] = self.crop_multiple
        return composed_key(source, self.known, changes)

    def pixels(self, sample_id: str) -> int | None:
        """Return what the picture's header and `max_side` say; see `RainSet.pixels`."""
        height, width = read_size(self._source(sample_id).path)
        scale = scale_to(self.max_side, height, width)
        return height * width if scale is None else scale.after[0] * scale.after[1]

    def load(self, sample_id: str) -> Sample:
        """Decode the files, scale, draw the rain and crop, where asked to; see `RainSet.load`."""
        source = self._source(sample_id)
        opened = source.read(RUN_BYTES if self.max_side is None else DECODING_BYTES)
        picture, path, known = opened.picture, source.path, self.known
        boxes = known.boxes.read(sample_id, path, picture) if known.boxes else None
        labels = known.label_maps.read(sample_id, path, picture) if known.label_maps else None
        depth = known.depth.read(sample_id, path, picture) if known.depth else None
        scale = scale_to(self.max_side, *picture.pixels.shape[:2])
        if scale is not None:
            height, width = scale.after
            refuse_too_large(str(path), width, height, RUN_BYTES)
            boxes = scale.boxes(boxes) if boxes is not None else None
            labels = scale.label_map(labels) if labels is not None else None
            depth = scale.depth(depth) if depth is not None else None
        rainy, clean, notes = source.complete(opened, scale, depth)
        others = {"depth": depth} if depth is not None else {}
        sample = Sample(sample_id, rainy, clean, boxes, labels, others, notes)
        return sample if self.crop_multiple is None else cropped(sample, self.crop_multiple)

    def versions(self) -> Mapping[str, Sequence[str]]:
        """Return for each sample the ids of the other rainy images of its clean one."""
        by_clean: dict[Path, list[str]] = defaultdict(list)
        for sample_id, source in self.pictures.sources.items():
            if source.clean_path is not None:
                by_clean[source.clean_path].append(sample_id)
        return {
            sample_id: tuple(other for other in together if other != sample_id)
            for together in by_clean.values()
            for sample_id in together
        }

    def _protocol(self) -> str:
        sources = self.pictures.sources.values()
        stated = {
            "max_side": self.max_side,
            "crop_multiple": self.crop_multiple,
            "rain": next((one.rain.protocol for one in sources if one.rain), None),
        }
        return "|".join(f"{key}:{value}" for key, value in stated.items() if value is not None)

    def _source(self, sample_id: str) -> SourcePictures:
        """Return the pictures of a sample whose truths are all there.

        Raises:
            SampleError: If there is no such sample, or a part of it is missing.
        """
        if sample_id in self.lost:
            raise SampleError(self.lost[sample_id])
        if sample_id not in self.pictures.sources:
            raise SampleError(f"{self.name}: no sample has the id {sample_id!r}")
        return self.pictures.sources[sample_id]


def _alike(classes: Sequence[str]) -> Iterator[str]:
    """Yield a line for each name that several classes have but for case and blanks."""
    by_plain: dict[str, list[str]] = defaultdict(list)
    for one in classes:
        by_plain["".join(one.split()).casefold()].append(one)
    for names in by_plain.values():
        if len(names) > 1:
            shown = ", ".join(map(repr, names))
            yield f"the classes {shown} differ in case or blanks alone and count as {len(names)}"
