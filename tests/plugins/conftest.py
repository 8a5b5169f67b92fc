"""Real packages, built and installed by pip, and the command run beside them as a user runs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
WITHOUT_REPORT = Path(__file__).with_name("without_report.py")
PACKAGES = Path(__file__).with_name("packages")

HARMFUL = Path(__file__).with_name("harmful")

collect_ignore = ["packages", "harmful"]  # some do not import, and that is what they are for


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

    def bench(
        self, *arguments: str | Path, cwd: Path, reported: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the command; where no report is wanted, it takes half the time."""
        program = ROOT / "run_benchmark.py" if reported else WITHOUT_REPORT
        return self.python(program, *arguments, cwd=cwd)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The scaffolded package and those of the tests, installed side by side."""
    folder = tmp_path_factory.mktemp("plugins")
    plugins = Installed(folder / "target", folder / "street-wiper")
    made = plugins.bench("new-derainer", "street-wiper", cwd=folder)
    assert made.returncode == 0, made.stderr
    install(plugins, [plugins.scaffold, *copies(sorted(PACKAGES.iterdir()), folder)])
    return plugins


@pytest.fixture(scope="session")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Packages that end the process that they are in, apart from the others, and a rain set."""
    folder = tmp_path_factory.mktemp("harmful")
    plugins = Installed(folder / "target", folder)
    install(plugins, copies([PACKAGES / "puddles", *sorted(HARMFUL.iterdir())], folder))
    return plugins


def copies(packages: Iterable[Path], folder: Path) -> list[Path]:
    """Return copies of packages, which pip may build in."""
    return [shutil.copytree(one, folder / "sources" / one.name) for one in packages]


def install(plugins: Installed, sources: Iterable[Path]) -> None:
    """Install packages as a user does, without the network."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    pip = ["-m", "pip", "install", *options, "--target", plugins.target]
    done = plugins.python(*pip, *sources, cwd=plugins.target.parent)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def run_beside(
    installed: Installed, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Path, subprocess.CompletedProcess[str]]]:
    """Run a configuration; returns the run's folder and what the command said."""

    def run(config: str, **how: bool) -> tuple[Path, subprocess.CompletedProcess[str]]:
        folder = tmp_path_factory.mktemp("run")
        (folder / "run.yaml").write_text(config)
        arguments = ("run", "run.yaml", "--out", "out", "--device", "cpu")
        return folder / "out", installed.bench(*arguments, cwd=folder, **how)

    return run
