"""A rain set composed of pictures and of any truths beside each other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.digests import digest_json
from harness.errors import SampleError
from harness.images import READING_VERSION
from harness.rain_sets.box_truth import BoxTruth
from harness.rain_sets.map_truths import DepthMaps, LabelMaps
from harness.rain_sets.scaling import scale_to
from harness.rain_sets.source_pictures import SourcePictures
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


@dataclass(frozen=True)
class Truths:
    """What is known of the pictures, each kind or none.

    Attributes:
        boxes: Of objects.
        label_maps: A class for each pixel.
        depth: Metres for each pixel.
    """

    boxes: BoxTruth | None = None
    label_maps: LabelMaps | None = None
    depth: DepthMaps | None = None

    def lost(self) -> dict[str, str]:
        """Return for each id that lacks one of them why."""
        found: dict[str, str] = {}
        for truth in (self.depth, self.label_maps, self.boxes):
            found.update(truth.lost if truth else {})
        return found


class ComposedRainSet(RainSet):
    """Pictures x truths: every layout of files is one of these.

    Args:
        name: As it stands in the tables.
        pictures: What is restored.
        truths: What is known of it; depth also places the rain that is drawn.
        max_side: The longer side of a sample, in pixels, at the most.
        description: A sentence for the report.

    Attributes:
        lost: For an id whose files are not all there, or do not go together, why.
    """

    def __init__(
        self,
        name: str,
        pictures: Pictures,
        truths: Truths | None = None,
        max_side: int | None = None,
        description: str = "",
    ) -> None:
        self.name = name
        self.description = description
        self.has_clean = pictures.has_clean
        self.pictures, self.known = pictures, truths or Truths()
        self.max_side = max_side
        boxes, label_maps = self.known.boxes, self.known.label_maps
        self.box_classes = boxes.classes if boxes else None
        self.label_classes = label_maps.table.classes if label_maps else None
        self.truths = ("depth",) if self.known.depth else ()
        self.protocol = f"max_side:{max_side}" if max_side else ""
        self.notices = pictures.notices + (boxes.notices if boxes else ())
        self.lost = {**pictures.lost, **self.known.lost()}
        self._ids = tuple(sorted({*pictures.sources, *self.lost}))

    def ids(self) -> Sequence[str]:
        """Return the ids of all samples, sorted; see `RainSet.ids`."""
        return self._ids

    def key(self, sample_id: str) -> str:
        """Return the digest of the files, the truths, the rain and the scale; see `RainSet.key`."""
        source = self._source(sample_id)
        known = self.known
        facts: dict[str, object] = {
            "files": source.digests(),
            "clean side": source.clean_side,
            "rain": source.rain_facts(),
            "boxes": known.boxes.facts(sample_id) if known.boxes else None,
            "labels": known.label_maps.facts(sample_id) if known.label_maps else None,
            "depth": known.depth.facts(sample_id) if known.depth else None,
            "max side": self.max_side,
        }
        return digest_json(["composed", READING_VERSION, facts])

    def load(self, sample_id: str) -> Sample:
        """Decode the files, make them smaller and draw the rain, if any; see `RainSet.load`."""
        source = self._source(sample_id)
        opened = source.read()
        picture, path, known = opened.picture, source.path, self.known
        boxes = known.boxes.read(sample_id, path, picture) if known.boxes else None
        labels = known.label_maps.read(sample_id, path, picture) if known.label_maps else None
        depth = known.depth.read(sample_id, path, picture) if known.depth else None
        scale = scale_to(self.max_side, *picture.pixels.shape[:2])
        if scale is not None:
            boxes = scale.boxes(boxes) if boxes is not None else None
            labels = scale.label_map(labels) if labels is not None else None
            depth = scale.depth(depth) if depth is not None else None
        rainy, clean, notes = source.complete(opened, scale, depth)
        others = {"depth": depth} if depth is not None else {}
        return Sample(sample_id, rainy, clean, boxes, labels, others, notes)

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
