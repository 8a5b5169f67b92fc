"""Pictures that others wrote, found by the id of their sample and a pattern of file names."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from harness.errors import ConfigError, DerainerError
from harness.samples import ImageArray, Sample
from harness.spelling import plain

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")
"""Of the files that count where a pattern leaves the extension open, in lower case."""

NAMED_SUFFIXES = (*SUFFIXES, ".tif", ".tiff", ".webp", ".ppm")
"""Which a pattern may end with."""

_MULTIPLES = (2, 4, 8, 16, 32, 64, 128)
"""To which networks cut a picture, or pad it."""

_FIELD = re.compile(r"\{(\w*)(?::(\d+))?\}")
"""A field in braces: its name, and the width of a number."""

_DIGITS = re.compile(r"\d+")

_NUMBERS = ("number", "first_number")

FIELDS = ("id", "stem", "path", *_NUMBERS, "rain_set")
"""What a pattern may have."""


class PicturePattern:
    """A path below a folder with fields in braces, such as ``{rain_set}/{id}_derained``.

    ``{id}`` is the sample's id, which is the name of the rainy file without its extension;
    where folders make it unique they stand before it (``bridge__0001``). Of such an id
    ``{stem}`` is the last part (``0001``), and ``{path}`` has the folders (``bridge/0001``).
    ``{number}`` is the last number in the id without zeros before it (``1`` of ``rain-001``), and
    ``{number:4}`` has as many as make four digits (``0001``); ``{first_number}`` is the first.
    ``{rain_set}`` is the rain set's name in the configuration. Without an extension at its end
    the pattern stands for any of `SUFFIXES`, in lower or upper case.

    Args:
        text: As the user wrote it.
        known: The fields that it may have.

    Raises:
        ConfigError: If it has an unknown field, none that tells samples apart, or leaves the
            folder.

    >>> PicturePattern("{rain_set}/{path}.png").fill("bridge__0001", "streets")
    'streets/bridge/0001.png'
    >>> PicturePattern("{number}.png").fill("rain-001"), PicturePattern("{number:4}").fill("a7x")
    ('1.png', '0007')
    """

    def __init__(self, text: str, known: Sequence[str] = FIELDS) -> None:
        problem = _problem(text, known)
        if problem:
            raise ConfigError(f"file pattern {text!r}: {problem}")
        self.text = text
        suffix = PurePosixPath(text).suffix.lower()
        self.suffixes = (suffix,) if suffix in NAMED_SUFFIXES else SUFFIXES
        self.has_suffix = suffix in NAMED_SUFFIXES
        self.names_rain_set = "{rain_set}" in text
        literals = [re.escape(part) for part in _FIELD.sub("\0", plain(text)).split("\0")]
        self._regex = re.compile(".+".join(literals) + ("" if self.has_suffix else r"\.\w+"))

    def fill(self, sample_id: str, rain_set: str = "") -> str:
        """Return the path of a sample, without an extension where the pattern has none.

        Raises:
            DerainerError: If the pattern asks for a number and the id has none.
        """
        path = sample_id.replace("__", "/")
        numbers = _DIGITS.findall(sample_id)
        values = {
            "id": sample_id,
            "stem": PurePosixPath(path).name,
            "path": path,
            "rain_set": rain_set,
        }
        if numbers:
            values |= {"number": numbers[-1], "first_number": numbers[0]}

        def value(field: re.Match[str]) -> str:
            if field[1] not in values:
                raise DerainerError(
                    f"the pattern {self.text!r} asks for a number, and the id {sample_id!r} has "
                    "none; take {id}"
                )
            if field[1] in _NUMBERS:
                return str(int(values[field[1]])).zfill(int(field[2] or 1))
            return values[field[1]]

        return _FIELD.sub(value, self.text)

    def fits(self, relative: str) -> bool:
        """Return whether a path with ``/`` below the folder could be some sample's."""
        return self._regex.fullmatch(plain(relative)) is not None


