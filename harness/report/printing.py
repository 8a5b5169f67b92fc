"""How figures are printed."""

import math

MINUS = "\N{MINUS SIGN}"
UNDEFINED = "\N{EN DASH}"
"""Printed where a figure does not exist."""


def printed(value: float, digits: int) -> str:
    """Print a figure as every table shows it.

    >>> printed(0.61249, 3), printed(float("inf"), 2), printed(-0.0004, 2)
    ('0.612', '∞', '0.00')
    >>> printed(-0.126, 2) == MINUS + "0.13", printed(float("nan"), 2) == UNDEFINED
    (True, True)
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """Print a share in whole per cent, rounded as tables round it to two digits.

    >>> percent(0.475), printed(0.475, 2), percent(-0.001), percent(1.2)
    ('47%', '0.47', '0%', '120%')
    """
    return f"{round(share, 2) + 0.0:.0%}"
