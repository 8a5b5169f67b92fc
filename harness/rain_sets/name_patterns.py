"""File-name patterns such as ``rainy/rain-{id}.png``: what pairs images by name."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from harness.errors import ConfigError
from harness.spelling import plain

_WILD = re.compile(r"\{(\w+)(\?)?\}|\*")
"""A field in braces (group 1 is its name, group 2 says that it may be empty) or a star."""

ONE_FORMAT = ((".jpg", ".jpeg", ".jpe", ".jfif"), (".tif", ".tiff"))
"""Extensions of one format: a pattern that ends in one of a group matches the others too."""


class FolderPart(NamedTuple):
    """A folder of a pattern.

    Attributes:
        text: As the pattern has it.
        regex: Of its names; None where there is no field and no star in it.
    """

    text: str
    regex: re.Pattern[str] | None


class NamePattern:
    """A path below a folder, with fields in braces and ``*`` for what does not matter.

    A field stands for one or more characters other than ``/``; where it comes twice, both must
    be equal. An earlier field takes as much as it can, so ``{scene}_{k}`` splits at the last
    underscore. ``{part?}`` may be empty, so ``{part?}rain-{id}.png`` stands for ``rain-1.png`` and
    ``pie-rain-1.png``. ``*`` stands for any number of characters other than ``/``. An extension
    matches in upper and lower case, and ``.jpg`` stands for ``.jpeg`` and ``.jfif`` as well: what a
    folder holds is not left out for the way that its extension is spelled.

    Attributes:
        text: As the user wrote it.
        fields: Names of the fields, in the order of their first appearance.

    Raises:
        ConfigError: If the pattern is absolute, leaves the folder, has neither field nor ``*``,
            or a brace that does not enclose a name.

    >>> pattern = NamePattern("rainy_image/{scene}_{k}.jpg")
    >>> pattern.match("rainy_image/901_14.jpg")
    {'scene': '901', 'k': '14'}
    >>> pattern.sample_id("rainy_image/901_14.jpg")
    '901_14'
    >>> pattern.fill({"scene": "901"})
    'rainy_image/901_*.jpg'
    """

    def __init__(self, text: str) -> None:
        problem = _problem(text)
        if problem:
            raise ConfigError(f"file pattern {text!r}: {problem}")
        text = plain(text)
        self.text = text
        self.fields = tuple(dict.fromkeys(_fields(text)))
        self._regex = re.compile(_regex(text, _any_spelling(self.suffix)))
        *folders, name = PurePosixPath(text).parts
        wild = [bool(_WILD.search(folder)) for folder in folders]
        self._fixed_folders = wild.index(True) if True in wild else len(folders)
        self._name_tells_all = not any("*" in folder for folder in folders) and (
            {field for folder in folders for field in _fields(folder)} <= set(_fields(name))
        )

    @property
    def folders(self) -> list[FolderPart]:
        """The folders on the way to the files."""
        return [
            FolderPart(part, re.compile(_regex(part, "")) if _WILD.search(part) else None)
            for part in PurePosixPath(self.text).parts[:-1]
        ]

    @property
    def suffix(self) -> str:
        """The extension as the pattern has it, "" where it leaves it open."""
        return "" if self.suffix_is_free else PurePosixPath(self.text).suffix

    def with_free_suffix(self) -> "NamePattern":
        """Return the pattern with any extension in place of its own."""
        return self if self.suffix_is_free else NamePattern(f"{self.text[: -len(self.suffix)]}.*")

    @property
    def suffix_is_free(self) -> bool:
        """Whether the pattern leaves the kind of file open, as in ``input/{id}.*``."""
        suffix = PurePosixPath(self.text).suffix
        return not suffix or _WILD.search(suffix) is not None

    def match(self, relative: str) -> dict[str, str] | None:
        """Return the fields' values in a path with ``/`` below the folder, None for no match."""
        found = self._regex.fullmatch(relative)
        return found.groupdict() if found else None

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the path with the values in place; a field without a value becomes ``*``."""
        return _WILD.sub(lambda wild: values.get(wild[1] or "", "*"), self.text)

    def sample_id(self, relative: str) -> str:
        """Return the id of a matching path: its file name without the extension.

        Folders that vary and are not repeated in the file name go before it.

        >>> NamePattern("{video}/{frame}.png").sample_id("bridge/0001.png")
        'bridge__0001'
        >>> NamePattern("val/{city}/{city}_{frame}.png").sample_id("val/ulm/ulm_01.png")
        'ulm_01'
        """
        path = PurePosixPath(relative)
        folders = () if self._name_tells_all else path.parts[self._fixed_folders : -1]
        return "__".join([*folders, path.stem])


def _fields(text: str) -> list[str]:
    return [wild[1] for wild in _WILD.finditer(text) if wild[1]]


def _problem(text: str) -> str | None:
    if "{" in _WILD.sub("", text) or "}" in _WILD.sub("", text):
        return "a brace must enclose a name of letters, digits and _, as in {id}"
    if not _WILD.search(text):
        folder = f"; all pictures of a folder are {text}/{{id}}.png" if "." not in text else ""
        return f"has no field such as {{id}} and no *, so it names one file{folder}"
    if any(field[0].isdigit() for field in _fields(text)):
        return "a field's name must not begin with a digit"
    if "**" in text:
        return "write the folders out, with one * or one field for each that varies"
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text:
        return "must lie below the set's folder, with / between the parts"
    return None


def _any_spelling(suffix: str) -> str:
    """Return a regular expression for an extension in any case, and others of its format."""
    same = next((group for group in ONE_FORMAT if suffix.lower() in group), (suffix,))
    return f"(?i:{'|'.join(map(re.escape, same))})" if suffix else ""


def _regex(text: str, suffix: str) -> str:
    """Return the regular expression of a pattern, with a named group for each field.

    Args:
        text: The pattern.
        suffix: The expression for its extension, "" where that is open or there is none.
    """
    if suffix:
        text = text[: -len(PurePosixPath(text).suffix)]
    pieces, end, seen = [], 0, set()
    for wild in _WILD.finditer(text):
        pieces.append(re.escape(text[end : wild.start()]))
        end = wild.end()
        field = wild[1]
        if field is None:
            pieces.append("[^/]*")
        elif field in seen:
            pieces.append(f"(?P={field})")
        else:
            seen.add(field)
            pieces.append(f"(?P<{field}>[^/]{'*' if wild[2] else '+'})")
    return "".join([*pieces, re.escape(text[end:]), suffix])
