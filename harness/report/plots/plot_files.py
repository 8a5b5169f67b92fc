"""The files of a report's plots, of which those stay that would be drawn the same again.

A note beside them has, for each plot, a digest of what it shows and is drawn by, and one of each of
its files. It vouches for a file by its content alone: one that somebody edited, or that a report
wrote which was killed before it left its own note, is not the one that was noted.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import matplotlib

from harness.digests import digest_file, digest_json
from harness.images import write_bytes
from harness.report.made_with import code, packages
from harness.report.plots.plot_drawing import Drawing
from harness.report.plots.style import as_pdf, as_png, as_svg, plot_style
from harness.run_folder.damage import read_whole

NOTE = ".plots.json"
FORMATS = {"png": as_png, "pdf": as_pdf, "svg": as_svg}
"""How a figure is rendered by the ending of its file: as PNG first, which lays it out."""


class _Noted(NamedTuple):
    """What is known of a plot: a digest of all that it follows from, and one of each file."""

    made_from: str
    files: dict[str, str]


class PlotFiles:
    """The folder of a report's plots.

    Args:
        folder: Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._look = _look()
        self._last, self._now = _noted(folder), dict[str, _Noted]()

    def write(self, drawing: Drawing) -> bytes:
        """Write a plot in all formats, unless the last report's stands; return the SVG."""
        made_from = digest_json([self._look, drawing.digest])
        last = self._last.get(drawing.name)
        files = self._standing(drawing, last) if last and last.made_from == made_from else None
        if files is None:
            with plot_style():
                files = {name: FORMATS[end](drawing.figure) for end, name in _names(drawing)}
            for name, content in files.items():
                write_bytes(self.folder / name, content)
        digests = {name: _digest(content) for name, content in files.items()}
        self._now[drawing.name] = _Noted(made_from, digests)
        return files[f"{drawing.name}.svg"]

    def _standing(self, drawing: Drawing, last: _Noted) -> dict[str, bytes] | None:
        """Return the files of a plot, None if one is not as it was noted."""
        try:
            files = {name: read_whole(self.folder / name) for _, name in _names(drawing)}
        except (OSError, ValueError):
            return None
        digests = {name: _digest(content) for name, content in files.items()}
        return files if digests == last.files else None

    def finish(self) -> None:
        """Note what was written, and delete plots of the last report that this one has not.

        Those that somebody changed stay.
        """
        written = {name for noted in self._now.values() for name in noted.files}
        last = {name: one for noted in self._last.values() for name, one in noted.files.items()}
        for name in last.keys() - written:
            path = self.folder / Path(name).name
            if path.is_file() and digest_file(path) == last[name]:
                path.unlink()
        note = {name: noted._asdict() for name, noted in self._now.items()}
        if note or self._last:
            write_bytes(self.folder / NOTE, json.dumps(note, indent=1).encode())


def _names(drawing: Drawing) -> list[tuple[str, str]]:
    """Return the endings and the names of a plot's files."""
    return [(end, f"{drawing.name}.{end}") for end in FORMATS]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _look() -> str:
    """Return a digest of all that plots follow from beside what each shows.

    A user's own settings of matplotlib are part of it, as far as the style leaves them.
    """
    with plot_style():
        settings = {name: str(value) for name, value in matplotlib.rcParams.copy().items()}
    settings.pop("backend", None)  # no plot is shown on a screen
    return digest_json([code("harness/**/*.py"), packages(), settings])


def _noted(folder: Path) -> dict[str, _Noted]:
    """Return what the last report noted, by the names of plots; nothing where nothing tells it."""
    try:
        note = json.loads(read_whole(folder / NOTE))
        return {
            str(name): _Noted(
                str(one["made_from"]),
                {str(file): str(digest) for file, digest in one["files"].items()},
            )
            for name, one in note.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
