"""A file cut into parts that any way back can carry, and joined again.

python -m tools.gpu.parts join FOLDER/rdmc.pth
"""

import hashlib
import sys
from pathlib import Path

PART_BYTES = 15 * 2**20
"""Some machines give back only small files."""


def cut(file: Path, folder: Path, part_bytes: int = PART_BYTES) -> list[Path]:
    """Write a file in parts, ``NAME.part-0`` and so on, in place of earlier parts of that name.

    Args:
        file: What is cut; it stays.
        folder: Receives the parts.
        part_bytes: Of a part, at most.
    """
    content = file.read_bytes()
    for earlier in folder.glob(f"{file.name}.part-*"):
        earlier.unlink()
    parts = []
    for number, start in enumerate(range(0, len(content), part_bytes)):
        part = folder / f"{file.name}.part-{number}"
        part.write_bytes(content[start : start + part_bytes])
        parts.append(part)
    return parts


def join(target: Path) -> str:
    """Put the parts beside a file that is not there together.

    Args:
        target: What they were cut from; it is written.

    Returns:
        The SHA-256 of the whole.

    Raises:
        FileNotFoundError: If a part is missing.
    """
    count = len(list(target.parent.glob(f"{target.name}.part-*")))
    if count == 0:
        raise FileNotFoundError(f"{target}.part-0: no part of {target.name} lies there")
    content = b"".join(Path(f"{target}.part-{number}").read_bytes() for number in range(count))
    target.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["join", whole]:
            print(f"{whole}: sha256 {join(Path(whole))}")
        case _:
            sys.exit((__doc__ or "").strip())
