"""Rain sets with boxes in COCO's format: rainy already, or with our rain drawn on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import DirectoryPath, FilePath

from harness.digests import digest_json
from harness.errors import ConfigError, SampleError
from harness.images import READING_VERSION, Picture
from harness.rain_sets.coco_annotations import AnnotatedImage, read_coco
from harness.rain_sets.drawn_rain import rain_of
from harness.rain_sets.files import check_folder
from harness.rain_sets.source_pictures import SourcePictures
from harness.samples import RainSet, Sample


class CocoRainSet(RainSet):
    """Pictures with boxes from a COCO JSON file.

    Boxes, areas, crowd flags and their order stay as the JSON has them, so that pycocotools
    gives the same AP as for the JSON itself. The classes are the categories in the order of
    their ids; the id of a sample is the name of its file without the extension.

    Args:
        name: As it stands in the tables.
        root: The folder that the JSON's ``file_name`` refers to.
        annotations: The JSON file.
        rain: ``light`` or ``heavy`` draws our rain on the pictures, which are then the clean
            ones; ``none`` takes them as they are.
        rain_seed: Of the drawn rain.
        clean_root: Folder of the clean pictures under the same names, where ``root`` holds rainy
            ones.
        description: A sentence for the report.

    Raises:
        ConfigError: If a folder is missing or the JSON is unusable; see `read_coco`.
    """

    def __init__(
        self,
        name: str,
        root: DirectoryPath,
        annotations: FilePath,
        rain: Literal["none", "light", "heavy"] = "none",
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
        self.name = name
        self.description = description
        self.box_classes = content.classes
        self.has_clean = clean_root is not None or rain != "none"
        self._root, self._clean_root = root, clean_root
        self._annotations = annotations
        self._images = content.images
        self._rain = rain_of(rain, rain_seed)

    def ids(self) -> Sequence[str]:
        """Return the ids of all images in the JSON, sorted; see `RainSet.ids`."""
        return tuple(self._images)

    def key(self, sample_id: str) -> str:
        """Return the digest of files, annotations and rain; see `RainSet.key`."""
        image = self._image(sample_id)
        source = self._source(image, sample_id)
        truth = [image.digest(), image.size, self.box_classes]
        files, rain = source.digests(), source.rain_facts()
        return digest_json(["coco", READING_VERSION, files, truth, rain])

    def load(self, sample_id: str) -> Sample:
        """Decode the picture and draw the rain, if any; see `RainSet.load`."""
        image = self._image(sample_id)
        source = self._source(image, sample_id)
        picture = source.read()
        self._check_boxes(source.path, picture, image)
        rainy, clean, notes = source.complete(picture)
        return Sample(sample_id, rainy, clean, boxes=image.boxes(), notes=notes)

    def _source(self, image: AnnotatedImage, sample_id: str) -> SourcePictures:
        clean = self._clean_root / image.file_name if self._clean_root else None
        return SourcePictures(sample_id, self._root / image.file_name, clean, self._rain)

    def _image(self, sample_id: str) -> AnnotatedImage:
        image = self._images.get(sample_id)
        if image is None:
            raise SampleError(f"{self.name}: no image has the id {sample_id!r}")
        if image.problem:
            raise SampleError(f"{image.file_name}: {image.problem} ({self._annotations})")
        return image

    def _check_boxes(self, path: Path, picture: Picture, image: AnnotatedImage) -> None:
        height, width = picture.pixels.shape[:2]
        if image.size is not None and image.size != (height, width):
            turned = any("EXIF" in note for note in picture.notes)
            cause = " after it was turned as its EXIF orientation says" if turned else ""
            remedy = "save it unturned, without EXIF" if turned else "fetch the annotated one"
            raise SampleError(
                f"{path}: is {width}x{height}{cause}, and {self._annotations.name} says "
                f"{image.size[1]}x{image.size[0]}: the boxes would miss their objects; {remedy}"
            )
        outside = image.outside(height, width)
        if outside:
            raise SampleError(f"{path}: {outside} ({self._annotations})")
