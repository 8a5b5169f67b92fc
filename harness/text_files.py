"""Text and JSON that people bring: byte order marks read, doubled keys refused, causes in words."""

import codecs
import json
from pathlib import Path
from typing import Any

from harness.errors import ConfigError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text(path: Path) -> str:
    """Return a text in UTF-8, or in the encoding that its byte order mark names.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is in another encoding; the text says where.
    """
    content = path.read_bytes()
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    return _decoded(content, "utf-8")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"it is not {encoding.upper()} text (byte {error.start}); save it as UTF-8"
        ) from error


def read_json(path: Path, where: str) -> Any:
    """Return what a JSON file that a configuration names holds.

    Args:
        path: Of the file.
        where: Who names it, and the file, for errors.

    Raises:
        ConfigError: If it cannot be read, is no JSON, or an object has a key twice, of which a
            reader would keep one without a word.
    """
    try:
        return _parsed(read_text(path))
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_each_key_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise ValueError(f"is no JSON ({place}); {_remedy(text)}") from error
    except RecursionError as error:
        raise ValueError("is no JSON that a reader can follow: brackets in brackets") from error


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object has the key {twice!r} twice: take one of them out")
    return found


def _remedy(text: str) -> str:
    start = text.lstrip()[:200].lower()
    if start.startswith("version https://git-lfs"):
        return "it is a pointer of Git LFS: fetch the file with `git lfs pull`"
    if start.startswith(("<!doctype html", "<html")):
        return "it is a web page, as a download that was refused leaves one: fetch the file again"
    if start.startswith("<"):
        return "it is XML: give PASCAL VOC annotations as `boxes: {voc: FOLDER}` of `layout: files`"
    return "fetch it again"
