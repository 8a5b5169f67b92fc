"""Names in tables that are names of files and folders too, on whatever disk the results lie."""

import re
import unicodedata

NAME_PATTERN = re.compile(r"[\w][\w .+()-]*")

LONGEST_NAME = 120
"""Bytes in UTF-8. A file's name has 255 at the most; the rest is for what a run puts around it."""

LONGEST_RUN_NAME = 200

OUR_ENDINGS = (".json", ".log", ".parquet", ".png", ".tmp", ".txt", ".webp")
"""Of the files beside which a part's folder may lie."""

_SEPARATORS = '/\\:*?"<>|'
"""What ends a name, or means something, on Linux, macOS or Windows."""


def check_folder_name(name: str, longest: int = LONGEST_RUN_NAME) -> str:
    """Return the name of a run if it can be that of a folder anywhere.

    Raises:
        ValueError: If it would leave the folder it is put into, be hidden, or fit no disk.
    """
    strange = next((one for one in name if one in _SEPARATORS or not one.isprintable()), None)
    if strange is not None:
        raise ValueError(f"a name holds no {strange!r}, since a folder is named so")
    if not name.strip() or name[0] in ".- " or name[-1] in ". ":
        raise ValueError("a name begins with no dot, dash or space, and ends with no dot or space")
    length = len(name.encode("utf-8", "surrogatepass"))
    if length > longest:
        raise ValueError(
            f"a name has {longest} bytes at the most, since a file is named so; this one has "
            f"{length} (letters outside ASCII count two to four each)"
        )
    return name


def check_name(name: str) -> str:
    """Return the name of a rain set, derainer or task if files and folders can be named so.

    Raises:
        ValueError: If not.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError("a name holds letters, digits, spaces and ._+()- only")
    ending = next((one for one in OUR_ENDINGS if name.lower().endswith(one)), None)
    if ending is not None:
        raise ValueError(f"a name does not end in {ending}, as files beside its own do")
    return check_folder_name(name, LONGEST_NAME)


def as_on_any_disk(name: str) -> str:
    """Return what two names share if some disk takes them for one.

    Those of macOS and Windows tell neither capitals from small letters nor composed from
    decomposed ones.

    >>> as_on_any_disk("Caf\u00e9") == as_on_any_disk("CAFE\u0301")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
