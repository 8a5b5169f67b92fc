"""Files that are fetched by URL, once, and never without a digest."""

import re
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urldefrag, urlparse

import torch

from harness.digests import digest_file
from harness.errors import DerainerError


def fetch(url: str, instead: str) -> Path:
    """Return the file behind a URL, from PyTorch's cache if it lies there already.

    Args:
        url: ``https://``, ``http://`` or ``file://``. It says how the SHA-256 of the content
            begins: in the file's name, as in ``vgg19-dcbb9e9d.pth``, or after the URL, as in
            ``vgg19.pth#sha256=dcbb9e9d``.
        instead: What a user without a network can do, for the error.

    Returns:
        A file in ``checkpoints`` of ``torch.hub.get_dir()``, which TORCH_HOME moves.

    Raises:
        DerainerError: If it names no digest, cannot be fetched, or is another file than it says.
    """
    address, digest = urldefrag(url)[0], stated_digest(url)
    if not digest:
        raise DerainerError(
            f"{url}: cannot be fetched without a digest: put `#sha256=` and the SHA-256 of the "
            f"file after it (`sha256sum` prints it); {instead}"
        )
    target = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(address).path).name
    if target.is_file():
        if not digest_file(target).startswith(digest):
            raise DerainerError(
                f"{target}: is another file than {url}, whose SHA-256 begins with {digest}; move "
                "it away, and it is fetched again"
            )
        return target
    fetch_to(target, url, digest, instead)
    return target


def fetch_to(
    target: Path, url: str, digest: str, instead: str, shows_progress: bool = False
) -> None:
    """Fetch a file; what does not have the digest is not kept.

    Args:
        target: Where it is written, in one step, once all of it is there.
        url: ``https://``, ``http://`` or ``file://``.
        digest: How the SHA-256 of the content begins.
        instead: What a user without a network can do, for the error.
        shows_progress: Draw a bar on the standard error.

    Raises:
        DerainerError: If it cannot be fetched or written, or has another digest.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        address = urldefrag(url)[0]
        torch.hub.download_url_to_file(address, str(target), digest, progress=shows_progress)
    except (OSError, HTTPException, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DerainerError(f"{url}: cannot be fetched ({reason}); {instead}") from error


def stated_digest(url: str) -> str:
    """Return how the SHA-256 of the file must begin, "" where the URL does not say."""
    stated = re.fullmatch(r"sha256=([0-9a-f]{8,64})", urldefrag(url)[1])
    named = re.search(r"-([0-9a-f]{8,64})\.", Path(urlparse(url).path).name)
    found = stated or named
    return found[1] if found else ""
