"""A shell that was given the script completes what the command line takes."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.commands import main
from harness.cli.completion import SHELLS


def completed(script: Path, words: str, folder: Path) -> set[str]:
    """Return what bash offers behind the last word of a command line."""
    asked = f"""
source {script}
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
$(complete -p rdmc-bench | sed 's/.* -F \\([^ ]*\\).*/\\1/') rdmc-bench "${{COMP_WORDS[-1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "-c", asked], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_bash_completes_commands_options_choices_and_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out)
    (tmp_path / "my-run.yaml").touch()
    assert {"report", "run"} <= completed(script, "rdmc-bench r", tmp_path)
    assert "--dry-run" in completed(script, "rdmc-bench run --d", tmp_path)
    assert completed(script, "rdmc-bench run --device c", tmp_path) == {"cpu", "cuda"}
    assert "my-run.yaml" in completed(script, "rdmc-bench run my", tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "rdmc-bench" in capsys.readouterr().out


def test_without_shtab_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 1
    assert "pip install 'rdmc-bench[completion]'" in capsys.readouterr().err
