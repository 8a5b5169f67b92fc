"""Texts of plugins that tables and terminals show as they are."""

from harness.errors import BenchError
from harness.foreign_text import one_line


def expect_printable(value: object, what: str, error: type[BenchError]) -> None:
    """Refuse a text that commands a terminal, or that a table would show otherwise.

    Args:
        value: A text; anything else is let through.
        what: It is, for the error.
        error: To raise.
    """
    if isinstance(value, str) and one_line(value, len(value)) != value:
        raise error(f"{what} is {value[:80]!r}: tables show it, so that it must be one plain line")
