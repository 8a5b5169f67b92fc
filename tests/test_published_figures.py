"""Reading published figures, and finding those of a run's derainers."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.commands import main
from harness.config import read_run_config
from harness.errors import ConfigError
from harness.run import whole_run as pipeline

ROWS = """table,method,rain_set,psnr,ssim,protocol,source
A,guided FILTER,rain100l,28.10,0.86,"Y channel, MATLAB",a paper
C,Guided filter,Rain100L,27.0,,RGB,another paper
A,Guided filter,Rain100H,15.00,0.5,Y channel,a paper
A,Input,Rain100L,26.90,0.838,Y channel,a paper
A,PReNet,Rain100L,37.48,0.979,Y channel,a paper
"""
CONFIG = """name: small
rain_sets: [{name: ours, layout: Rain100L, root: data}]
derainers: [rainy, guided-filter, {name: weaker, use: guided-filter, strength: 0.5}]
tasks: [restoration]
published: published.csv
"""


@pytest.fixture
def folder(tmp_path: Path, make_pairs: Callable[..., Path]) -> Path:
    make_pairs(tmp_path / "data", 3)
    (tmp_path / "published.csv").write_text(ROWS)
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def published(folder: Path, more: str, *arguments: str) -> dict[str, list[tuple[str, str]]]:
    """Run, and return by derainer the (table, PSNR) that the manifest holds."""
    config, out = folder / "config.yaml", folder / "out"
    config.write_text(CONFIG + more)
    assert main(["run", str(config), "--out", str(out), "--device", "cpu", *arguments]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["configuration"]["published"] == "published.csv"
    of_derainer: dict[str, list[tuple[str, str]]] = {}
    for one in manifest["published"]:
        assert one["rain_set"] == "ours"
        of_derainer.setdefault(one["derainer"], []).append((one["table"], one["psnr"]))
    return of_derainer


@pytest.fixture
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "write_report", lambda directory: directory / "report.html")


@pytest.mark.usefixtures("without_report")
def test_figures_are_found_by_title_and_layout_in_any_case(folder: Path) -> None:
    both = [("A", "28.10"), ("C", "27.0")]
    assert published(folder, "") == {"guided-filter": both, "weaker": both}


@pytest.mark.usefixtures("without_report")
def test_a_mapping_chooses_adds_and_takes_away(folder: Path) -> None:
    more = (
        "published_as: {rainy: input, weaker: null, "
        "guided-filter: {method: guided filter, table: c}}\n"
    )
    assert published(folder, more) == {
        "rainy": [("A", "26.90")],
        "guided-filter": [("C", "27.0")],
    }


def test_a_limited_run_states_no_difference(folder: Path) -> None:
    published(folder, "published_as: {weaker: null}\n", "--limit", "2")
    table = (folder / "out" / "tables" / "published.md").read_text()
    assert "2 of 3 images" in table
    assert "37.48" not in table  # of a derainer that the run has not


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("published: published.csv", "published: nowhere.csv", r"published: .*nowhere\.csv does"),
        ("published: published.csv", "published: 3", "published: .*path of a CSV file"),
        ("tasks:", "published_as: {weeker: null}\ntasks:", "'weeker'; did you mean 'weaker'"),
        ("tasks:", "published_as: {weaker: {table: A}}\ntasks:", r"weaker.*method"),
    ],
)
def test_mistakes_in_the_settings_are_named(
    folder: Path, before: str, after: str, message: str
) -> None:
    config = folder / "config.yaml"
    config.write_text(CONFIG.replace(before, after))
    with pytest.raises(ConfigError, match=message):
        read_run_config(config)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("26.90", "many", r"published\.csv, line 5: psnr: .*decimal"),
        ("protocol", "how", r"published\.csv lacks the columns protocol"),
        (',"Y channel, MATLAB",a paper', "", r"published\.csv, line 2: protocol"),
    ],
)
def test_mistakes_in_the_file_are_named(
    folder: Path, before: str, after: str, message: str
) -> None:
    (folder / "published.csv").write_text(ROWS.replace(before, after, 1))
    with pytest.raises(ConfigError, match=message):
        read_run_config(folder / "config.yaml")


def test_the_shipped_figures_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RDMC_BENCH_DATA", "/data")
    config = read_run_config(Path(__file__).parent.parent / "configs" / "rain100l.yaml")
    assert config.published is not None
    figures = {one.method: (one.psnr, one.ssim) for one in config.published.figures}
    assert figures["PReNet"] == (Decimal("37.48"), Decimal("0.979"))
    assert all(one.source and "Y channel" in one.protocol for one in config.published.figures)
