"""Columns of tables of choice that no task has are refused before anything is computed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from harness.cli.commands import main
from harness.report_settings import ReportSettings

CONFIG = """name: chosen
rain_sets: [{{name: mine, layout: files, root: ., pictures: {{rainy: a, clean: b}}}}]
derainers: [rainy, clean]
tasks: [restoration]
report:
  tables: [{{name: main, {table}}}]
"""


@pytest.fixture
def dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / folder / "1.png")

    def call(table: str, *options: str) -> tuple[int, str]:
        config = tmp_path / "config.yaml"
        config.write_text(CONFIG.format(table=table))
        status = main(["run", str(config), "--out", str(tmp_path / "out"), *options])
        assert not (tmp_path / "out" / "records").exists()
        return status, capsys.readouterr().err

    return call


@pytest.mark.parametrize("options", [["--dry-run"], []])
def test_a_mistyped_column_is_answered_with_the_nearest(dry_run: Any, options: list[str]) -> None:
    status, said = dry_run("columns: [restoration/psnr_rgb, restoration/psnry]", *options)
    assert status == 2
    assert "report.tables (main): columns: nothing is named 'restoration/psnry'" in said
    assert "did you mean 'restoration/psnr_y'" in said


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("shows: severity, columns: [restoration/ssim]", "did you mean 'restoration/ssim_"),
        ("shows: paired, columns: [restoration/psnr_y]", "mean 'restoration/psnr_y/gain'"),
        ("names: {restoration/psnry: P}", "(main): names: nothing is named 'restoration/psnry'"),
        ("names: {clear: C}", "(main): names: nothing is named 'clear'; did you mean 'clean'"),
        ("shows: recovered, columns: [restoration/psnr_y]", "there are none"),
        ("shows: per_class, columns: [restoration/psnr_y]", "write restoration/psnr_y/CLASS"),
        ("shows: per_class, columns: [restoration/psnr/car]", "did you mean 'restoration/psnr_"),
    ],
)
def test_each_kind_has_its_own_columns(dry_run: Any, table: str, words: str) -> None:
    status, said = dry_run(table, "--dry-run")
    assert status == 2 and words in said


@pytest.mark.parametrize(
    "table",
    [
        "columns: [restoration/psnr_y, restoration/ssim_rgb]",
        "names: {mine: M, clean: C, restoration: R, restoration/psnr_y: P, restoration AP: A}",
        "columns: [restoration/psnr_y/car]",  # nobody knows its classes
        "shows: paired, columns: [restoration/ssim_y/harmed]",
        "shows: published, columns: [measured/psnr]",
    ],
)
def test_what_may_come_is_not_refused(dry_run: Any, table: str) -> None:
    assert dry_run(table, "--dry-run")[0] == 0


JUDGED = {
    "detection": {"light": ["car", "traffic light"], "heavy": ["car", "truck"]},
    "segmentation": {"light": ["road"]},
}


def check(**table: object) -> None:
    settings = ReportSettings.model_validate({"tables": [{"name": "main", **table}]})
    settings.check_classes(JUDGED)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"columns": ["detection/ap/cars"]}, "columns: .*did you mean 'detection/ap/car'"),
        ({"names": {"detection/ap/trick": "T"}}, "names: .*did you mean 'detection/ap/truck'"),
        (
            {"columns": ["detection/ap/truck"], "rain_sets": ["light"]},
            "nothing is named 'detection/ap/truck'",
        ),
        ({"columns": ["detection/ap50/bus"], "shows": "per_class"}, "'detection/ap50/bus'"),
    ],
)
def test_a_mistyped_class_is_answered_with_the_nearest(table: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check(**table)


@pytest.mark.parametrize(
    "table",
    [
        {"columns": ["detection/ap/traffic light", "detection/ap", "segmentation/iou/road"]},
        {"columns": ["detection/ap/gain"], "shows": "paired"},
        {"columns": ["other/ap/whatever"]},
        {"names": {"heavy": "H"}},
    ],
)
def test_classes_that_are_there_are_not_refused(table: Any) -> None:
    check(**table)


def test_a_mistyped_class_ends_a_run_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.yaml").write_text("""name: chosen
rain_sets: [{name: heavy, layout: streets-heavy, scenes: 1}]
derainers: [rainy]
tasks: [segmentation]
report: {tables: [{name: main, columns: [segmentation/iou/sidewalks]}]}
""")
    assert main(["run", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "out")]) == 2
    assert "did you mean 'segmentation/iou/" in capsys.readouterr().err
    assert not (tmp_path / "out" / "records").exists()
