"""The layout ``files``: pictures and truths as they lie in a folder, put together by options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import DirectoryPath, Field

from harness.errors import ConfigError
from harness.rain_sets.annotated_images import AnnotatedImage
from harness.rain_sets.bdd100k_boxes import read_bdd100k
from harness.rain_sets.box_truth import BoxTruth, left_out_notice, under_names, wanted_names
from harness.rain_sets.coco_annotations import read_coco
from harness.rain_sets.composed import ComposedRainSet, Pictures
from harness.rain_sets.filed_pictures import (
    FiledPictures,
    halves_in_files,
    pairs_in_files,
    pictures_in_files,
)
from harness.rain_sets.files import check_folder
from harness.rain_sets.instance_maps import InstanceMaps
from harness.rain_sets.known_classes import CITYSCAPES_DETECTED, CITYSCAPES_INSTANCES
from harness.rain_sets.label_classes import label_table
from harness.rain_sets.layout_options import (
    BoxesOptions,
    DepthOptions,
    LabelMapsOptions,
    PicturesOptions,
    TruthsOptions,
)
from harness.rain_sets.map_truths import DepthMaps, LabelMaps
from harness.rain_sets.matching import Partners, Roles, find_partners
from harness.rain_sets.name_patterns import NamePattern
from harness.rain_sets.picture_annotations import (
    WhatIsSpare,
    assign_by_file_name,
    boxes_in_files,
    boxes_in_one_file,
    truth_of,
)
from harness.rain_sets.selection import Choice, Chosen, Every, Selectable, part_notices, selected
from harness.rain_sets.truths import Truths
from harness.rain_sets.voc_boxes import read_voc
from harness.rain_sets.yolo_boxes import read_names, read_yolo, without_names_file
from harness.spelling import plain

Value = TypeVar("Value")

MaxSide = Annotated[int, Field(ge=32)]
CropMultiple = Annotated[int, Field(ge=2, le=256)]


class FilesRainSet(ComposedRainSet):
    """Any pictures with any truths beside each other, found by name below one folder.

    Args:
        name: As it stands in the tables.
        root: The folder that all patterns and files refer to.
        pictures: A pattern of rainy ones, or more; see `PicturesOptions`. The id of a sample is
            the name of its rainy file (of the clean one that rain is drawn on) without the
            extension.
        truths: What is known of them; see `TruthsOptions`. Depth also places drawn rain.
        only: The pictures that count: patterns of ids or files, or values by the name of an
            attribute that the annotations give.
        exclude: Those that do not, likewise.
        every: Of what is left, the first, and from it on every so manieth in the order of ids.
        max_side: Makes pictures and truths smaller, to a longer side of so many pixels at most.
        crop_multiple: Cuts their right and lower side to multiples of so many pixels, for
            networks that restore no others.
        spare_truth: Pass over truths and clean images without their picture; otherwise each is an
            id that fails to load.
        spare_pictures: Pass over pictures without one of the truths; otherwise each is an id that
            fails to load.
        follow_links: Let links lead out of ``root``.
        description: A sentence for the report.

    Raises:
        ConfigError: If the folder is missing, a pattern matches nothing, an annotation file is
            unusable, or options contradict each other.
    """

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        pictures: PicturesOptions,
        truths: TruthsOptions | None = None,
        only: Choice | None = None,
        exclude: Choice | None = None,
        every: Every | None = None,
        max_side: MaxSide | None = None,
        crop_multiple: CropMultiple | None = None,
        spare_truth: bool = False,
        spare_pictures: bool = False,
        follow_links: bool = False,
        description: str = "",
    ) -> None:
        check_folder(name, root)
        wanted = truths or TruthsOptions()
        search = _Search(name, root, WhatIsSpare(spare_truth, spare_pictures), follow_links)
        filed = search.pictures(pictures)
        known = Truths(
            search.boxes(filed, wanted.boxes) if wanted.boxes else None,
            search.label_maps(filed, wanted.label_maps) if wanted.label_maps else None,
            search.depth(filed, wanted.depth) if wanted.depth else None,
        )
        content = filed.pictures()
        if spare_pictures:
            content = _with_all_truths(content, known)
        if only is not None or exclude is not None or every is not None:
            content, known = _part(name, filed, content, known, Chosen(only, exclude, every))
        super().__init__(name, content, known, max_side, crop_multiple, description)


@dataclass(frozen=True)
class _Search:
    """Finds the files of a set.

    Attributes:
        name: Of the set.
        root: Its folder.
        spare: What is passed over.
        follow_links: Let links lead out of the folder.
    """

    name: str
    root: Path
    spare: WhatIsSpare
    follow_links: bool

    def pictures(self, options: PicturesOptions) -> FiledPictures:
        name, root, links = self.name, self.root, self.follow_links
        if options.side_by_side is not None and options.clean_side is not None:
            return halves_in_files(name, root, options.side_by_side, options.clean_side, links)
        if options.rainy is not None and options.clean is not None:
            return pairs_in_files(
                name, root, options.rainy, options.clean, self.spare.truths, links
            )
        pattern = options.rainy or options.clean or ""
        return pictures_in_files(name, root, pattern, options.drawn(), links)

    def boxes(self, filed: FiledPictures, options: BoxesOptions) -> BoxTruth | InstanceMaps:
        if options.cityscapes is not None:
            return self._instances(filed, options.cityscapes, options)
        truth = self._stated_boxes(filed, options)
        if truth.lost and not truth.images:
            first, *others = truth.lost.values()
            more = f" (and {len(others)} more)" * bool(others)
            raise ConfigError(f"{self.name}: no annotation of any picture is of use; {first}{more}")
        if options.classes is None and options.rename is None:
            return truth
        return under_names(truth, self._wanted(truth.source, truth.classes, options))

    def _wanted(self, source: Path, known: Sequence[str], options: BoxesOptions) -> dict[str, str]:
        return wanted_names(
            self.name, source, known, options.classes, options.rename, options.rename_may_miss
        )

    def _instances(self, filed: FiledPictures, pattern: str, options: BoxesOptions) -> InstanceMaps:
        found = self._partners(filed, pattern, Roles("picture", "instance map"))
        known = tuple(CITYSCAPES_INSTANCES) if options.classes else CITYSCAPES_DETECTED
        wanted = self._wanted(self.root / pattern, known, options)
        notices = left_out_notice(CITYSCAPES_DETECTED, wanted)
        classes = tuple(dict.fromkeys(wanted.values()))
        return InstanceMaps(classes, wanted, found.paths, found.lost, notices)

    def _stated_boxes(self, filed: FiledPictures, options: BoxesOptions) -> BoxTruth:
        if options.coco is not None:
            path = self._file(options.coco)
            content = read_coco(self.name, path)
            entries = list(content.images.values())
            truth = self._one_file(filed, options, path, entries, content.classes)
            return replace(truth, notices=truth.notices + content.notices)
        if options.bdd100k is not None:
            path = self._file(options.bdd100k)
            frames = dict(enumerate(read_bdd100k(self.name, path)))
            stated = truth_of({f"{number:09d}": one for number, one in frames.items()}, path, {})
            return self._one_file(
                filed, options, path, list(stated.images.values()), stated.classes
            )
        files = partial(
            boxes_in_files,
            self.name,
            filed.mains,
            spare=self.spare,
            missing_is_empty=options.missing_is_empty,
            follow_links=self.follow_links,
        )
        if options.voc is not None:
            read = partial(
                read_voc, first_pixel=options.first_pixel, check_sizes=options.check_sizes
            )
            return files(_annotation_pattern(options.voc, ".xml"), read)
        names = (
            read_names(self.name, self._file(options.names))
            if isinstance(options.names, str)
            else dict(enumerate(map(plain, options.names or ())))
        )
        classes = [names[number] for number in sorted(names)]
        truth = files(
            _annotation_pattern(options.yolo or "", ".txt"),
            partial(read_yolo, names=names),
            classes=classes,
        )
        twice = sorted({one for one in classes if classes.count(one) > 1})
        truth = replace(truth, lost=without_names_file(truth.lost, truth.source))
        notice = f"several of the names are {', '.join(twice)} and count as one class each"
        return replace(truth, notices=truth.notices + (notice,) * bool(twice))

    def _one_file(
        self,
        filed: FiledPictures,
        options: BoxesOptions,
        path: Path,
        entries: Sequence[AnnotatedImage],
        classes: tuple[str, ...],
    ) -> BoxTruth:
        named = NamePattern(options.named) if options.named is not None else None
        file_names = [one.file_name for one in entries]
        assigned = assign_by_file_name(self.name, filed.mains, file_names, path, self.spare, named)
        return boxes_in_one_file(assigned, entries, classes, path)

    def label_maps(self, filed: FiledPictures, options: LabelMapsOptions) -> LabelMaps:
        table = label_table(self.name, self.root, options)
        found = self._partners(filed, options.files, Roles("picture", "label map"))
        return LabelMaps(table, found.paths, found.lost)

    def depth(self, filed: FiledPictures, options: DepthOptions) -> DepthMaps:
        found = self._partners(filed, options.files, Roles("picture", "depth map"))
        return DepthMaps(found.paths, options.metres, options.far, found.lost)

    def _partners(self, filed: FiledPictures, pattern: str, roles: Roles) -> Partners:
        found = find_partners(
            self.name,
            filed.mains,
            NamePattern(pattern),
            roles,
            self.spare.truths,
            mains_may_be_spare=self.spare.pictures,
            follow_links=self.follow_links,
        )
        filed.others.append(found.found)
        return found

    def _file(self, stated: str) -> Path:
        path = self.root / Path(stated).expanduser()
        if not path.is_file():
            raise ConfigError(f"{self.name}: {path} does not exist (files are relative to `root`)")
        return path


def _annotation_pattern(text: str, suffix: str) -> NamePattern:
    """Return the pattern of annotation files, whose extension is known where it is left open."""
    pattern = NamePattern(text)
    if not pattern.suffix_is_free:
        return pattern
    stem = text[: -len(".*")] if text.endswith(".*") else text
    return NamePattern(f"{stem}{suffix}")


def _with_all_truths(content: Pictures, known: Truths) -> Pictures:
    """Leave out the pictures of which a truth says nothing, and say how many they are."""
    told: list[set[str]] = []
    if known.boxes:
        told.append(known.boxes.ids())
    told += [{*one.paths, *one.lost} for one in (known.label_maps, known.depth) if one]
    without = {one for one in content.sources if any(one not in ids for ids in told)}
    if not without:
        return content
    sources = {one: source for one, source in content.sources.items() if one not in without}
    notice = f"{len(without)} pictures passed over, of which a truth says nothing"
    lost = {one: cause for one, cause in content.lost.items() if one not in without}
    return replace(content, sources=sources, lost=lost, notices=(*content.notices, notice))


def _part(
    name: str,
    filed: FiledPictures,
    content: Pictures,
    known: Truths,
    chosen: Chosen,
) -> tuple[Pictures, Truths]:
    """Return the pictures that are left, and their truths; what is lost counts as excluded too."""
    pictures = [
        Selectable(
            sample_id,
            filed.mains.by_id[sample_id].relative,
            known.boxes.attributes(sample_id) if known.boxes else {},
        )
        for sample_id in sorted(content.sources)
    ]
    left = set(selected(name, pictures, chosen))
    notices = (*content.notices, *part_notices(chosen, len(left)))
    content = replace(
        content,
        sources=_of(content.sources, left),
        lost=_of(content.lost, left),
        notices=notices,
    )
    boxes, label_maps, depth = known.boxes, known.label_maps, known.depth
    return content, Truths(
        replace(boxes, lost=_of(boxes.lost, left)) if boxes else None,
        replace(label_maps, lost=_of(label_maps.lost, left)) if label_maps else None,
        replace(depth, lost=_of(depth.lost, left)) if depth else None,
    )


def _of(by_id: Mapping[str, Value], ids: set[str]) -> dict[str, Value]:
    return {sample_id: value for sample_id, value in by_id.items() if sample_id in ids}
