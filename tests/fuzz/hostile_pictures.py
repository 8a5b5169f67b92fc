"""Files under the names of pictures that somebody made up, or that broke."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def photo(height: int = 24, width: int = 32) -> Image.Image:
    """A smooth picture, the same each time."""
    small = np.random.default_rng(3).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or photo()).save(buffer, format=kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes, checksum: int | None = None) -> bytes:
    right = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum or right)


def png(width: int, height: int, data: bytes = b"", *extra: bytes, bits: int = 8) -> bytes:
    """A PNG that claims a size, with the image data that it is given."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0))
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", data) + end


def bomb(side: int) -> bytes:
    """A PNG of one colour, side x side, in a thousandth of its bytes."""
    squeezer = zlib.compressobj(9)
    rows = [squeezer.compress(bytes(1 + 3 * side)) for _ in range(side)]
    return png(side, side, b"".join(rows) + squeezer.flush())


def one_by_one(height: int, width: int) -> bytes:
    return png(width, height, zlib.compress(bytes(height * (1 + 3 * width))))


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\nshowpage\n"
SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///a"/></svg>'
)
HTML = b"<!DOCTYPE html><html><title>404</title></html>"

_PNG, _JPEG = encoded("PNG"), encoded("JPEG")

REFUSED: dict[str, bytes] = {
    "empty.png": b"",
    "cut.png": _PNG[: len(_PNG) // 2],
    "cut.jpg": _JPEG[: len(_JPEG) // 2],
    "header alone.png": _PNG[:33],
    "no pixels.png": png(0, 0),
    "no width.png": png(0, 7),
    "no data.png": png(8, 8),
    "too little data.png": png(8, 8, zlib.compress(bytes(9))),
    "wrong checksum.png": _PNG.replace(b"IHDR" + _PNG[16:33], b"IHDR" + _PNG[16:29] + b"\1\2\3\4"),
    "larger than it can be.png": png(2**31 - 1, 2**31 - 1),
    "65535 x 60000.png": png(65535, 60000, zlib.compress(b"")),
    "postscript.png": EPS,
    "drawing.png": SVG,
    "page.jpg": HTML,
    "icon.png": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0h\4\0\0\x16\0\0\0",
    "document.png": b"%PDF-1.7\n",
    "zeros.png": bytes(300),
    "text of a profile.png": png(
        8, 8, b"", chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 26)))
    ),
    "text bomb.png": png(8, 8, b"", chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 26)))),
    "restart.jpg": _JPEG.replace(b"\xff\xda", b"\xff\xdd\0\4\xff\xff\xff\xda")[:-40],
    "no tables.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9",
    "floating.tif": encoded("TIFF", Image.fromarray(np.full((4, 4), 0.5, np.float32))),
    "transparent.png": encoded("PNG", Image.new("RGBA", (4, 4), (1, 2, 3, 128))),
    "photoshop.png": b"8BPS\0\1" + bytes(60),
}
"""By name; each is refused in one line."""

READ: dict[str, bytes] = {
    "one.png": one_by_one(1, 1),
    "column.png": one_by_one(999, 1),
    "row.png": one_by_one(1, 65535),
    "animated.gif": encoded(
        "GIF", Image.new("L", (8, 6)), save_all=True, append_images=[Image.new("L", (8, 6), 9)]
    ),
    "pages.tif": encoded("TIFF", save_all=True, append_images=[photo()]),
    "animated.png": encoded("PNG", save_all=True, append_images=[photo().rotate(180)]),
    "grey.png": encoded("PNG", photo().convert("L")),
    "palette.png": encoded("PNG", photo().quantize(16)),
    "opaque.png": encoded("PNG", photo().convert("RGBA")),
    "cmyk.jpg": encoded("JPEG", photo().convert("CMYK")),
    "dark.png": png(4, 4, zlib.compress(bytes(4 * 13)), chunk(b"gAMA", struct.pack(">I", 100000))),
}
"""By name; each is read, with a note on all but the first three."""
