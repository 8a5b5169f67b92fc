"""Numbers of things, and a few names of many, as messages say them."""

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "image"), counted(2, "image")
    ('1 image', '2 images')
    """
    return f"{number} {noun}{'s' * (number != 1)}"


def some_of(names: Sequence[str], most: int = 3) -> str:
    """Return the first few of several names.

    >>> some_of(["a", "b", "c", "d"])
    'a, b, c, ...'
    """
    return ", ".join(names[:most]) + ", ..." * (len(names) > most)


def some_and_more(names: Sequence[str], most: int = 5) -> str:
    """Return the first few names, and how many there are besides.

    >>> some_and_more(["a", "b"]), some_and_more(list("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    others = len(names) - most
    return ", ".join(names[:most]) + (f" and {others} more" if others > 0 else "")
