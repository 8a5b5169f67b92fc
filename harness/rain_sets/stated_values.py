"""Numbers and flags as annotations state them: also as text, and never guessed."""

import math
import re

Size = tuple[int | None, int | None]
"""(height, width) in pixels; None for a side that is not stated."""

_WHOLE = re.compile(r"([+-]?[0-9]{1,18})(?:\.0*)?")
_YES, _NO = {"1", "true", "yes"}, {"0", "false", "no", ""}


def number_of(value: object) -> float | None:
    """Return a finite number that is stated as one or as text, None for anything else.

    >>> number_of("640"), number_of(1.5), number_of(True), number_of("wide")
    (640.0, 1.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and "_" in value:
        return None  # to Python 1_0 is ten
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole_number_of(value: object) -> int | None:
    """Return a whole number that is stated as one, as text or with a zero fraction, else None.

    >>> whole_number_of("7.0"), whole_number_of(7.0), whole_number_of(7.5), whole_number_of(True)
    (7, 7, None, None)
    """
    if isinstance(value, str):
        found = _WHOLE.fullmatch(value.strip())
        return int(found[1]) if found else None
    number = number_of(value)
    if number is None or number != int(number):
        return None
    return value if isinstance(value, int) else int(number)


def size_of(height: object, width: object) -> Size | None:
    """Return a picture's size as stated; None and 0 state nothing. None where neither side is.

    Raises:
        ValueError: If a side is no whole number of pixels.

    >>> size_of("480", 0), size_of(None, "0")
    ((480, None), None)
    """
    sides = [whole_number_of(0 if one is None else one) for one in (height, width)]
    if any(side is None or side < 0 for side in sides):
        raise ValueError(
            f"states height {height!r} and width {width!r}: both must be whole numbers of pixels"
        )
    size = (sides[0] or None, sides[1] or None)
    return None if size == (None, None) else size


def flag_of(value: object) -> bool | None:
    """Return a flag that is stated as 0 or 1, true or false, also as text; None for others.

    >>> flag_of("0"), flag_of(1), flag_of(None), flag_of("perhaps")
    (False, True, False, None)
    """
    if value is None:
        return False
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in _YES else False if word in _NO else None
    return bool(value) if isinstance(value, bool | int | float) and value in (0, 1) else None
