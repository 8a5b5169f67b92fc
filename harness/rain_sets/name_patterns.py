"""File-name patterns such as ``rainy/rain-{id}.png``: what pairs images by name."""

import glob
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from harness.errors import ConfigError

_WILD = re.compile(r"\{(\w+)\}|\*")
"""A field in braces (group 1 is its name) or a star."""


class NamePattern:
    """A path below a folder, with fields in braces and ``*`` for what does not matter.

    A field stands for one or more characters other than ``/``; where it comes twice, both must
    be equal. An earlier field takes as much as it can, so ``{scene}_{k}`` splits at the last
    underscore. ``*`` stands for any number of characters other than ``/``.

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
        self.text = text
        self.fields = tuple(dict.fromkeys(_fields(text)))
        self._regex = re.compile(_regex(text))
        *folders, name = PurePosixPath(text).parts
        wild = [bool(_WILD.search(folder)) for folder in folders]
        self._fixed_folders = wild.index(True) if True in wild else len(folders)
        self._name_tells_all = not any("*" in folder for folder in folders) and (
            {field for folder in folders for field in _fields(folder)} <= set(_fields(name))
        )

    @property
    def glob(self) -> str:
        """The pattern for `pathlib.Path.glob`; it matches at least what `match` matches."""
        literals = [glob.escape(literal) for literal in _WILD.sub("\0", self.text).split("\0")]
        return "*".join(literals)

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
        return "has no field such as {id} and no *, so it names one file"
    if any(field[0].isdigit() for field in _fields(text)):
        return "a field's name must not begin with a digit"
    if "**" in text:
        return "write the folders out, with one * or one field for each that varies"
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text:
        return "must lie below the set's folder, with / between the parts"
    return None


def _regex(text: str) -> str:
    """Return the regular expression of a pattern, with a named group for each field."""
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
            pieces.append(f"(?P<{field}>[^/]+)")
    return "".join([*pieces, re.escape(text[end:])])
