"""Reading and writing pictures as 8-bit sRGB arrays, and nothing lossy in silence."""

import contextlib
import hashlib
import io
import os
import re
import uuid
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from harness.errors import BenchError, SampleError
from harness.foreign_code import outcome
from harness.foreign_text import one_line
from harness.opened_pictures import DECODING_BYTES, from_picture
from harness.picture_colours import apply_conversion, conversion_of
from harness.regular_files import read_regular
from harness.samples import ImageArray

READING_VERSION = 1
"""Raised whenever the same file would give other pixels; rain sets carry it in their keys."""

EXIF_ORIENTATION = 0x0112

TURNS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
"""From an EXIF orientation (Exif 2.32, tag 0x0112) to: transpose, then flip rows, flip columns."""


class Picture(NamedTuple):
    """A decoded picture.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        notes: What was converted on the way, each naming the file; empty for a plain RGB file.
    """

    pixels: ImageArray
    notes: tuple[str, ...]


def read_rgb(path: Path, bytes_per_pixel: float = DECODING_BYTES) -> Picture:
    """Decode a picture file to 8-bit sRGB, with the pixels that ``cv2.imread`` gives for a JPEG.

    Grey and palette pictures are expanded, 16-bit ones rounded to 8 bits, colours of another
    profile or gamma than sRGB's converted, a photograph's EXIF orientation is applied, an opaque
    alpha channel is dropped, and of several pictures in a file the first is read; each of these
    leaves a note.

    Args:
        path: Of the file.
        bytes_per_pixel: Of memory that what is done with the picture takes; a larger picture than
            memory allows is refused by its header.

    Raises:
        SampleError: If the file is missing, empty, truncated, no picture, transparent, or too
            large for the memory that is left.
    """
    image, has_16_bit_colours, is_first = _decode(path, bytes_per_pixel)
    colours = conversion_of(path, image)
    if has_16_bit_colours:
        pixels, conversion = _colour16_to_rgb(path), "16 bits rounded to 8"
    else:
        pixels, conversion = _to_rgb(path, image)
    pixels, converted = apply_conversion(colours, pixels, image)
    first = "the first of several pictures in the file" if is_first else ""
    name = one_line(path.name)
    notes = [f"{name}: {note}" for note in (first, conversion, converted) if note]
    orientation = _orientation(image)
    if orientation in TURNS:
        pixels = _turn(pixels, orientation)
        notes.append(f"{name}: turned as its EXIF orientation says")
    return Picture(pixels, tuple(notes))


