"""Names in one spelling, however a system or a file writes their letters."""

import re
import unicodedata

_HALF = re.compile("[\ud800-\udfff]")
"""What Python reads from a byte that is no UTF-8, and JSON from half of a pair."""


def plain(text: str) -> str:
    r"""Return a text with each accented letter as one character, as most systems write names.

    A Mac may write a letter and its accent as two, so that equal names differ. Bytes of a name
    that are no UTF-8, which no table can hold, are written out.

    >>> plain("caf\udce9.png")
    'caf%E9.png'
    """
    return text if text.isascii() else written_out(unicodedata.normalize("NFC", text))


def written_out(text: str) -> str:
    """Return a text with its halves of characters, which no file of ours can hold, as numbers."""
    return text if text.isascii() else _HALF.sub(_number, text)


def _number(half: re.Match[str]) -> str:
    code = ord(half[0])
    return f"%{code - 0xDC00:02X}" if 0xDC80 <= code <= 0xDCFF else f"%u{code:04X}"
