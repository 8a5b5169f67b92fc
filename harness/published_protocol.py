"""How a published figure was measured, in columns, where a file says it in words alone.

Such a protocol is a list of phrases, as in ``Y channel, MATLAB, truncated to 8 bits; trained on
RainTrainL``. Each phrase belongs to one column, or is a remark.
"""

import re

PROTOCOL = ("channel", "quantiser", "trained_on", "script")
"""The columns."""

_WHOLE = {
    "y channel": ("channel", "Y"),
    "y": ("channel", "Y"),
    "ycbcr": ("channel", "Y"),
    "luma": ("channel", "Y"),
    "rgb": ("channel", "RGB"),
    "rgb channels": ("channel", "RGB"),
    "channel not stated": ("channel", ""),
    "protocol not stated": ("channel", ""),
    "truncated to 8 bits": ("quantiser", "floor"),
    "rounded to 8 bits": ("quantiser", "round"),
}
"""Phrases that say one thing and no other."""

_SCRIPT = re.compile(r"\b(MATLAB|scripts?)\b", re.IGNORECASE)
_TRAINING = re.compile(r"\b(re)?train(ed|ing|ings)?\b|\b(models?|weights)\b", re.IGNORECASE)
_BETWEEN_PHRASES = re.compile(r"[;,]\s*(?![^(]*\))")


def read_protocol(words: str) -> tuple[dict[str, str], str]:
    """Return what a protocol says by column, and the phrases that belong to none.

    Args:
        words: The protocol as a file states it.

    >>> read_protocol("Y channel, MATLAB, truncated to 8 bits; trained on RainTrainL")[0]
    {'channel': 'Y', 'quantiser': 'floor', 'trained_on': 'RainTrainL', 'script': 'MATLAB'}
    >>> read_protocol("channel not stated; first 40 pictures")[1]
    'first 40 pictures'
    """
    said: dict[str, list[str]] = {column: [] for column in PROTOCOL}
    remarks = []
    for phrase in filter(None, map(str.strip, _BETWEEN_PHRASES.split(words))):
        column, value = _WHOLE.get(phrase.casefold(), ("", phrase))
        if not column and _SCRIPT.search(phrase):
            column = "script"
        elif not column and _TRAINING.search(phrase):
            column, value = "trained_on", phrase.removeprefix("trained on ")
        if column:
            said[column].append(value)
        else:
            remarks.append(phrase)
    return {column: ", ".join(filter(None, said[column])) for column in PROTOCOL}, "; ".join(
        remarks
    )