def read_label_map(path: Path) -> npt.NDArray[np.unsignedinteger]:
    """Decode a label map: a single-channel picture whose values are class indices.

    Returns:
        (H, W) uint8, or uint16 where the file holds 16 bits; for a palette picture its indices,
        not its colours.

    Raises:
        SampleError: If the file is unreadable, has more than one channel, was compressed with
            loss, which changes labels, or has a palette of greys that are not their indices.
    """
    image = _decode_map(path).image
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        values = np.array(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise SampleError(f"{path}: its values leave 0..65535; a label is a class index")
        return values.astype(np.uint16)
    if image.mode not in {"L", "P", "1"}:
        raise SampleError(
            f"{path}: a label map holds one 8-bit class index a pixel, this file is {image.mode}"
        )
    labels = np.array(image, dtype=np.uint8)
    if image.mode == "P":
        _refuse_other_greys(path, image, labels)
    return labels


def _refuse_other_greys(path: Path, image: Image.Image, indices: npt.NDArray[np.uint8]) -> None:
    """Refuse a palette of greys that are not their indices: some writers sort a grey picture so."""
    palette = np.array(image.getpalette("RGB") or []).reshape(-1, 3)
    if (palette != palette[:, :1]).any():
        return
    for index in np.unique(indices):
        if index < len(palette) and palette[index, 0] != index:
            raise SampleError(
                f"{path}: its palette shows the index {index} as the grey {palette[index, 0]}, and "
                "either may be the class; save the classes as a grey picture without palette, or "
                "give the greys of the classes as `colours`"
            )


def read_colour_map(path: Path) -> ImageArray:
    """Decode a label map whose classes are colours: (H, W, 3) uint8 RGB.

    Raises:
        SampleError: If the file is unreadable, transparent, or was compressed with loss.
    """
    decoded = _decode_map(path)
    if decoded.has_16_bit_colours:
        raise SampleError(f"{path}: has 16 bits a colour; a label's colour has 8")
    return _to_rgb(path, decoded.image)[0]


def read_values(path: Path) -> npt.NDArray[np.float64]:
    """Decode a picture whose values are measures such as depth: as they are stored.

    Raises:
        SampleError: If the file is unreadable or was compressed with loss.
    """
    return np.array(_decode_map(path).image).astype(np.float64)


def _decode_map(path: Path) -> "_Decoded":
    """Decode a picture whose values are no colours but labels or measures.

    Raises:
        SampleError: If the file is unreadable, holds several pictures, or was compressed with
            loss: then its values are near the true ones.
    """
    decoded = _decode(path, DECODING_BYTES)
    if decoded.is_first_of_several:
        raise SampleError(f"{path}: holds several pictures (pages or frames); save the map alone")
    _refuse_lossy(path, decoded.image)
    return decoded


def _refuse_lossy(path: Path, image: Image.Image) -> None:
    kind = image.format or ""
    lossy = kind in {"JPEG", "MPO", "JPEG2000", "AVIF"}
    if kind == "TIFF":
        lossy = str(image.info.get("compression", "")) in {"jpeg", "tiff_jpeg", "webp"}
    if kind == "WEBP":
        lossy = b"VP8L" not in read_regular(path)[:64]
    if lossy:
        raise SampleError(
            f"{path}: is a {kind}, which was compressed with loss and so changed values; "
            "fetch it as PNG, or make it anew from the annotations"
        )


def read_size(path: Path) -> tuple[int, int]:
    """Return (height, width) after EXIF orientation, reading the header alone.

    Raises:
        SampleError: If the file is missing or no picture.
    """
    return from_picture(path, _turned_size, bytes_per_pixel=0)


def _turned_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    turned = TURNS.get(_orientation(image), (False,))[0]
    return (width, height) if turned else (height, width)


class _Decoded(NamedTuple):
    """What Pillow made of a file; it cuts 16-bit colours to their high byte without a word."""

    image: Image.Image
    has_16_bit_colours: bool
    is_first_of_several: bool


def _decode(path: Path, bytes_per_pixel: float) -> _Decoded:
    return from_picture(path, _decoded, bytes_per_pixel)


def _decoded(image: Image.Image) -> _Decoded:
    is_first = bool(getattr(image, "is_animated", False))
    # Which bits the file holds stands in the decoder's arguments until it has run.
    stored = [_stored_mode(tile[3]) for tile in getattr(image, "tile", ())]
    image.load()
    return _Decoded(image, any(mode.startswith(_COLOURS_16) for mode in stored), is_first)


_COLOURS_16 = ("RGB;16", "RGBA;16", "LA;16")
"""How Pillow's raw modes with 16 bits a channel begin (``BGR;16`` is 16 bits a pixel)."""


def _stored_mode(decoder_arguments: object) -> str:
    if isinstance(decoder_arguments, tuple):
        return str(decoder_arguments[0]) if decoder_arguments else ""
    return str(decoder_arguments)


def _to_rgb(path: Path, image: Image.Image) -> tuple[ImageArray, str]:
    """Return the pixels, not yet turned, and what had to be converted, "" for nothing."""
    if image.mode.startswith("I"):
        return _grey16_to_rgb(path, image), "grey, 16 bits rounded to 8"
    if image.mode == "F":
        raise SampleError(
            f"{path}: holds floating-point values, whose range is not known; "
            "save it with 8 or 16 bits"
        )
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        rgba = np.array(image.convert("RGBA"))
        _refuse_transparent(path, rgba[..., 3], opaque=255)
        return np.ascontiguousarray(rgba[..., :3]), "opaque alpha channel dropped"
    if image.mode == "RGB":
        return np.array(image), ""
    if image.mode == "CMYK" and image.format == "JPEG":
        # Pillow's conversion differs from OpenCV's by one level here and there.
        return _decode_with_opencv(path, cv2.IMREAD_COLOR)[..., ::-1].astype(
            np.uint8
        ), "CMYK to RGB"
    kind = {"L": "grey", "1": "black and white", "P": "palette"}.get(image.mode, image.mode)
    try:
        return np.array(image.convert("RGB")), f"{kind} to RGB"
    except ValueError as error:
        raise SampleError(f"{path}: its colours ({image.mode}) have no way to RGB") from error


def _grey16_to_rgb(path: Path, image: Image.Image) -> ImageArray:
    levels = np.asarray(image).astype(np.int64)
    if levels.min() < 0 or levels.max() > 65535:
        raise SampleError(f"{path}: its values leave 0..65535; save it with 8 or 16 bits")
    return np.repeat(_to_8_bits(levels)[..., None], 3, axis=2)


def _colour16_to_rgb(path: Path) -> ImageArray:
    levels = _decode_with_opencv(path, cv2.IMREAD_UNCHANGED)
    if levels.shape[2] == 4:
        _refuse_transparent(path, levels[..., 3], opaque=65535)
    return _to_8_bits(levels[..., 2::-1])


def _to_8_bits(levels: npt.NDArray[np.integer]) -> npt.NDArray[np.uint8]:
    """Round 0..65535 to 0..255 (65535 is 255 x 257, so white stays white)."""
    return np.rint(levels / 257).astype(np.uint8)


def _decode_with_opencv(path: Path, flags: int) -> npt.NDArray[np.integer]:
    content = np.frombuffer(read_regular(path), np.uint8)
    pixels, _ = outcome(lambda: cv2.imdecode(content, flags | cv2.IMREAD_IGNORE_ORIENTATION))
    if pixels is None:
        raise SampleError(f"{path}: damaged, OpenCV cannot decode it; fetch it again")
    decoded: npt.NDArray[np.integer] = pixels
    return decoded


def _refuse_transparent(path: Path, alpha: npt.NDArray[np.integer], opaque: int) -> None:
    if int(alpha.min()) < opaque:
        raise SampleError(
            f"{path}: has transparent pixels, and what lies behind them is not known; "
            "flatten it to RGB"
        )


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where none is stated or the EXIF block is damaged.

    Only the EXIF block counts, as for OpenCV: Pillow's ``getexif`` would also take XMP's word,
    and would decode a whole PNG to look for one. Pillow turns a TIFF by itself.
    """
    block = image.info.get("exif")
    if not isinstance(block, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(block)
        return int(exif.get(EXIF_ORIENTATION, 1))
    except (SyntaxError, ValueError, TypeError, OSError):
        return 1


def _turn(pixels: ImageArray, orientation: int) -> ImageArray:
    transposed, flip_rows, flip_columns = TURNS[orientation]
    turned = pixels.transpose(1, 0, 2) if transposed else pixels
    turned = turned[::-1] if flip_rows else turned
    turned = turned[:, ::-1] if flip_columns else turned
    return np.ascontiguousarray(turned)


def png_bytes(pixels: npt.NDArray[np.uint8], info: PngImagePlugin.PngInfo | None = None) -> bytes:
    """Encode (H, W, 3) RGB or an (H, W) label map as PNG, with text chunks where given."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=3, pnginfo=info)
    return buffer.getvalue()


LONGEST_SLUG = 200
"""Letters of a file's name, which has 255 at most; the rest is for an ending, and for what
`write_bytes` puts around it."""


def slug(sample_id: str) -> str:
    """Return a file name for a sample id, which may hold slashes and be of any length.

    Letters outside ASCII take up to nine each, so that a long name is cut, and told from others
    that begin alike by a digest.

    >>> slug("frankfurt/000_1")
    'frankfurt%2F000_1'
    >>> len(slug("雨" * 85))
    200
    """
    whole = quote(sample_id, safe=" ()+,=@")
    if len(whole) <= LONGEST_SLUG:
        return whole
    digest = hashlib.sha256(sample_id.encode()).hexdigest()[:20]
    beginning = whole[: LONGEST_SLUG - len(digest) - 1]
    return f"{beginning}-{digest}"


TEMPORARY = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")
"""The names under which files are written before they get their own."""


def write_bytes(path: Path, content: bytes, durable: bool = False) -> None:
    """Write a file under a temporary name and rename it, so that no half file is ever seen.

    Args:
        path: Of the file; its folder is made if need be.
        content: Of the file.
        durable: Wait for the disk, so that a machine that fails leaves no empty file either; for
            what cannot be made again from other files.

    Raises:
        BenchError: If a folder lies where the file belongs, or a file where its folder does.
        OSError: If it cannot be written; it names the file.
    """
    # Threads, processes and machines that share the folder may write the same path at once.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except (IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise BenchError(_in_the_way(path)) from error
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)  # there no more where all went well


def _in_the_way(path: Path) -> str:
    if path.is_dir():
        return f"{path}: is a folder where a file belongs; move it away, and try again"
    file = next((one for one in path.parents if one.exists() and not one.is_dir()), path)
    return f"{file}: is a file where a folder belongs; move it away, and try again"
