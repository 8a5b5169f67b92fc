"""What ``new-derainer`` writes, taken through the steps that it prints."""

from pathlib import Path

import pandas as pd
import pytest

from harness.cli.commands import main


def test_its_own_tests_pass(installed) -> None:
    done = installed.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=installed.scaffold)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_its_configuration_runs(installed, tmp_path: Path) -> None:
    config = installed.scaffold / "run.yaml"
    arguments = ("run", config, "--limit", "1", "--out", tmp_path, "--device", "cpu")
    done = installed.bench(*arguments, cwd=installed.scaffold, reported=False)
    assert done.returncode == 0, done.stderr
    summary = pd.read_csv(tmp_path / "summary.csv").set_index(["derainer", "metric"])["value"]
    assert summary["street-wiper", "psnr_y"] == summary["rainy", "psnr_y"]  # it is not trained


def test_it_is_trained_and_its_weights_are_used(installed, tmp_path: Path) -> None:
    training = (installed.scaffold / "train.yaml").read_text()
    for long, short in (
        ("iterations: 300", "iterations: 2"),
        ("every: 100", "every: 2"),
        ("scenes: [0, 40]", "scenes: [0, 1]"),
        ("[500000, 2]", "[500000, 1]"),
    ):
        assert long in training
        training = training.replace(long, short)
    (tmp_path / "train.yaml").write_text(training)
    done = installed.bench("train", "train.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    weights = tmp_path / "work_dirs" / "train" / "street-wiper.pth"
    assert str(weights.relative_to(tmp_path)) in done.stdout
    (tmp_path / "run.yaml").write_text(
        "name: trained\nrain_sets: [puddles]\ntasks: [restoration]\nderainers:\n"
        f"  - {{name: trained, use: street-wiper, weights: {weights}}}\n"
        "  - {name: narrow, use: street-wiper, channels: 8}\n"
    )
    arguments = ("run", "run.yaml", "--out", "out", "--device", "cpu")
    done = installed.bench(*arguments, cwd=tmp_path, reported=False)
    assert done.returncode == 0, done.stderr
    rows = pd.read_parquet(tmp_path / "out" / "records" / "restoration.parquet")
    psnr = rows.groupby("derainer")["psnr_y"].mean()
    assert psnr["trained"] != psnr["narrow"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("My-Derainer", "'My-Derainer' is no name for a package: use lower-case letters"),
        ("../mine", "is no name for a package"),
        ("prn_r", "prn-r: a derainer of this name is registered"),
        ("json", "Python has a module or word 'json' already"),
        ("lambda", "Python has a module or word 'lambda' already"),
        ("network-derainer", "its class would be called NetworkDerainer"),
    ],
)
def test_names_that_will_not_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    assert main(["new-derainer", name, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_exists_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new-derainer", "fine-name", "--out", str(tmp_path)]) == 2
    assert "exists already; give another folder with --out" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_next_steps_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-derainer", "fine_name", "--out", str(tmp_path / "a b")]) == 0
    said = capsys.readouterr().out
    assert f"cd '{tmp_path / 'a b'}'" in said
    assert "src/fine_name/network.py" in said
    assert (tmp_path / "a b" / "src" / "fine_name" / "network.py").exists()
