"""The look that all plots share: type, grid, panels, direct labels, and files without dates."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any, NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from harness.report.plots.palette import REFERENCE_COLOUR

STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 9.5,
    "axes.labelcolor": "#444444",
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": "#999999",
    "ytick.color": "#999999",
    "xtick.labelcolor": "#444444",
    "ytick.labelcolor": "#222222",
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "text.color": "#222222",
    "text.parse_math": False,  # a derainer may be called "$x$"
    "pdf.fonttype": 42,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
DOTS_PER_INCH = 200
LONGEST_LABEL = 18


class Drawing(NamedTuple):
    """A finished plot.

    Attributes:
        name: Of its files, without the ending.
        caption: What to see in it, a sentence or two.
        alternative: For a reader who cannot see it.
        figure: The plot.
    """

    name: str
    caption: str
    alternative: str
    figure: Figure


@contextmanager
def plot_style() -> Iterator[None]:
    """Apply the look to what is drawn and saved within, and to nothing else of the process."""
    with matplotlib.rc_context(STYLE):
        yield


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
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(rows, columns, index + 1) for index in range(count)]
    return figure, axes


def short(label: str) -> str:
    """Cut a label that would push the plot aside.

    >>> short("A derainer with a very long name")
    'A derainer with a…'
    """
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"


def clean_rows(axes: Axes, labels: Sequence[str], shown: bool) -> None:
    """Turn the vertical axis into a list of names, the first on top."""
    axes.set_yticks(range(len(labels)), [short(label) for label in labels] if shown else [])
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0, pad=8)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def label_points(axes: Axes, points: Sequence[tuple[float, float, str]]) -> None:
    """Write each point's name beside it where it covers neither a point nor other text.

    A name that finds room only farther away is tied to its point by a thin line.

    Args:
        axes: With its limits and other texts final.
        points: x, y, name.
    """
    figure = axes.figure
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    figure.draw_without_rendering()  # type: ignore[union-attr]
    frame = axes.get_window_extent(renderer)
    dots = [axes.transData.transform((x, y)) for x, y, _ in points]
    radius = 5 * figure.dpi / 72
    taken = [Bbox.from_extents(x - radius, y - radius, x + radius, y + radius) for x, y in dots]
    taken += [text.get_window_extent(renderer) for text in axes.texts]
    for x, y, name in points:
        best: tuple[float, Annotation, Bbox] | None = None
        for reach, direction in product(_REACHES, _DIRECTIONS):
            text = _name_beside(axes, (x, y), short(name), direction, reach)
            text.update_positions(renderer)
            box = Text.get_window_extent(text, renderer)  # the annotation's would hold its line
            cost = sum(_overlap(box, other) for other in taken)
            cost += 2 * (box.width * box.height - _overlap(box, frame)) + reach
            if best is None or cost < best[0] - 1e-6:
                if best is not None:
                    best[1].remove()
                best = (cost, text, box)
            else:
                text.remove()
        if best is not None:
            taken.append(best[2])


_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
_REACHES = (8, 16, 28, 44)
"""Points (1/72 inch) between a dot and its name, in the order of preference."""


def _name_beside(
    axes: Axes, dot: tuple[float, float], name: str, direction: tuple[int, int], reach: int
) -> Annotation:
    dx, dy = direction
    line = {"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkA": 1, "shrinkB": 4}
    text = axes.annotate(
        name,
        dot,
        (dx * reach, dy * reach),
        textcoords="offset points",
        fontsize=8.5,
        ha={1: "left", -1: "right", 0: "center"}[dx],
        va={1: "bottom", -1: "top", 0: "center"}[dy],
        arrowprops=line if reach > _REACHES[0] else None,
    )
    text.set_in_layout(False)  # a name that was tried must not push the panels about
    return text


def _overlap(one: Bbox, other: Bbox) -> float:
    shared = Bbox.intersection(one, other)
    return float(shared.width * shared.height) if shared is not None else 0.0


def as_png(figure: Figure) -> bytes:
    """Render as PNG, the same bytes for the same plot."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def as_pdf(figure: Figure) -> bytes:
    """Render as PDF, without a date so that the same plot gives the same bytes.

    Call it after `as_png`: the panels stay where they were laid out then.
    """
    figure.set_layout_engine("none")
    buffer = io.BytesIO()
    nothing = {"CreationDate": None, "Creator": None, "Producer": None}
    figure.savefig(buffer, format="pdf", metadata=nothing)
    return buffer.getvalue()


def write_above(axes: Axes, value: float, text: str) -> None:
    """Write what a reference line stands for above it."""
    axes.annotate(
        text,
        (value, 1),
        (0, 4),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        color=REFERENCE_COLOUR,
        fontsize=8.5,
    )
