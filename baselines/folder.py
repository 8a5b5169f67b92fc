"""Restored images that lie on disk already, whoever made them and however."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from baselines.foreign import ForeignDerainer, GivenFacts
from baselines.picture_files import PictureFolder, PicturePattern, check_size
from harness.derainer import DerainerFacts
from harness.device import Device
from harness.errors import ConfigError, DerainerError
from harness.images import READING_VERSION, read_rgb
from harness.near_misses import near_miss
from harness.picture_colours import picture_digest
from harness.samples import RainSet, Sample
from harness.wording import some_and_more

DIGESTING_THREADS = 4
"""Hashing lets other threads run, and mostly waits for the disk."""


class FolderDerainer(ForeignDerainer):
    """Reads each restored image from a file. Nothing is computed, so no time is measured.

    A missing file costs its own row. When any file that fits the pattern is replaced, added or
    removed, all rows of this derainer are computed anew.

    Args:
        root: The folder that holds the restored images.
        pattern: Their names below it; see `PicturePattern`. By default a restored image has the
            name of the rainy one, with any of the extensions that count.
        cut: Cut the right and lower edge of restored images that are larger than the rainy one,
            as those of whole pictures are where the rain set has ``crop_multiple``.
        facts: What the tables say of the method.

    Raises:
        ConfigError: If ``root`` is no folder or the pattern is wrong.
    """

    facts = DerainerFacts(title="Restored images on disk")
    is_computed: ClassVar[bool] = False
    is_reentrant: ClassVar[bool] = True

    def __init__(
        self,
        root: Path,
        pattern: str = "{id}",
        cut: bool = False,
        facts: GivenFacts | None = None,
    ) -> None:
        if not root.is_dir():
            raise ConfigError(
                f"root: {root} is not a folder; name the one with the restored images"
            )
        self.know(facts)
        self._cut = cut
        self._pictures = PictureFolder(root, PicturePattern(pattern))
        paths = [root / name for name in self._pictures.names]
        self._stats = {path: _stat(path) for path in paths}
        with ThreadPoolExecutor(DIGESTING_THREADS) as threads:
            self._digests = list(threads.map(picture_digest, paths))
        self._rain_set = ""

    def expect(self, rain_set: RainSet, sample_ids: Sequence[str], logs: Path) -> None:
        """Note which rain set comes next; see `Derainer.expect`."""
        self._rain_set = rain_set.name

    def restore(self, rainy: Tensor) -> Tensor:
        """Refuse: a restored image is found by its sample's id.

        Raises:
            DerainerError: Always; `restore_samples` is what this row is made of.
        """
        raise DerainerError("a folder of images needs samples: call restore_samples, not restore")

    def restore_samples(self, samples: Sequence[Sample], device: Device) -> list[Tensor]:
        """Read the restored images, bit for bit.

        Returns:
            For each sample a (3, H, W) uint8 tensor.

        Raises:
            DerainerError: If a file is missing, ambiguous, was changed since the run began, or
                holds a picture of another size.
            SampleError: If a file cannot be decoded.
        """
        return [self._read(sample) for sample in samples]

    def _read(self, sample: Sample) -> Tensor:
        pictures = self._pictures
        name = pictures.find(sample.id, self._rain_set)
        if name is None:
            looked_for = pictures.missing(sample.id, self._rain_set)
            there = near_miss(pictures.path(sample.id, self._rain_set))
            raise DerainerError(f"{pictures.root}: holds no {looked_for} for {sample.id}{there}")
        path = pictures.root / name
        if _stat(path) != self._stats[path]:
            raise DerainerError(
                f"{path}: changed since the run began; run the same command again when it is done"
            )
        pixels = read_rgb(path).pixels
        if self._cut:
            pixels = pixels[: sample.rainy.shape[0], : sample.rainy.shape[1]]
        check_size(str(path), pixels, sample)
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1)

    def refusal(self, rain_set: RainSet) -> str | None:
        """Refuse a set of which two images would have one restored one; see `Derainer.refusal`."""
        pictures, owner = self._pictures, dict[str, str]()
        for sample_id in rain_set.ids():
            try:
                name = pictures.pattern.fill(sample_id, rain_set.name)
            except DerainerError:  # costs its own row, with this text
                continue
            if name in owner:
                return (
                    f"by the pattern {pictures.pattern.text!r} {owner[name]} and {sample_id} would "
                    f"both be {name}; name the images apart, by {{id}} or {{path}}"
                )
            owner[name] = sample_id
        return None

    def remarks(self, rain_sets: Sequence[RainSet], device: Device) -> list[str]:
        """Name files that are missing and files that belong to no sample; see `Derainer`."""
        pictures, remarks = self._pictures, list[str]()
        used: dict[str, str] = {}
        shared: dict[str, int] = {}
        for rain_set in rain_sets:
            missing = []
            for sample_id in rain_set.ids():
                try:
                    name = pictures.find(sample_id, rain_set.name)
                except DerainerError:  # costs its own row, with this text
                    continue
                if name is None:
                    missing.append(sample_id)
                elif used.setdefault(name, rain_set.name) != rain_set.name:
                    both = f"{used[name]} and {rain_set.name}"
                    shared[both] = shared.get(both, 0) + 1
            if missing:
                remarks.append(
                    f"{pictures.root} lacks {len(missing)} of {len(rain_set.ids())} images of "
                    f"{rain_set.name}: {some_and_more(missing)}"
                )
        remarks += [
            f"{pictures.root}: {number} of the files stand for images of {both} alike; put "
            "{rain_set} into the pattern if each set was restored for itself"
            for both, number in shared.items()
        ]
        extra = [name for name in pictures.names if name not in used]
        if extra:
            remarks.append(
                f"{pictures.root} holds {len(extra)} that belong to no image of this run and are "
                f"not used: {some_and_more(extra)}"
            )
        lossy = [name for name in sorted(used) if name.lower().endswith((".jpg", ".jpeg"))]
        if lossy:
            remarks.append(
                f"{pictures.root} holds {len(lossy)} as JPEG, whose losses count as the method's"
            )
        files = zip(pictures.names, self._digests, strict=True)
        converted = [name for name, digest in files if name in used and " colours " in digest]
        if converted:
            remarks.append(
                f"{pictures.root} holds {len(converted)} with another colour profile than sRGB's, "
                f"which are converted: {some_and_more(converted)}"
            )
        return remarks

    def options(self) -> dict[str, object]:
        """Return the pattern, and the names and digests of all files that fit it."""
        files = list(zip(self._pictures.names, self._digests, strict=True))
        options: dict[str, object] = {
            "pattern": self._pictures.pattern.text,
            "files": [list(file) for file in files],
            "reading": READING_VERSION,
        }
        return options | ({"cut": True} if self._cut else {})


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
