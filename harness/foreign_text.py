"""What foreign code says, as one line that a terminal, a table and every file can show."""

import unicodedata

LONGEST = 2000
"""Characters of a message that are shown; foreign code may say megabytes."""

_JOINERS = "\u200c\u200d"
"""Invisible, and part of how some languages are written."""


def one_line(text: str, longest: int = LONGEST) -> str:
    r"""Return a text in one line, cut to a length, without what would command a terminal.

    Control characters, marks that turn the direction of writing, and halves of surrogate pairs
    are shown by their numbers.

    Args:
        text: Of a message, a name or a log; a subclass of ``str`` may be anything.
        longest: Characters that are kept.

    >>> one_line("\x1b[31mred\nrain")
    '\\x1b[31mred rain'
    >>> one_line("drip" * 300, 10)
    'dripdripdr... (1190 more characters)'
    """
    kept = str.__getitem__(text, slice(longest))
    line = "".join(map(_shown, kept)).strip()
    more = str.__len__(text) - longest
    return f"{line}... ({more} more characters)" if more > 0 else line


def _shown(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs" or letter in _JOINERS:
        return letter
    return " " if letter in "\t\n\r" else letter.encode("unicode_escape").decode()
