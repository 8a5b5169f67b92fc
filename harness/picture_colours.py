"""What a picture file says of its colours: other ones than sRGB's are converted to it.

A file may carry an ICC profile (a camera's, Adobe RGB, Display P3) or, a PNG, the exponent of
its values (chunk gAMA). Whether a profile is another one than sRGB's is measured, not read from its
name: there are dozens of profiles that are sRGB's.
"""

import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from harness.digests import digest_file
from harness.errors import SampleError
from harness.foreign_code import outcome
from harness.opened_pictures import from_picture
from harness.samples import ImageArray

COLOURS_VERSION = 1
"""Raised whenever such a file would give other pixels; it stands in the keys of such files."""

TOLERANCE = 3
"""Levels out of 255 by which a profile may differ from sRGB and count as it: profiles of sRGB
differ by 0 or 1 here, the nearest other one that was met by 60."""

SRGB_GAMMA, GAMMA_TOLERANCE = 1 / 2.2, 0.005
"""What a PNG of sRGB states (https://www.w3.org/TR/png-3/#srgb-gamma-chromaticities)."""

SRGB_PRIMARIES = (0.3127, 0.3290, 0.6400, 0.3300, 0.3000, 0.6000, 0.1500, 0.0600)
"""White, red, green and blue, likewise."""

MODES = {"GRAY": "L", "CMYK": "CMYK"}
"""Pillow's modes, by the colour space of a profile; of others ``RGB``."""


class Conversion(NamedTuple):
    """How the colours of a file become sRGB.

    Attributes:
        note: What was done, "" for nothing.
        apply: Maps a picture in the mode ``mode`` to (H, W, 3) uint8; None where nothing is done.
        mode: Pillow's name, ``RGB``, ``L`` or ``CMYK``.
    """

    note: str = ""
    apply: Callable[[Image.Image], ImageArray] | None = None
    mode: str = "RGB"


def conversion_of(path: Path, image: Image.Image) -> Conversion:
    """Return how a picture's colours become sRGB.

    Args:
        path: Of its file, for the error.
        image: As Pillow opened it.

    Raises:
        SampleError: If a PNG states primaries of its own without a profile.
    """
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        found = _of_profile(profile)
        fits = found.apply is None or found.mode == _space(image.mode)
        return found if fits else Conversion("its colour profile is of other channels: left aside")
    if image.format != "PNG" or "srgb" in image.info:
        return Conversion()
    primaries = image.info.get("chromaticity", SRGB_PRIMARIES)
    if np.abs(np.subtract(primaries, SRGB_PRIMARIES)).max() > 0.01 and _space(image.mode) == "RGB":
        raise SampleError(
            f"{path}: states primaries of its own (chunk cHRM) and has no profile; convert it to "
            "sRGB"
        )
    return _of_gamma(float(image.info.get("gamma", SRGB_GAMMA)))


def picture_digest(path: Path) -> str:
    """Return the SHA-256 of a picture file, and a word where its colours are converted.

    Raises:
        OSError: If it cannot be read.
    """
    digest = digest_file(path)
    found, _ = outcome(
        lambda: from_picture(path, lambda image: conversion_of(path, image), bytes_per_pixel=0)
    )
    return f"{digest} colours {COLOURS_VERSION}" if found is not None and found.apply else digest


def apply_conversion(
    conversion: Conversion, pixels: ImageArray, image: Image.Image
) -> tuple[ImageArray, str]:
    """Return a picture in sRGB.

    Args:
        conversion: Of the file.
        pixels: (H, W, 3) uint8 as they are stored.
        image: The same as Pillow decoded it, for CMYK.

    Returns:
        The pixels, and what was done, "" for nothing.
    """
    if conversion.apply is None:
        return pixels, conversion.note
    if conversion.mode == "CMYK":
        return conversion.apply(image), conversion.note
    stored = pixels if conversion.mode == "RGB" else np.ascontiguousarray(pixels[..., 0])
    return conversion.apply(Image.fromarray(stored)), conversion.note


def _space(mode: str) -> str:
    if mode == "CMYK":
        return "CMYK"
    return "L" if mode in {"L", "LA", "La", "1", "F"} or mode.startswith("I") else "RGB"


@functools.lru_cache(maxsize=64)
def _of_profile(content: bytes) -> Conversion:
    opened, error = outcome(lambda: _transform(content))
    if opened is None or error is not None:
        return Conversion("its colour profile is damaged: left aside")
    mode, transform, name = opened

    def apply(image: Image.Image) -> ImageArray:
        converted = ImageCms.applyTransform(image, transform)
        assert converted is not None
        return np.array(converted)

    if mode != "CMYK":
        levels = _sampled(mode)
        converted = apply(Image.fromarray(levels)).astype(int)
        reference = levels if levels.ndim == 3 else levels[..., None]
        if np.abs(converted - reference).max() <= TOLERANCE:
            return Conversion()
    return Conversion(f"colours converted from its profile ({name}) to sRGB", apply, mode)


def _transform(content: bytes) -> tuple[str, ImageCms.ImageCmsTransform, str]:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
    mode = MODES.get(profile.profile.xcolor_space.strip(), "RGB")
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    name = " ".join((profile.profile.profile_description or "").split())
    return mode, transform, name[:60] or "without name"


def _sampled(mode: str) -> npt.NDArray[np.uint8]:
    """Return levels from all over a colour space as a picture."""
    if mode == "L":
        return np.arange(256, dtype=np.uint8)[None]
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    return np.ascontiguousarray(grid.reshape(1, -1, 3))


def _of_gamma(gamma: float) -> Conversion:
    if abs(gamma - SRGB_GAMMA) <= GAMMA_TOLERANCE or gamma <= 0:
        return Conversion()
    light = (np.arange(256) / 255) ** (1 / gamma)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    table = np.rint(255 * encoded).astype(np.uint8)

    def apply(image: Image.Image) -> ImageArray:
        converted: ImageArray = table[np.asarray(image)]
        return converted

    return Conversion(f"levels converted from its gamma of {gamma:.3g} to sRGB", apply, "RGB")
