"""Reading and writing pictures as 8-bit sRGB arrays, and nothing lossy in silence."""

import hashlib
import io
import uuid
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from harness.errors import SampleError
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


def read_rgb(path: Path) -> Picture:
    """Decode a picture file to 8-bit RGB, with the pixels that ``cv2.imread`` gives for a JPEG.

    Grey and palette pictures are expanded, 16-bit ones rounded to 8 bits, a photograph's EXIF
    orientation is applied, an opaque alpha channel is dropped; each conversion leaves a note.

    Raises:
        SampleError: If the file is missing, empty, truncated, no picture, or transparent.
    """
    image, has_16_bit_colours = _decode(path)
    if has_16_bit_colours:
        pixels, conversion = _colour16_to_rgb(path), "16 bits rounded to 8"
    else:
        pixels, conversion = _to_rgb(path, image)
    notes = [f"{path.name}: {conversion}"] if conversion else []
    orientation = _orientation(image)
    if orientation in TURNS:
        pixels = _turn(pixels, orientation)
        notes.append(f"{path.name}: turned as its EXIF orientation says")
    return Picture(pixels, tuple(notes))


def read_label_map(path: Path) -> npt.NDArray[np.unsignedinteger]:
    """Decode a label map: a single-channel picture whose values are class indices.

    Returns:
        (H, W) uint8, or uint16 where the file holds 16 bits; for a palette picture its indices,
        not its colours.

    Raises:
        SampleError: If the file is unreadable, has more than one channel, or was compressed with
            loss, which changes labels.
    """
    image = _decode(path).image
    refuse_lossy(path, image)
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        values = np.array(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise SampleError(f"{path}: its values leave 0..65535; a label is a class index")
        return values.astype(np.uint16)
    if image.mode not in {"L", "P", "1"}:
        raise SampleError(
            f"{path}: a label map holds one 8-bit class index a pixel, this file is {image.mode}"
        )
    return np.array(image, dtype=np.uint8)


def read_colour_map(path: Path) -> ImageArray:
    """Decode a label map whose classes are colours: (H, W, 3) uint8 RGB.

    Raises:
        SampleError: If the file is unreadable, transparent, or was compressed with loss.
    """
    decoded = _decode(path)
    refuse_lossy(path, decoded.image)
    if decoded.has_16_bit_colours:
        raise SampleError(f"{path}: has 16 bits a colour; a label's colour has 8")
    return _to_rgb(path, decoded.image)[0]


def refuse_lossy(path: Path, image: Image.Image) -> None:
    """Refuse a label or depth map that was stored with loss: its values are near the true ones.

    Args:
        path: Of the file.
        image: As Pillow decoded it.

    Raises:
        SampleError: If the format does not keep every value.
    """
    kind = image.format or ""
    lossy = kind in {"JPEG", "MPO", "JPEG2000", "AVIF"}
    if kind == "TIFF":
        lossy = str(image.info.get("compression", "")) in {"jpeg", "tiff_jpeg", "webp"}
    if kind == "WEBP":
        lossy = b"VP8L" not in path.read_bytes()[:64]
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
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = TURNS.get(_orientation(image), (False,))[0]
    except _DECODING_ERRORS as error:
        raise SampleError(_unreadable(path, error)) from error
    return (width, height) if turned else (height, width)


_DECODING_ERRORS = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises for a file that it cannot open; `UnidentifiedImageError` is an OSError."""


class _Decoded(NamedTuple):
    """What Pillow made of a file; it cuts 16-bit colours to their high byte without a word."""

    image: Image.Image
    has_16_bit_colours: bool


def _decode(path: Path) -> _Decoded:
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for, for ever
            what = "folder" if path.is_dir() else "pipe, socket or device"
            raise SampleError(f"{path}: is a {what}, not a picture; put a file there")
        with Image.open(path) as image:
            # Which bits the file holds stands in the decoder's arguments until it has run.
            stored = [_stored_mode(tile[3]) for tile in image.tile]
            image.load()
    except _DECODING_ERRORS as error:
        raise SampleError(_unreadable(path, error)) from error
    return _Decoded(image, any(mode.startswith(_COLOURS_16) for mode in stored))


_COLOURS_16 = ("RGB;16", "RGBA;16", "LA;16")
"""How Pillow's raw modes with 16 bits a channel begin (``BGR;16`` is 16 bits a pixel)."""


def _stored_mode(decoder_arguments: object) -> str:
    if isinstance(decoder_arguments, tuple):
        return str(decoder_arguments[0]) if decoder_arguments else ""
    return str(decoder_arguments)


def _unreadable(path: Path, error: Exception) -> str:
    if not path.exists():
        return f"{path}: no such file"
    if path.stat().st_size == 0:
        return f"{path}: the file is empty (0 bytes); fetch it again"
    if isinstance(error, UnidentifiedImageError):
        return f"{path}: not a picture that Pillow can decode"
    if isinstance(error, OSError) and error.strerror:
        return f"{path}: cannot be read ({error.strerror})"
    return f"{path}: damaged or truncated ({error}); fetch it again"


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
    content = np.frombuffer(path.read_bytes(), np.uint8)
    pixels = cv2.imdecode(content, flags | cv2.IMREAD_IGNORE_ORIENTATION)
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


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and rename it, so that no half file is ever seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Threads, processes and machines that share the folder may write the same path at once.
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)  # there no more where all went well
