"""Real packages, built and installed by pip, and the command run beside them as a user runs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = Path(__file__).with_name("packages")

collect_ignore = ["packages"]  # some of them do not import, and that is what they are for


class Installed(NamedTuple):
    """Where plugins are installed.

    Attributes:
        target: The folder on the path of Python.
        scaffold: The folder that `new-derainer` wrote, of the package `street-wiper`.
    """

    target: Path
    scaffold: Path

    def python(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run Python beside the plugins, with two images at a time."""
        path = os.pathsep.join([str(self.target), str(ROOT)])
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "2"},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def bench(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the command."""
        return self.python(ROOT / "run_benchmark.py", *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The scaffolded package and those of the tests, installed side by side."""
    folder = tmp_path_factory.mktemp("plugins")
    plugins = Installed(folder / "target", folder / "street-wiper")
    made = plugins.bench("new-derainer", "street-wiper", cwd=folder)
    assert made.returncode == 0, made.stderr
    sources = [plugins.scaffold]
    for package in sorted(PACKAGES.iterdir()):
        sources.append(Path(shutil.copytree(package, folder / "sources" / package.name)))
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    pip = ["-m", "pip", "install", *options, "--target", plugins.target]
    done = plugins.python(*pip, *sources, cwd=folder)
    assert done.returncode == 0, done.stderr
    return plugins


@pytest.fixture(scope="session")
def run_beside(
    installed: Installed, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, subprocess.CompletedProcess[str]]]:
    """Run a configuration; returns the run's folder and what the command said."""

    def run(config: str) -> tuple[Path, subprocess.CompletedProcess[str]]:
        folder = tmp_path_factory.mktemp("run")
        (folder / "run.yaml").write_text(config)
        arguments = ("run", "run.yaml", "--out", "out", "--device", "cpu")
        return folder / "out", installed.bench(*arguments, cwd=folder)

    return run
