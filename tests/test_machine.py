"""What a manifest says of the source is about code, not about files that lie beside it."""

import subprocess
from pathlib import Path

import pytest

from harness import machine


def test_a_configuration_beside_the_code_changes_no_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "machine.py").touch()
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True)
    monkeypatch.setattr(machine, "__file__", str(tmp_path / "harness" / "machine.py"))
    (tmp_path / "my-run.yaml").touch()
    assert machine.git_state()["dirty"] is False
    (tmp_path / "harness" / "added.py").touch()
    assert machine.git_state()["dirty"] is True
