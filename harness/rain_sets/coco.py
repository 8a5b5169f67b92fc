"""Rain sets with boxes in COCO's format: rainy already, or with our rain drawn on them."""

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import DirectoryPath, FilePath

from harness.errors import ConfigError, SampleError
from harness.rain_sets.box_truth import BoxTruth
from harness.rain_sets.coco_annotations import CocoAnnotations, read_coco
from harness.rain_sets.composed import ComposedRainSet, Pictures
from harness.rain_sets.drawn_rain import DrawnRain, HowItMayRain, rain_of
from harness.rain_sets.equal_files import equal_pictures
from harness.rain_sets.files import check_folder, pictures_in
from harness.rain_sets.inside_folder import file_below
from harness.rain_sets.source_pictures import SourcePictures
from harness.rain_sets.truths import Truths
from harness.wording import some_of


class CocoRainSet(ComposedRainSet):
    """Pictures with boxes from a COCO JSON file, which says which pictures there are.

    Boxes, areas, crowd flags and their order stay as the JSON has them, so that pycocotools
    gives the same AP as for the JSON itself; objects with ``"ignore": 1`` need not be found
    either. The classes are the categories in the order of their ids; the id of a sample is the
    name of its file without the extension, with its folder where two share a name.

    Args:
        name: As it stands in the tables.
        root: The folder that the JSON's ``file_name`` refers to.
        annotations: The JSON file.
        rain: ``light``, ``heavy`` or numbers draw our rain on the pictures, which are then the
            clean ones; ``none`` takes them as they are.
        rain_seed: Of the drawn rain.
        clean_root: Folder of the clean pictures under the same names, where ``root`` holds rainy
            ones.
        description: A sentence for the report.

    Raises:
        ConfigError: If a folder is missing or the JSON is unusable; see `read_coco`.
    """

    keeps_older_keys = True

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        annotations: FilePath,
        rain: HowItMayRain = "none",
        rain_seed: int = 0,
        clean_root: DirectoryPath | None = None,
        description: str = "",
    ) -> None:
        check_folder(name, root)
        if clean_root is not None:
            check_folder(name, clean_root, option="clean_root")
            if rain != "none":
                raise ConfigError(
                    f"{name}: give `clean_root` or `rain`, not both; with `clean_root` the "
                    "pictures are rainy already"
                )
        content = read_coco(name, annotations)
        pictures = _pictures(content, root, clean_root, rain_of(rain, rain_seed))
        boxes = BoxTruth(content.classes, content.images, annotations, notices=content.notices)
        super().__init__(name, pictures, Truths(boxes=boxes), description=description)


def _pictures(
    content: CocoAnnotations, root: Path, clean_root: Path | None, rain: DrawnRain | None
) -> Pictures:
    sources, lost = {}, {}
    for sample_id, image in content.images.items():
        try:
            path = file_below(root, image.file_name)
            clean = file_below(clean_root, image.file_name) if clean_root else None
        except SampleError as error:
            lost[sample_id] = str(error)
        else:
            sources[sample_id] = SourcePictures(sample_id, path, clean, rain)
    paths = [source.path for source in sources.values()]
    named = {root / image.file_name for image in content.images.values()}
    notices = (*_unlisted(set(paths), named), *equal_pictures(paths))
    return Pictures(sources, clean_root is not None or rain is not None, lost, notices)


def _unlisted(taken: Collection[Path], named: Collection[Path]) -> Iterator[str]:
    """Yield a line on pictures beside those that are taken, of which the JSON says nothing."""
    folders = sorted({path.parent for path in taken})
    beside = (path for folder in folders for path in pictures_in(folder))
    others = [path for path in beside if path not in taken and path not in named]
    if others:
        shown = some_of([path.name for path in others])
        noun = "picture beside them stands" if len(others) == 1 else "pictures beside them stand"
        yield f"{len(others)} {noun} in no entry of the annotations: {shown}"
