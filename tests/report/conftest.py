import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from synthetic_run import write_run

from harness.report import write_report
from harness.run_folder.run_data import RunData, read_run


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """A run without a report. Tests must not write into it: `copy_of_run` is for that."""
    return write_run(tmp_path_factory.mktemp("runs") / "demo")


@pytest.fixture(scope="session")
def reported(run_folder, tmp_path_factory) -> Path:
    """A run with its report."""
    root = tmp_path_factory.mktemp("reported") / "demo"
    shutil.copytree(run_folder, root)
    write_report(root)
    return root


@pytest.fixture
def copy_of_run(run_folder, tmp_path) -> Path:
    return Path(shutil.copytree(run_folder, tmp_path / "copy"))


@pytest.fixture(scope="session")
def run(run_folder) -> RunData:
    return read_run(run_folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    browser = Chromium()
    yield browser
    browser.close()
