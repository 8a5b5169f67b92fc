"""From the command to tables and plot, with trainings in processes of their own."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.commands import main
from harness.run import whole_run as pipeline
from harness.training.ablation import side_by_side

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the benchmark's own page out, which takes seconds."""
    monkeypatch.setattr(pipeline, "write_report", lambda directory: directory / "report.html")


def run(config: Path) -> int:
    out = str(config.parent / "out")
    return main(["ablate", str(config), "--out", out, "--jobs", "3", "--device", "cpu"])


def rows(config: Path, name: str) -> list[dict[str, str]]:
    with (config.parent / "out" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_whole_ablation(
    write_ablation_config: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    variants = {"full": {}, "batch norm": {"options": {"norm": "batch"}}}
    lost = {"losses": {"contrastive": {"weight": 0.1}}}  # names no extractor
    config = write_ablation_config(variants={**variants, "lost": lost})
    assert run(config) == 1
    printed = capsys.readouterr()
    why = "lost (seed 0): not trained: losses.contrastive: needs trained features"
    assert why in printed.err
    out = config.parent / "out"
    assert f"tables: {out / 'ablation.md'}" in printed.out
    assert "ablation.png" in {path.name for path in out.iterdir()}

    by_name = {row["derainer"]: row for row in rows(config, "ablation.csv")}
    assert list(by_name) == ["rainy", "clean", "full", "batch norm", "lost"]
    full, normed, lost_row = (by_name[name] for name in ("full", "batch norm", "lost"))
    change = float(normed["restoration/psnr_y"]) - float(full["restoration/psnr_y"])
    assert float(normed["restoration/psnr_y/change"]) == pytest.approx(change)
    assert full["held_out/train_mode"] == "" and float(normed["held_out/train_mode"]) > 0
    assert lost_row["restoration/psnr_y"] == "" and "restoration/psnr_y" in lost_row["incomplete"]
    assert float(full["steps"]) == 4 and float(full["minutes"]) > 0
    assert {row["variant"] for row in rows(config, "by_seed.csv")} == {"full", "batch norm"}

    def unwanted(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(side_by_side, "Session", unwanted)
    assert run(write_ablation_config(variants=variants)) == 0
    assert [row["derainer"] for row in rows(config, "ablation.csv")][2:] == ["full", "batch norm"]


def test_a_wrong_configuration_ends_with_2(
    write_ablation_config: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_ablation_config(benchmark="nowhere.yaml")
    assert run(config) == 2
    assert "nowhere.yaml: no such configuration file" in capsys.readouterr().err
    config.with_name("run.yaml").write_text(
        "name: x\nrain_sets: [{name: a, layout: Rain100L, root: gone}]\n"
        "derainers: [rainy]\ntasks: [restoration]\n"
    )
    config.write_text(config.read_text().replace("nowhere", "run"))
    assert run(config) == 2
    assert "gone does not exist" in capsys.readouterr().err
    assert not (config.parent / "out").exists()


def test_torchrun_is_refused(
    write_ablation_config: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert run(write_ablation_config()) == 2
    assert "run it without torchrun" in capsys.readouterr().err
