"""The built-in benchmark from its configuration to its report, on a few of its scenes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from harness.cli.commands import main
from harness.report import run_report
from harness.run_folder.kept_images import drawn_path, restored_path

pytestmark = pytest.mark.long

REFERENCE = Path(__file__).parents[1] / "results" / "reference" / "streets"
MARGINS = ("--margin", "0.02", "--margin", "ssim_y=0.0005")
"""What another processor may make of it: 0.02 dB, and 0.02 of AP and mIoU of two images."""

METRICS = {
    "restoration": {"psnr_y", "ssim_y", "psnr_rgb", "ssim_rgb"},
    "detection": {"ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ap/car"},
    "segmentation": {"miou", "macc", "pixel_acc", "iou/road", "iou/pole"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("streets")
    assert main(["--limit", "2", "--out", str(out), "--device", "cpu"]) == 0
    return out


@pytest.fixture(scope="module")
def summary(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "summary.csv")


@pytest.mark.parametrize("task", list(METRICS))
def test_every_cell_has_its_metrics(summary: pd.DataFrame, task: str) -> None:
    cells = summary[summary["task"] == task].groupby(["rain_set", "derainer"])
    assert len(cells) == 2 * 5
    for _, cell in cells:
        assert METRICS[task] <= set(cell["metric"])
        assert (cell["n"] == 2).all()
        assert cell["signature"].str.contains(r"\|").all()


def test_heavy_rain_costs_more_than_light(summary: pd.DataFrame) -> None:
    rainy = summary[summary["derainer"] == "rainy"].set_index(["metric", "rain_set"])["value"]
    for metric in ("psnr_y", "ssim_rgb", "miou"):
        assert rainy[metric, "streets-heavy"] < rainy[metric, "streets-light"]


def test_the_clean_image_is_the_same_under_both_rains(summary: pd.DataFrame) -> None:
    clean = summary[(summary["derainer"] == "clean") & (summary["metric"] != "failed")]
    light, heavy = (
        clean[clean["rain_set"] == f"streets-{level}"]["value"].to_numpy()
        for level in ("light", "heavy")
    )
    np.testing.assert_array_equal(light, heavy)


def test_every_learned_derainer_beats_the_rain(summary: pd.DataFrame) -> None:
    heavy = summary[(summary["rain_set"] == "streets-heavy") & (summary["metric"] == "psnr_y")]
    psnr = heavy.set_index("derainer")["value"]
    assert psnr["rdmc-s"] > psnr["rainy"] + 2
    assert psnr["prenet"] > psnr["rainy"] + 2


def test_the_manifest_tells_what_was_run(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    weights = {entry["name"]: entry["weights_sha256"] for entry in manifest["derainers"]}
    assert len(weights["prenet"]) == len(weights["rdmc-s"]) == 64
    assert all(len(entry["digest"]) == 64 for entry in manifest["rain_sets"])
    assert manifest["seconds"]["restore/prenet"] > 0
    assert manifest["versions"]["torch"]


def test_the_examples_hold_restored_images_and_what_tasks_draw(folder: Path) -> None:
    index = json.loads((folder / "examples" / "index.json").read_text())
    (slug, *_) = index["streets-heavy"]
    example = folder / "examples" / "streets-heavy" / slug
    assert np.asarray(Image.open(restored_path(example, "prenet"))).shape == (224, 384, 3)
    for derainer in (None, "clean"):
        drawing = drawn_path(example, "segmentation", derainer)
        assert np.asarray(Image.open(drawing)).shape == (224, 384, 4)
    assert np.asarray(Image.open(drawn_path(example, "detection", "clean"))).shape == (280, 480, 4)


@pytest.fixture
def same_images_of_the_reference(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The committed run as if it had judged no more than the fresh one."""
    monkeypatch.setattr(run_report, "drawings", lambda run: iter(()))  # they have their own tests
    part = Path(shutil.copytree(REFERENCE, tmp_path / "reference"))
    for path in (part / "records").glob("*.parquet"):
        rows, fresh = pd.read_parquet(path), pd.read_parquet(folder / "records" / path.name)
        places = ["rain_set", "image"]
        judged = rows[places].apply(tuple, axis=1).isin(set(fresh[places].apply(tuple, axis=1)))
        assert judged.sum() == len(fresh)
        rows[judged].to_parquet(path)
    manifest = json.loads((part / "manifest.json").read_text())
    manifest["rain_sets"] = json.loads((folder / "manifest.json").read_text())["rain_sets"]
    (part / "manifest.json").write_text(json.dumps(manifest))
    assert main(["report", str(part)]) == 0
    return part


def test_a_fresh_run_is_no_worse_than_the_committed_one(
    folder: Path, same_images_of_the_reference: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = str(same_images_of_the_reference)
    capsys.readouterr()
    assert main(["compare", reference, str(folder), *MARGINS]) == 0
    assert "of 48 figures" in capsys.readouterr().out
    path = same_images_of_the_reference / "records" / "restoration.parquet"
    rows = pd.read_parquet(path)
    rows.loc[rows["derainer"] == "prenet", "psnr_y"] += 0.1
    rows.to_parquet(path)
    assert main(["report", reference]) == 0
    assert main(["compare", reference, str(folder), *MARGINS]) == 1
    assert "prenet" in capsys.readouterr().out


def test_the_report_is_made_again_from_records_alone(folder: Path) -> None:
    before = (folder / "summary.csv").read_bytes()
    page = (folder / "report.html").read_bytes()
    (folder / "summary.csv").unlink()
    (folder / "report.html").unlink()
    assert main(["report", str(folder)]) == 0
    assert (folder / "summary.csv").read_bytes() == before
    assert (folder / "report.html").read_bytes() == page
