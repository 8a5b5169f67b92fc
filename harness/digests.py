"""Digests: of files, of arrays and of settings. Every key of the store is made of them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.regular_files import open_regular


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        OSError: If it cannot be read, or is no regular file.
    """
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


COMPILED = "__pycache__"
"""Folders of what Python made of its files, which come and go while programs start."""


def digest_files(root: Path, patterns: Sequence[str]) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder that fits a glob, by its path from there.

    What Python compiled is left out.
    """
    paths = sorted(path for pattern in patterns for path in root.glob(pattern))
    files = (path for path in paths if COMPILED not in path.parts and path.is_file())
    return {path.relative_to(root).as_posix(): digest_file(path) for path in files}


def digest_json(value: object) -> str:
    """Return the SHA-256 of a JSON value; the order of an object's keys does not matter.

    Paths may be no UTF-8: what Python has in place of their bytes counts as it is.

    >>> digest_json({"a": 1, "b": 2}) == digest_json({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def digest_arrays(*arrays: npt.NDArray[np.generic] | None) -> str:
    """Return the SHA-256 over shapes, types and contents of arrays; None counts as absent."""
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none")
            continue
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
