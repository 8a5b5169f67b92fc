"""Colours that mean the same thing in every plot and picture of a report."""

from harness.run_folder.run_figures import RunFigures

RGB = tuple[int, int, int]

DERAINER_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#332288",
    "#AFB362",
    "#882255",
)
"""Okabe and Ito's colours without black and yellow, then of Tol's: apart for every eye."""

REFERENCE_COLOUR = "#6B6B6B"
MARKERS = ("o", "s", "D", "^", "v", "P", "X")

INK, SOFT_INK, EDGE, GRID, PAPER = "#222222", "#444444", "#999999", "#E6E6E6", "#FFFFFF"
"""Letters, letters of axes, lines of axes, grid and ground."""

IN_THE_DARK = {
    INK: "#E6E6E2",
    SOFT_INK: "#C4C7CA",
    EDGE: "#7D8185",
    GRID: "#34383B",
    PAPER: "#1D2022",
    REFERENCE_COLOUR: "#A3A7AB",
    "#0072B2": "#8BB0F0",
    "#D55E00": "#D67C39",
    "#009E73": "#40F97F",
    "#CC79A7": "#C7A9B1",
    "#E69F00": "#FFD438",
    "#56B4E9": "#66FBFF",
    "#332288": "#8783FF",
    "#AFB362": "#B39671",
    "#882255": "#CC4BA7",
}
"""What each colour becomes for a reader whose screen is dark."""


def derainer_style(run: RunFigures) -> dict[str, tuple[str, str]]:
    """Return the colour and the marker of every derainer, by its name.

    Past the ninth, colours come back with another marker.
    """
    style = {entry.name: (REFERENCE_COLOUR, "o") for entry in run.references}
    for index, entry in enumerate(run.derainers):
        turn, place = divmod(index, len(DERAINER_COLOURS))
        style[entry.name] = (DERAINER_COLOURS[place], MARKERS[turn % len(MARKERS)])
    return style


def css(colour: RGB) -> str:
    """Write a colour as CSS does.

    >>> css((255, 0, 16))
    '#ff0010'
    """
    return "#{:02x}{:02x}{:02x}".format(*colour)
