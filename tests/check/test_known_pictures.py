"""A picture is found again after what people do to pictures, and no other is taken for it."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from harness.check.known_pictures import KnownPictures
from harness.rain_sets.streets import StreetsRainSet
from harness.samples import ImageArray

NUMBER = 5
Change = Callable[[ImageArray], ImageArray]


@pytest.fixture(scope="module")
def scenes() -> StreetsRainSet:
    return StreetsRainSet("streets", "heavy", scenes=2 * NUMBER)


@pytest.fixture(scope="module")
def known(scenes: StreetsRainSet) -> KnownPictures:
    pictures = KnownPictures()
    for image in scenes.ids()[:NUMBER]:
        clean = scenes.load(image).clean
        assert clean is not None
        pictures.add(image, clean)
    return pictures


def part(pixels: ImageArray, share: float) -> ImageArray:
    height, width = (round(side * share**0.5) for side in pixels.shape[:2])
    top, left = (pixels.shape[0] - height) // 3, (pixels.shape[1] - width) // 2
    return pixels[top : top + height, left : left + width]


def compressed(pixels: ImageArray) -> ImageArray:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=40)
    return np.asarray(Image.open(buffer))


def scaled(pixels: ImageArray) -> ImageArray:
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(pixels).resize((width * 2 // 3, height * 2 // 3)))


CHANGES: dict[str, tuple[Change, str]] = {
    "whole": (lambda one: one, "whole"),
    "mirrored": (lambda one: one[:, ::-1], "mirrored"),
    "turned": (lambda one: np.rot90(one), "turned by 270 degrees"),
    "upside down": (lambda one: np.rot90(one, 2), "turned by 180 degrees"),
    "a part": (lambda one: part(one, 0.45), "of it"),
    "compressed": (compressed, "whole"),
    "smaller": (scaled, "whole"),
    "all at once": (lambda one: compressed(part(one, 0.6)[:, ::-1]), "mirrored"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_picture_is_found(
    name: str, scenes: StreetsRainSet, known: KnownPictures
) -> None:
    change, how = CHANGES[name]
    for image in known.names:
        clean = scenes.load(image).clean
        assert clean is not None
        found = known.find(np.ascontiguousarray(change(clean)))
        assert found is not None and found.name == image and how in found.how


def test_heavy_rain_does_not_hide_a_picture(scenes: StreetsRainSet, known: KnownPictures) -> None:
    for image in known.names:
        found = known.find(scenes.load(image).rainy)
        assert found is not None and found.name == image


def test_another_scene_of_the_same_kind_is_not_found(
    scenes: StreetsRainSet, known: KnownPictures
) -> None:
    for image in scenes.ids()[NUMBER:]:
        clean = scenes.load(image).clean
        assert clean is not None and known.find(clean) is None


def test_pictures_without_texture_are_told_of_and_found_nowhere() -> None:
    pictures = KnownPictures()
    plain = np.full((60, 80, 3), 128, np.uint8)
    pictures.add("plain", plain)
    assert pictures.too_plain() == ["plain"] and pictures.find(plain) is None
