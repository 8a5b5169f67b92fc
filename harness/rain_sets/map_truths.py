"""Truths that have a value for each pixel: label maps and depth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.errors import SampleError
from harness.foreign_code import cause_of, outcome
from harness.images import Picture, read_values
from harness.memory import shortage
from harness.opened_pictures import DECODING_BYTES
from harness.rain_sets.files import digest_of
from harness.rain_sets.label_table import LabelTable
from harness.regular_files import open_regular


@dataclass(frozen=True)
class LabelMaps:
    """Label maps by sample id.

    Attributes:
        table: What their values mean.
        paths: Their files.
        lost: For an id without label map, or one without picture, why.
    """

    table: LabelTable
    paths: Mapping[str, Path]
    lost: Mapping[str, str] = field(default_factory=dict)

    def facts(self, sample_id: str) -> list[object]:
        """Return what determines the label map of a sample, for its key."""
        return [digest_of(self.paths[sample_id]), self.table.facts()]

    def read(self, sample_id: str, path: Path, picture: Picture) -> npt.NDArray[np.uint8]:
        """Return the label map of a sample, (H, W), in classes.

        Raises:
            SampleError: If it cannot be read, or has another size than its picture.
        """
        label_path = self.paths[sample_id]
        label_map = self.table.read(label_path)
        check_map_size(label_path, "label map", label_map, path, picture)
        return label_map


@dataclass(frozen=True)
class DepthMaps:
    """Depth by sample id.

    Attributes:
        paths: Their files: pictures of 8 or 16 bits, or NumPy's ``.npy``.
        metres: That a value of 1 means.
        far: Metres that stand where nothing was measured, which is the value 0.
        lost: For an id without depth, or one without picture, why.
    """

    paths: Mapping[str, Path]
    metres: float
    far: float
    lost: Mapping[str, str] = field(default_factory=dict)

    def facts(self, sample_id: str) -> list[object]:
        """Return what determines the depth of a sample, for its key."""
        return [digest_of(self.paths[sample_id]), self.metres, self.far]

    def read(self, sample_id: str, path: Path, picture: Picture) -> npt.NDArray[np.float32]:
        """Return the depth of a sample, (H, W) in metres.

        Raises:
            SampleError: If it cannot be read, is no single channel of finite values from 0, or has
                another size than its picture.
        """
        depth_path = self.paths[sample_id]
        values = _read_values(depth_path)
        if values.ndim != 2 or not np.isfinite(values).all() or values.min() < 0:
            raise SampleError(
                f"{depth_path}: is {values.dtype} {values.shape}; depth is one finite value from 0 "
                "for each pixel"
            )
        check_map_size(depth_path, "depth map", values, path, picture)
        return np.where(values > 0, values * self.metres, self.far).astype(np.float32)


def _read_values(path: Path) -> npt.NDArray[np.float64]:
    if path.suffix.lower() != ".npy":
        return read_values(path)
    values, error = outcome(lambda: _read_npy(path))  # NumPy evaluates what the header says
    if values is None:
        cause = cause_of(error) if error is not None else "it is empty"
        raise SampleError(f"{path}: no depth can be read from it ({cause})") from error
    return values


def _read_npy(path: Path) -> npt.NDArray[np.float64]:
    open_regular(path).close()
    # A map of the file's own bytes: a header that claims more than there is, is refused.
    stored = np.load(path, mmap_mode="r", allow_pickle=False)
    if not isinstance(stored, np.ndarray) or stored.dtype.kind not in "fiu":
        raise ValueError("it holds no plain numbers")
    problem = shortage(stored.size * DECODING_BYTES)
    if problem:
        raise ValueError(f"an array of shape {stored.shape} {problem}")
    return np.array(stored, np.float64)


def check_map_size(
    map_path: Path, what: str, values: npt.NDArray[np.generic], path: Path, picture: Picture
) -> None:
    """Refuse a map of another size than its picture.

    Args:
        map_path: Of its file, for errors.
        what: It is.
        values: (H, W).
        path: Of the picture, for errors.
        picture: That was read.

    Raises:
        SampleError: If the sizes differ; the text has both.
    """
    height, width = picture.pixels.shape[:2]
    if values.shape != (height, width):
        raise SampleError(
            f"{map_path} is {values.shape[1]}x{values.shape[0]} but {path} is "
            f"{width}x{height}: a {what} has its picture's size"
        )
