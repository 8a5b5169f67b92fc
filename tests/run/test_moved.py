"""`compare` and `report A B`: what may be set side by side, and what moved."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands import main

IMAGES = 12


def write_pictures(folder: Path, noise: float, seed: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(IMAGES):
        clean = np.random.default_rng(number).integers(60, 190, (12, 16, 3))
        rng = np.random.default_rng((seed, number))
        picture = clean + rng.normal(0, noise, clean.shape)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{number:02}.png")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with three runs: one, one that is a little worse, and the first again."""
    root = tmp_path_factory.mktemp("moved")
    for name, noise, seed in (
        ("clean", 0, 0), ("rainy", 30, 1), ("first", 10, 2), ("second", 10.6, 2)
    ):  # fmt: skip
        write_pictures(root / name, noise, seed)
    for name in ("first", "second"):
        config = root / f"{name}.yaml"
        config.write_text(
            f"name: {name}\nrain_sets: [{{name: mine, layout: files, root: ., "
            "pictures: {rainy: rainy, clean: clean}}]\nderainers: [rainy, "
            f"{{name: net, use: folder, root: {name}, pattern: '{{id}}'}}]\n"
            "tasks: [restoration]\nexamples: 0\n"
        )
        out = str(root / "results" / name)
        assert main(["run", str(config), "--device", "cpu", "--out", out]) == 0
    shutil.copytree(root / "results" / "first", root / "results" / "again")
    return root / "results"


def compared(runs: Path, before: str, after: str, *options: str) -> int:
    return main(["compare", str(runs / before), str(runs / after), *options])


def test_the_same_run_did_not_move(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compared(runs, "first", "again") == 0
    assert capsys.readouterr().out.startswith("0 of 4 figures moved")


def test_what_is_worse_beyond_its_interval_and_the_margin_is_told_by_the_status(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(runs, "first", "second") == 1
    out = capsys.readouterr().out
    assert "mine / net / restoration PSNR-Y: " in out and "worse, past the margin" in out
    assert "rainy / restoration" not in out
    assert compared(runs, "first", "second", "--margin", "1") == 0
    assert compared(runs, "first", "second", "--margin", "1", "--margin", "psnr_y=0.1") == 1
    assert compared(runs, "second", "first") == 0  # better is no harm
    assert "better" in capsys.readouterr().out


def test_without_records_the_intervals_of_the_figures_decide(runs: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        for file in ("manifest.json", "summary.csv"):
            shutil.copy(runs / name / file, tmp_path / name)
    assert compared(tmp_path, "first", "first") == 0
    summary = tmp_path / "second" / "summary.csv"
    psnr = "mine,net,restoration,psnr_y,"
    summary.write_text(summary.read_text().replace(psnr, f"{psnr}1"))  # 128 dB
    assert compared(tmp_path, "second", "first") == 1


def test_other_images_or_sets_are_refused_with_both(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def changed(name: str, change: dict[str, str]) -> str:
        folder = tmp_path / name
        shutil.copytree(runs / "first", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["rain_sets"][0] |= change
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return str(folder)

    first, other = str(runs / "first"), changed("other", {"digest": "ab" * 32})
    assert main(["compare", first, other]) == 2
    err = capsys.readouterr().err
    assert "did not judge the same images of mine" in err and "abababab" in err
    assert main(["report", first, other, "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out" / "comparison.html").exists()


def test_each_comparison_has_a_folder_of_its_own(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(runs / "first"), str(runs / "second")]) == 0
    out = tmp_path / "results" / "comparisons" / "first-and-second"
    assert (out / "comparison.html").exists()


@pytest.mark.parametrize("text", ["x", "-1", "ap=", "inf"])
def test_what_is_no_margin_is_refused(
    runs: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        compared(runs, "first", "again", f"--margin={text}")
    assert "is no margin" in capsys.readouterr().err
