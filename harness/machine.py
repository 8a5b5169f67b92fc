"""The machine, the versions and the source tree that figures come from."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from harness import __version__

if TYPE_CHECKING:
    from harness.device import Device

PACKAGES = (
    "torch",
    "onedl-mmcv",
    "mmcv",
    "onedl-mmengine",
    "mmengine",
    "onedl-mmdetection",
    "mmdet",
    "onedl-mmsegmentation",
    "mmsegmentation",
    "numpy",
    "opencv-python",
    "pillow",
    "pandas",
    "pyarrow",
    "pycocotools",
    "onnxruntime",
)


def package_versions() -> dict[str, str]:
    """Return the versions of Python, of this project and of what its figures depend on."""
    versions = {"python": platform.python_version(), "rdmc-bench": __version__}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


CODE = ("harness", "baselines", "tasks", "run_benchmark.py", "pyproject.toml")
"""What of a checkout a figure may depend on."""


def git_state(*more: str) -> dict[str, Any]:
    """Return the revision of this project's checkout and whether its code has uncommitted changes.

    Both are None where the project does not run from a git checkout.

    Args:
        more: Folders of the checkout that count as code too.
    """
    root = Path(__file__).parent.parent
    try:
        revision = _git(root, "rev-parse", "HEAD")
        return {
            "revision": revision,
            "dirty": bool(_git(root, "status", "--porcelain", "--", *CODE, *more)),
        }
    except (OSError, subprocess.CalledProcessError):
        return {"revision": None, "dirty": None}


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def machine_facts(device: "Device") -> dict[str, Any]:
    """Return the processor, cores, memory and device of this machine."""
    from harness.device import available_cores  # torch takes its time

    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": available_cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "device": device.describe(),
    }


def processor() -> str:
    """Return the name of the processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def now() -> str:
    """Return the time in UTC, to the second, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
