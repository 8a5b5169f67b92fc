"""Links to files that are not there, as version control of large files leaves them."""

import errno
from pathlib import Path


def dangling(path: Path) -> str:
    """Return what is wrong with a path that does not exist though a link lies on it.

    Args:
        path: That `Path.exists` denies.
    """
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "is a link that leads in a circle; copy the file itself"
    target = path.readlink() if path.is_symlink() else path.resolve()
    return (
        f"is a link to {target}, which is not there; fetch it (`git annex get`, `dvc pull`), or "
        "copy the file itself"
    )