class PictureFolder:
    """The pictures below a folder that fit a pattern, as they lay there when this was made.

    Attributes:
        root: The folder.
        pattern: Of their names.
        names: Their paths below the folder, with ``/``, sorted.
    """

    def __init__(self, root: Path, pattern: PicturePattern) -> None:
        self.root, self.pattern = root, pattern
        pictures = _pictures(root, pattern.suffixes)
        self.names = sorted(name for name in pictures if pattern.fits(name))
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            stem = name if pattern.has_suffix else _without_suffix(name)
            self._by_stem[plain(stem)].append(name)

    def find(self, sample_id: str, rain_set: str = "") -> str | None:
        """Return the name of a sample's picture, None where there is none.

        Raises:
            DerainerError: If several files could be it.
        """
        found = self._by_stem.get(plain(self.pattern.fill(sample_id, rain_set)), [])
        if len(found) > 1:
            raise DerainerError(
                f"{self.root}: {' and '.join(found)} could both be the restored {sample_id}; "
                "remove one, or end the pattern with an extension"
            )
        return found[0] if found else None

    def missing(self, sample_id: str, rain_set: str = "") -> str:
        """Say which file was looked for in vain."""
        kinds = "" if self.pattern.has_suffix else f" (or {', '.join(SUFFIXES[1:])})"
        return f"{self.path(sample_id, rain_set).relative_to(self.root).as_posix()}{kinds}"

    def path(self, sample_id: str, rain_set: str = "") -> Path:
        """Return where a sample's picture is first looked for."""
        suffix = "" if self.pattern.has_suffix else SUFFIXES[0]
        return self.root / f"{self.pattern.fill(sample_id, rain_set)}{suffix}"


def check_size(where: str, pixels: ImageArray, sample: Sample) -> None:
    """Refuse a restored picture of another size than the rainy one.

    Where the right and lower edge may have been cut to multiples of some pixels, the text says
    how all rows are judged on what is left.

    Args:
        where: The restored picture lies, for the error.
        pixels: (H, W, 3).
        sample: Whose picture it should be.

    Raises:
        DerainerError: If the sizes differ; the text has both.
    """
    if pixels.shape != sample.rainy.shape:
        height, width = pixels.shape[:2]
        rainy_height, rainy_width = sample.rainy.shape[:2]
        raise DerainerError(
            f"{where}: is {width}x{height}, but the rainy image {sample.id} is "
            f"{rainy_width}x{rainy_height}: a restored image keeps the size"
            + _advice((height, width), (rainy_height, rainy_width))
        )


def _advice(size: tuple[int, int], rainy: tuple[int, int]) -> str:
    """Return what to do about a picture that was cut, or that is larger than what is left."""
    if all(one >= whole for one, whole in zip(size, rainy, strict=True)):
        return "; `cut: true` cuts its right and lower edge, where the rain set has `crop_multiple`"
    for multiple in _MULTIPLES:
        if size == tuple(whole - whole % multiple for whole in rainy):
            return (
                f"; if it was cut to multiples of {multiple}, say `crop_multiple: {multiple}` of "
                "the rain set (`layout: files` or a public one): all rows are judged on that part"
            )
    return ""


def _pictures(root: Path, suffixes: Sequence[str]) -> Iterator[str]:
    """Yield every picture below a folder; what is hidden, or no file, does not count."""
    for folder, folders, files in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(folder) / name
            if not name.startswith(".") and path.suffix.lower() in suffixes and path.is_file():
                yield path.relative_to(root).as_posix()


def _without_suffix(name: str) -> str:
    return name[: -len(PurePosixPath(name).suffix)]


def _problem(text: str, known: Sequence[str]) -> str | None:
    fields = [name for name, _ in _FIELD.findall(text)]
    shown = ", ".join(f"{{{field}}}" for field in known)
    unknown = [field for field in fields if field not in known]
    if unknown:
        return f"knows no {{{unknown[0]}}}; its fields are {shown}"
    widths = [name for name, width in _FIELD.findall(text) if width and name not in _NUMBERS]
    if widths:
        return f"only a number has a width, as in {{number:4}}, not {{{widths[0]}}}"
    if "{" in _FIELD.sub("", text) or "}" in _FIELD.sub("", text):
        return f"a brace must enclose a field; its fields are {shown}"
    if not set(fields) - {"rain_set"}:
        return "has no field that tells samples apart, such as {id}"
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text:
        return "must lie below its folder, with / between the parts"
    return None
