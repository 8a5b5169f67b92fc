"""The script on two machines is left out with a reason where there can be no namespaces."""

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "two_machines.py"


@pytest.fixture
def script() -> ModuleType:
    """The script as a module."""
    found = importlib.util.spec_from_file_location("two_machines", SCRIPT)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_without_iproute2(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object, **__: object) -> NoReturn:
        raise FileNotFoundError("ip")

    monkeypatch.setattr(subprocess, "run", missing)
    assert script.main() == script.SKIPPED
    assert capsys.readouterr().out == "left out: there is no `ip` here; install iproute2\n"


def test_without_root(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = subprocess.CompletedProcess([], 1, "", "mkdir /run/netns failed:\nnot permitted\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refusal)
    assert script.main() == script.SKIPPED
    said = capsys.readouterr().out
    assert said.startswith("left out: `ip netns add rdmc-")
    assert said.endswith("failed (mkdir /run/netns failed: not permitted); it needs root\n")
