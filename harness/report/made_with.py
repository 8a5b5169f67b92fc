"""What a report is made with: this project's own files, and the packages that it depends on."""

import functools
import uuid
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from harness.digests import digest_files
from harness.machine import package_versions

DRAWING = ("matplotlib", "seaborn", "scipy", "jinja2", "fonttools", "kiwisolver")
"""Packages that a report depends on, beside those that figures do."""


@functools.cache
def code(*patterns: str) -> dict[str, str]:
    """Return a digest of each file of this project that fits a glob, as it was when first asked.

    Where one was edited since this process began, nobody knows which text of it runs here: then
    there is one digest more, which no other process has.
    """
    root = Path(__file__).parents[2]
    digests = digest_files(root, patterns)
    began = psutil.Process().create_time()
    if any((root / name).stat().st_mtime > began for name in digests):
        digests["edited"] = uuid.uuid4().hex
    return digests


def packages() -> dict[str, str]:
    """Return the versions of Python and of all packages that may have a say in a report."""
    versions = package_versions()
    for package in DRAWING:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions
