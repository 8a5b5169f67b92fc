"""Files that settings name by URL, fetched once."""

import re
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlparse

import torch

from harness.errors import DerainerError


def fetch(url: str, instead: str) -> Path:
    """Return the file behind a URL, from PyTorch's cache if it lies there already.

    Args:
        url: ``https://``, ``http://`` or ``file://``. A file name such as ``vgg19-dcbb9e9d.pth``
            says how the SHA-256 of its content begins, which is checked.
        instead: What a user without a network can do, for the error.

    Returns:
        A file in ``checkpoints`` of ``torch.hub.get_dir()``, which TORCH_HOME moves.

    Raises:
        DerainerError: If it cannot be fetched or is another file than its name says.
    """
    name = Path(urlparse(url).path).name
    target = Path(torch.hub.get_dir()) / "checkpoints" / name
    if target.is_file():
        return target
    digest = re.search(r"-([0-9a-f]{8,})\.", name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(target), digest and digest[1], progress=False)
    except (OSError, HTTPException, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DerainerError(f"{url}: cannot be fetched ({reason}); {instead}") from error
    return target
