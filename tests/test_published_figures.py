"""Reading published figures, and finding those of a run's derainers."""

import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.commands import main
from harness.config import read_run_config
from harness.errors import ConfigError
from harness.metric import Metric
from harness.published_figures import PublishedFigure, PublishedFile
from harness.report.tables.published_table import published_table
from harness.run import whole_run as pipeline
from harness.run_folder.manifest import (
    DerainerEntry,
    Manifest,
    PublishedEntry,
    RainSetEntry,
    TaskEntry,
)
from harness.run_folder.run_data import RunData
from harness.run_folder.summary import Figure

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
    others = [("A", "26.90"), ("A", "37.48")]  # of methods that the run has not
    assert published(folder, "") == {"guided-filter": both, "weaker": both, "": others}


@pytest.mark.usefixtures("without_report")
def test_a_mapping_chooses_adds_and_takes_away(folder: Path) -> None:
    more = (
        "published_as: {rainy: input, weaker: null, "
        "guided-filter: {method: guided filter, table: c}}\n"
    )
    assert published(folder, more) == {
        "rainy": [("A", "26.90")],
        "guided-filter": [("C", "27.0")],
        "": [("A", "28.10"), ("A", "37.48")],
    }


def test_a_limited_run_states_no_difference(folder: Path) -> None:
    published(folder, "published_as: {weaker: null}\n", "--limit", "2")
    table = (folder / "out" / "tables" / "published.md").read_text()
    assert "2 of 3 images" in table
    assert "| 37.48 |" in table  # of a method that the run has not


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
        (
            "protocol",
            "how",
            r"published\.csv lacks the columns channel, quantiser, .*protocol, that",
        ),
        (',"Y channel, MATLAB",a paper', "", r"published\.csv, line 2: protocol"),
        ("protocol", "protocol,channel", r"published\.csv, line 2: channel: .*'Y', 'RGB'"),
    ],
)
def test_mistakes_in_the_file_are_named(
    folder: Path, before: str, after: str, message: str
) -> None:
    (folder / "published.csv").write_text(ROWS.replace(before, after, 1))
    with pytest.raises(ConfigError, match=message):
        read_run_config(folder / "config.yaml")


SHIPPED = Path(__file__).parent.parent / "configs" / "published" / "deraining.csv"


def test_the_shipped_figures_are_exact() -> None:
    figures = PublishedFile.model_validate(str(SHIPPED)).figures
    known = {(one.table, one.method, one.rain_set): (one.psnr, one.ssim) for one in figures}
    assert len(known) == len(figures) > 170
    assert known["PReNet README", "PReNet", "Rain100L"] == (Decimal("37.48"), Decimal("0.979"))
    assert known["NeRD-Rain table", "NeRD-Rain", "Rain200H"] == (Decimal("32.40"), None)
    assert all(one.source for one in figures)


@pytest.mark.skipif("RDMC_BENCH_DATA" not in os.environ, reason="needs RDMC_BENCH_DATA")
def test_the_shipped_figures_are_those_of_the_list_beside_the_data() -> None:
    """But for a mean over five sets, which is of no rain set."""
    path = Path(os.environ["RDMC_BENCH_DATA"]).parent / "published.csv"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    shipped, listed = (
        {
            (one.method, one.rain_set, one.psnr, one.ssim, one.channel)
            for one in PublishedFile.model_validate(str(file)).figures
        }
        for file in (SHIPPED, path)
    )
    assert {one for one in listed - shipped if one[1] != "mean of the five"} == set()


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("Y channel, MATLAB; per-set training", ("Y", "", "per-set training", "MATLAB", "")),
        ("channel not stated; per-set training", ("", "", "per-set training", "", "")),
        ("RGB; retrained (LSTM-Full, twice)", ("RGB", "", "retrained (LSTM-Full, twice)", "", "")),
        ("not in RGB, but trained on Y", ("", "", "but trained on Y", "", "not in RGB")),
        (
            "Y channel; one training a set; MATLAB scripts of A (Rain200L, SPA-Data) and B",
            ("Y", "", "one training a set", "MATLAB scripts of A (Rain200L, SPA-Data) and B", ""),
        ),
    ],
)
def test_a_protocol_in_words_is_read_phrase_by_phrase(words: str, columns: tuple[str, ...]) -> None:
    row = {"table": "A", "method": "m", "rain_set": "s", "psnr": "1", "ssim": "", "source": "s"}
    one = PublishedFigure.model_validate(row | {"protocol": words})
    said = (one.channel, one.quantiser, one.trained_on, one.script, one.remark)
    assert said == columns
    again = PublishedFigure.model_validate(one.model_dump())
    assert again == one


@pytest.mark.skipif("RDMC_BENCH_DATA" not in os.environ, reason="needs RDMC_BENCH_DATA")
def test_what_was_published_from_2016_to_2025_loads_and_shows(tmp_path: Path) -> None:
    path = Path(os.environ["RDMC_BENCH_DATA"]).parent / "published.csv"
    if not path.exists():
        pytest.skip(f"there is no {path}")
    figures = PublishedFile.model_validate(str(path)).figures
    methods, sets = (
        {getattr(one, name): None for one in figures} for name in ("method", "rain_set")
    )
    derainers = [
        DerainerEntry(name=f"d{number}", title=name) for number, name in enumerate(methods)
    ]
    names = {entry.title: entry.name for entry in derainers}
    task = TaskEntry(
        name="restoration",
        kind="restoration",
        metrics={"psnr_y": Metric("PSNR-Y", "", 2, published=("psnr", "Y"))},
    )
    manifest = Manifest(
        name="all",
        derainers=tuple(derainers),
        rain_sets=tuple(RainSetEntry(name=name) for name in sets),
        tasks=(task,),
        published=tuple(
            PublishedEntry(**one.model_dump(), derainer=names[one.method]) for one in figures
        ),
    )
    measured = [Figure(name, "d0", "restoration", "psnr_y", 30.0, 1, "") for name in sets]
    run = RunData(tmp_path, manifest, measured)
    shown = 0
    for name in sets:
        table = published_table(run, name)
        assert table is not None
        for row in table.rows:
            said = dict(zip(table.words, row.words, strict=True))
            assert said["channel"] in ("Y", "RGB", "not stated") and said["published in"] != "[]"
            assert said["published training"] != "not stated", row
            assert row.details["source"] and any(row.details["source"] in n for n in table.notes)
        shown += len(table.rows)
    assert shown == len(figures) > 170
    assert not [one for one in figures if one.remark]
