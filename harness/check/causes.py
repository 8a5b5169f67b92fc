"""Causes of failures in few lines: one a kind, with how many and some of whom."""

import re
from collections.abc import Mapping

from harness.alike_causes import kind_of_cause
from harness.wording import counted, some_of

_PATH = re.compile(r"(?:[^\s:;,()'\"]*/)+([^\s:;,()'\"]*)")
_START = re.compile(r"^[^:]{1,200}: ")


def in_few_lines(causes: Mapping[str, str]) -> list[str]:
    """Return a line for each kind of cause, with a count and up to three ids.

    Two causes are of one kind if they differ in the files and numbers that they name alone.

    Args:
        causes: By the id of an image.

    >>> in_few_lines({"1": "/a/1.png: is empty", "2": "/a/2.png: is empty", "3": "no such id"})
    ['2 images: is empty (1, 2)', '1 image: no such id (3)']
    """
    kinds: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    for image, cause in causes.items():
        kind = kind_of_cause(_START.sub("", _PATH.sub("FILE", cause)), image)
        kinds.setdefault(kind, []).append(image)
        words.setdefault(kind, _START.sub("", _PATH.sub(r"\1", cause)))
    return [
        f"{counted(len(images), 'image')}: {words[kind]} ({some_of(images)})"
        for kind, images in sorted(kinds.items(), key=lambda one: -len(one[1]))
    ]
