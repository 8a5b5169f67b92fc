"""The letters of the plots: DejaVu Sans without what only typesetters of other scripts need.

A PDF holds the letters that it uses. To pick them out, fontTools reads the tables of ligatures and
of positions, which takes half of a PDF's time; so the plots use a copy without these tables, under
another name as the font's licence wants it.
"""

import functools
import tempfile
from pathlib import Path

import matplotlib
from fontTools.ttLib import TTFont
from matplotlib import font_manager

FAMILY = "Report Sans"
FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
LEFT_OUT = ("GSUB", "GPOS", "GDEF", "kern")
NAMES = (1, 4, 6, 16)
"""Of the table ``name``: family, full name, PostScript name, typographic family."""


@functools.cache
def make_known() -> tempfile.TemporaryDirectory[str]:
    """Make the copies, once in a process, and tell matplotlib of them.

    Returns:
        The folder, which is deleted with the process.
    """
    folder = tempfile.TemporaryDirectory(prefix="rdmc-bench-fonts-")
    for name in FILES:
        source = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
        with TTFont(source, recalcTimestamp=False) as font:
            for table in LEFT_OUT:
                if table in font:
                    del font[table]
            for entry in font["name"].names:
                if entry.nameID in NAMES:
                    entry.string = entry.toUnicode().replace("DejaVu", "Report")
            font.save(Path(folder.name, name))
        font_manager.fontManager.addfont(Path(folder.name, name))
    return folder
