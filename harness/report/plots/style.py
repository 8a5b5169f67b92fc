"""The look that all plots share: type, grid, panels, direct labels, and files without dates."""

import io
import math
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.report.plots.fonts import FAMILY, make_known
from harness.report.plots.palette import (
    EDGE,
    GRID,
    IN_THE_DARK,
    INK,
    PAPER,
    REFERENCE_COLOUR,
    SOFT_INK,
)

STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [FAMILY],
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.labelcolor": SOFT_INK,
    "axes.edgecolor": EDGE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": PAPER,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": SOFT_INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "text.parse_math": False,  # a derainer may be called "$x$"
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "rdmc-bench",  # the same plot, the same bytes
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}
SINGLE_COLUMN, DOUBLE_COLUMN = 3.5, 7.16
"""Inches of a column, and of both, in a two-column paper: plots stand there as they are."""
SMALL = 7
"""Points of the letters within a plot."""
DOTS_PER_INCH = 200
LONGEST_LINE, LONGEST_LABEL = 20, 40


@contextmanager
def plot_style() -> Iterator[None]:
    """Apply the look to what is drawn and saved within, and to nothing else of the process.

    A letter that the font has not is drawn as a box, without a word on the terminal.
    """
    make_known()
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def column_width(beside: int) -> float:
    """Return the inches of a plot with so many panels: of one column, or of both."""
    return SINGLE_COLUMN if beside == 1 else DOUBLE_COLUMN


def panels(count: int, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` panels, each ``height`` inches high and as wide as fits.

    Args:
        count: Number of panels.
        columns: At most so many beside each other.
        width: Of the whole figure, in inches.
        height: Of one panel, in inches.
    """
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width, height * rows), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.07)  # type: ignore[union-attr, call-arg]
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(rows, columns, index + 1) for index in range(count)]
    return figure, axes


def in_lines(label: str) -> str:
    r"""Return a name in lines of a length that a plot has room for, its middle left out if need be.

    >>> in_lines("RDMC-S without recruitment")
    'RDMC-S without\nrecruitment'
    """
    if len(label) > LONGEST_LABEL:
        half = LONGEST_LABEL // 2
        label = f"{label[: half - 1].rstrip()}… {label[-half:].lstrip()}"
    return "\n".join(textwrap.wrap(label, LONGEST_LINE)) or label


def names_in_lines(labels: Sequence[str]) -> list[str]:
    r"""Return names as `in_lines` does; of those that would read alike, from where they differ.

    >>> long = "Deraining network with a very long name, "
    >>> names_in_lines([f"{long}seed {seed}, and what else it is called" for seed in "12"])[1]
    '…2, and what else it\nis called'
    """
    lines = [in_lines(label) for label in labels]
    for alike in {one for one in lines if lines.count(one) > 1}:
        places = [place for place, one in enumerate(lines) if one == alike]
        same = _alike_letters([labels[place] for place in places])
        for place in places:
            lines[place] = in_lines(f"…{labels[place][same:]}")
    return lines


def _alike_letters(labels: Sequence[str]) -> int:
    """Return with how many letters all labels begin alike."""
    columns = enumerate(zip(*labels, strict=False))
    shortest = min(map(len, labels))
    return next((place for place, letters in columns if len(set(letters)) > 1), shortest)


def clean_rows(axes: Axes, labels: Sequence[str], shown: bool) -> None:
    """Turn the vertical axis into a list of names, the first on top."""
    axes.set_yticks(range(len(labels)), names_in_lines(labels) if shown else [])
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def legend_below(figure: Figure, handles: Mapping[str, Line2D]) -> None:
    """Write below all panels what the lines or marks of each name look like."""
    figure.legend(
        list(handles.values()),
        names_in_lines(list(handles)),
        loc="outside lower center",
        ncols=min(5 if figure.get_figwidth() > SINGLE_COLUMN else 2, len(handles)),
        frameon=False,
        fontsize=SMALL,
    )


def as_png(figure: Figure) -> bytes:
    """Lay the panels out, and render as PNG, the same bytes for the same plot."""
    buffer = io.BytesIO()
    own, figure.dpi = figure.dpi, DOTS_PER_INCH
    figure.draw_without_rendering()
    figure.set_layout_engine(None)  # or each of two passes would lay them out anew
    figure.dpi = own
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def as_pdf(figure: Figure) -> bytes:
    """Render as PDF, without a date so that the same plot gives the same bytes.

    Call it after `as_png`: the panels stay where they were laid out then.
    """
    buffer = io.BytesIO()
    nothing = {"CreationDate": None, "Creator": None, "Producer": None}
    figure.savefig(buffer, format="pdf", metadata=nothing)
    return buffer.getvalue()


def as_svg(figure: Figure) -> bytes:
    """Render as SVG, which turns dark with the reader's screen; the letters stay text.

    Call it after `as_png`, as `as_pdf`.
    """
    buffer = io.BytesIO()
    nothing = {"Date": None, "Creator": None, "Type": None, "Format": None}
    figure.savefig(buffer, format="svg", metadata=nothing)
    svg = buffer.getvalue().replace(f"'{FAMILY}', ".encode(), b"'DejaVu Sans', Verdana, ")
    start = svg.index(b">", svg.index(b"<svg")) + 1
    return svg[:start] + _dark_style().encode() + svg[start:]


def _dark_style() -> str:
    """Return the rules by which colours change: matplotlib writes them into each element."""
    rules = "".join(
        f'[style*="{what}: {light.lower()}"]{{{what}:{dark}!important}}'
        for light, dark in IN_THE_DARK.items()
        for what in ("fill", "stroke")
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def write_above(axes: Axes, value: float, text: str, side: str = "center") -> None:
    """Write what a reference line stands for above it, on a side of it."""
    axes.annotate(
        text,
        (value, 1),
        ({"left": 1, "right": -1, "center": 0}[side], 4),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha=side,
        color=REFERENCE_COLOUR,
        fontsize=SMALL,
    )


def write_bounds(axes: Axes, bounds: Sequence[tuple[float, str, tuple[float, float]]]) -> None:
    """Draw lines that bound the figures of a panel, with words above that do not touch.

    Args:
        axes: With its limits final.
        bounds: Value, words and dashes of each; what is not finite is left out.
    """
    low, high = axes.get_xlim()
    known = sorted(one for one in bounds if math.isfinite(one[0]))
    near = len(known) > 1 and known[-1][0] - known[0][0] < 0.5 * (high - low)
    for index, (value, words, dashes) in enumerate(known):
        axes.axvline(value, color=REFERENCE_COLOUR, linewidth=1, dashes=dashes, zorder=0.5)
        write_above(axes, value, words, ("right", "left")[index] if near else "center")


def write_beside(axes: Axes, place: float, text: str) -> None:
    """Write a row's figure right of the panel, where it covers nothing."""
    axes.annotate(
        text,
        (1, place),
        (4, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
    )
