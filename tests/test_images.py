"""Decoding is judged against OpenCV, Pillow's own transposition and arithmetic by hand."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from harness import images
from harness.errors import BenchError, SampleError
from harness.images import png_bytes, read_label_map, read_rgb, read_size, write_bytes

Array = npt.NDArray[np.uint8]


@pytest.fixture
def photo() -> Array:
    """A smooth (48, 64, 3) picture, so that JPEG treats it as a photograph."""
    noise = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(noise).resize((64, 48), Image.Resampling.BICUBIC))


def opencv_rgb(path: Path) -> Array:
    return cv2.imread(str(path))[..., ::-1]


@pytest.mark.parametrize(
    ("folder", "of_other_colours"),
    [("coco_val128/images", 16), ("sirr_real", 0), ("camvid/val/images", 0)],
)
def test_real_photographs_have_the_pixels_that_mmdetection_reads(
    bench_data: Path, folder: str, of_other_colours: int
) -> None:
    paths = sorted((bench_data / folder).glob("*.jpg"))
    assert len(paths) >= 100
    read = {path: read_rgb(path) for path in paths}
    converted = {path for path in paths if "from its profile" in " ".join(read[path].notes)}
    different = {path for path in paths if not np.array_equal(read[path].pixels, opencv_rgb(path))}
    assert different == converted
    assert len(converted) == of_other_colours


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("size", [(64, 48), (33, 17), (1, 1)])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_variants_equal_opencv(
    tmp_path: Path,
    photo: Array,
    quality: int,
    subsampling: int,
    size: tuple[int, int],
    progressive: bool,
) -> None:
    path = tmp_path / "a.jpg"
    options = {"quality": quality, "subsampling": subsampling, "progressive": progressive}
    Image.fromarray(photo).resize(size).save(path, **options)
    assert np.array_equal(read_rgb(path).pixels, opencv_rgb(path))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpegs_equal_opencv(tmp_path: Path, photo: Array, mode: str) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(photo).convert(mode).save(path)
    picture = read_rgb(path)
    assert np.array_equal(picture.pixels, opencv_rgb(path))
    assert picture.notes[0].startswith("a.jpg: ")


@pytest.mark.parametrize("orientation", range(10))
def test_exif_orientation_is_applied_as_opencv_does(
    tmp_path: Path, photo: Array, orientation: int
) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[images.EXIF_ORIENTATION] = orientation
    Image.fromarray(photo).save(path, exif=exif)
    picture = read_rgb(path)
    assert np.array_equal(picture.pixels, opencv_rgb(path))
    assert bool(picture.notes) == (orientation in range(2, 9))
    assert read_size(path) == picture.pixels.shape[:2]


def test_a_damaged_exif_block_says_nothing(tmp_path: Path, photo: Array) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[images.EXIF_ORIENTATION] = 6
    Image.fromarray(photo).save(path, exif=exif)
    content = path.read_bytes().replace(b"Exif\0\0MM\0*", b"Exif\0\0XXXX")
    content = content.replace(b"Exif\0\0II*\0", b"Exif\0\0XXXX")
    path.write_bytes(content)
    assert read_rgb(path).pixels.shape == photo.shape


def test_sixteen_bits_are_rounded_not_cut(tmp_path: Path) -> None:
    levels = np.array([[0, 128, 129, 257, 385, 386, 32767, 65535]], np.uint16)
    rounded = [0, 0, 1, 1, 1, 2, 127, 255]
    grey, colour, opaque = (tmp_path / f"{kind}.png" for kind in ("grey", "colour", "opaque"))
    cv2.imwrite(str(grey), levels)
    cv2.imwrite(str(colour), np.dstack([levels, levels[:, ::-1], levels * 0]))
    cv2.imwrite(str(opaque), np.dstack([levels, levels, levels, levels * 0 + 65535]))
    assert read_rgb(grey).pixels[0, :, 1].tolist() == rounded
    red, green, blue = np.moveaxis(read_rgb(colour).pixels[0], 1, 0).tolist()
    assert (red, green, blue) == ([0] * 8, rounded[::-1], rounded)
    assert read_rgb(opaque).pixels[0, :, 0].tolist() == rounded
    for path in (grey, colour, opaque):
        assert "16 bits rounded to 8" in read_rgb(path).notes[0]


def test_palette_and_opaque_alpha_leave_a_note(tmp_path: Path, photo: Array) -> None:
    Image.fromarray(photo).quantize(16).save(tmp_path / "palette.png")
    Image.fromarray(photo).convert("RGBA").save(tmp_path / "alpha.png")
    palette, alpha = read_rgb(tmp_path / "palette.png"), read_rgb(tmp_path / "alpha.png")
    assert palette.notes == ("palette.png: palette to RGB",)
    assert np.array_equal(palette.pixels, opencv_rgb(tmp_path / "palette.png"))
    assert alpha.notes == ("alpha.png: opaque alpha channel dropped",)
    assert np.array_equal(alpha.pixels, photo)


def test_transparency_is_refused_however_it_is_stored(tmp_path: Path, photo: Array) -> None:
    rgba = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    rgba[3, 4, 3] = 254
    colour = tuple(int(level) for level in photo[0, 0])
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    Image.fromarray(photo).save(tmp_path / "colour_key.png", transparency=colour)
    cv2.imwrite(str(tmp_path / "alpha16.png"), rgba.astype(np.uint16) * 257)
    for name in ("alpha.png", "colour_key.png", "alpha16.png"):
        with pytest.raises(SampleError, match="transparent pixels"):
            read_rgb(tmp_path / name)


def test_floating_point_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(SampleError, match="floating-point values"):
        read_rgb(tmp_path / "a.tif")


def test_unreadable_files_are_named_with_their_cause(tmp_path: Path, photo: Array) -> None:
    whole = tmp_path / "whole.jpg"
    Image.fromarray(photo).save(whole)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-300])
    (tmp_path / "cut.png").write_bytes(png_bytes(photo)[:500])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("404 not found")
    (tmp_path / "folder.png").mkdir()
    for name, cause in {
        "cut.jpg": "damaged or truncated",
        "cut.png": "damaged or truncated",
        "empty.png": "the file is empty",
        "text.png": "not a picture",
        "folder.png": "is a folder",
        "missing.png": "no such file",
    }.items():
        with pytest.raises(SampleError, match=f"{name}: .*{cause}") as raised:
            read_rgb(tmp_path / name)
        assert "\n" not in str(raised.value)


def test_label_maps_keep_their_values(tmp_path: Path) -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    (tmp_path / "grey.png").write_bytes(png_bytes(values))
    palette = Image.fromarray(values, mode="P")
    palette.putpalette(list(range(255, -1, -1)) * 3)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(read_label_map(tmp_path / "grey.png"), values)
    assert np.array_equal(read_label_map(tmp_path / "palette.png"), values)
    Image.new("RGB", (4, 4)).save(tmp_path / "colours.png")
    with pytest.raises(SampleError, match="one 8-bit class index a pixel, this file is RGB"):
        read_label_map(tmp_path / "colours.png")


def test_reading_the_size_decodes_nothing(tmp_path: Path, photo: Array) -> None:
    path = tmp_path / "cut.png"
    path.write_bytes(png_bytes(photo)[:200])
    assert read_size(path) == (48, 64)


def test_many_writers_of_one_path_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.bin"
    content = bytes(range(256)) * 400
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: write_bytes(path, content), range(64)))
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_what_lies_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder" / "below").mkdir(parents=True)
    (tmp_path / "file").touch()
    with pytest.raises(BenchError, match=r"folder: is a folder where a file belongs"):
        write_bytes(tmp_path / "folder", b"x")
    for path in ("file/a", "file/a/b"):
        with pytest.raises(BenchError, match=r"file: is a file where a folder belongs"):
            write_bytes(tmp_path / path, b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "file"}
