"""A digest within the very file that it vouches for, so that one changed bit shows.

It lies in no second file: both would have to be replaced at once. Files of older versions have
none, and are taken as they are.
"""

import hashlib
import struct
import zlib

PARQUET_SEAL = b"rdmc-bench:sha256:"
"""What stands before the digest, in a Parquet file's own key-value metadata."""

_KEYED = b"\x04seal\x18\x52" + PARQUET_SEAL
"""How it stands there (Thrift's compact protocol: a text of 4 bytes, and one of 82): nothing that a
row says is taken for it."""

BLANK = b"0" * 64
"""Stands where the digest goes, while it is computed."""


def seal_parquet(content: bytes) -> bytes:
    """Put the digest of a whole Parquet file, footer included, where its blank seal stands."""
    start = content.rindex(_KEYED + BLANK) + len(_KEYED)
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:start] + digest + content[start + len(BLANK) :]


def parquet_is_whole(content: bytes) -> bool:
    """Return whether nothing changed since a Parquet file was sealed; True for one without seal."""
    mark = content.rfind(_KEYED)
    if mark < 0:
        return True
    view, start = memoryview(content), mark + len(_KEYED)
    digest = hashlib.sha256(view[:start])
    digest.update(BLANK)
    digest.update(view[start + len(BLANK) :])
    return digest.hexdigest().encode() == content[start : start + len(BLANK)]


_HEAD = 8 + 25
"""Bytes of a PNG's signature and of its first chunk, IHDR; see the PNG specification, 5 and 11."""

_KEYWORD = b"seal\0"
_CHUNK = 12 + len(_KEYWORD) + len(BLANK)


def seal_png(content: bytes) -> bytes:
    """Put the digest of a whole PNG into a text chunk of its own, the second one."""
    text = _KEYWORD + hashlib.sha256(content).hexdigest().encode()
    checked = b"tEXt" + text
    chunk = struct.pack(">I", len(text)) + checked + struct.pack(">I", zlib.crc32(checked))
    return content[:_HEAD] + chunk + content[_HEAD:]


def png_is_whole(content: bytes) -> bool:
    """Return whether nothing changed since a PNG was sealed; True for one without seal.

    An image editor that keeps the texts of a file moves the seal, or leaves it as it was: neither
    fits any more.
    """
    if _KEYWORD not in content:
        return True
    return seal_png(content[:_HEAD] + content[_HEAD + _CHUNK :]) == content
