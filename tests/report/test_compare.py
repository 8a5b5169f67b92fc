import csv
import json
import re
import shutil

import pandas as pd
import pytest
from synthetic_cast import HEAVY, LIGHT
from synthetic_run import write_run

from harness.report import write_comparison
from harness.report.comparison import comparison_tables, read_runs
from harness.report.differences import differences
from harness.report.printing import UNDEFINED


def ranks(table, key):
    index = [column.key for column in table.columns].index(key)
    return {(row.name, row.run): row.cells[index].rank for row in table.rows}


def change_summary(folder, change):
    summary = pd.read_csv(folder / "summary.csv")
    change(summary)
    summary.to_csv(folder / "summary.csv", index=False)


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_better_run_wins_the_shared_column(run_folder, copy_of_run):
    def improve(summary):
        mine = (summary["derainer"] == "lightnet") & (summary["metric"] == "psnr_y")
        summary.loc[mine, "value"] = 40.0

    change_summary(copy_of_run, improve)
    change_manifest(copy_of_run, name="new")
    table = comparison_tables(read_runs([run_folder, copy_of_run]))[0]
    best = [place for place, rank in ranks(table, "restoration/psnr_y").items() if rank == 1]
    assert best == [("lightnet", "new")]
    assert [row.is_reference for row in table.rows[:5]] == [True] * 4 + [False]


def test_other_signatures_are_not_ranked_and_a_note_says_so(run_folder, copy_of_run):
    def floor(summary):
        psnr = summary["metric"] == "psnr_y"
        summary.loc[psnr, "signature"] = "psnr|q:floor"

    change_summary(copy_of_run, floor)
    table = comparison_tables(read_runs([run_folder, copy_of_run]))[0]
    assert set(ranks(table, "restoration/psnr_y").values()) == {0}
    assert 1 in ranks(table, "detection/ap").values()
    assert "PSNR-Y" in table.notes[0] and "psnr|q:floor" in table.notes[0]


def test_other_images_are_not_ranked_at_all(run_folder, copy_of_run):
    manifest = json.loads((copy_of_run / "manifest.json").read_text())
    manifest["rain_sets"][0]["digest"] = "c" * 64
    change_manifest(copy_of_run, **manifest)
    heavy, light = comparison_tables(read_runs([run_folder, copy_of_run]))
    assert (heavy.rain_set, light.rain_set) == (HEAVY, LIGHT)
    assert {cell.rank for row in heavy.rows for cell in row.cells} == {0}
    assert 1 in {cell.rank for row in light.rows for cell in row.cells}
    assert "did not judge the same images" in heavy.notes[0]
    found = differences(read_runs([run_folder, copy_of_run]))
    assert [one.fact for one in found] == [f"digest of {HEAVY}"]


def test_settings_that_differ_are_told_by_their_place(run_folder, tmp_path):
    def run_with(name, derainers, **settings):
        folder = shutil.copytree(run_folder, tmp_path / name)
        entries = [
            {"name": called, "use": use, "options": options, "isolate": False}
            for called, use, options in derainers
        ]
        change_manifest(folder, configuration={"name": name, "derainers": entries} | settings)
        return folder

    smooth = {"radius": 6, "parts": {"luma": True}}
    first = run_with("first", [("smooth", "guided-filter", smooth), ("net", "prenet", {})])
    other = {"radius": 20, "parts": {"luma": False}, "clip": [0, 1]}
    second = run_with("second", [("smooth", "guided-filter", other)], precision="bfloat16")
    assert [one.line for one in differences(read_runs([first, second]))] == [
        "derainers: smooth: radius: 6 / 20",
        "derainers: smooth: parts: luma: true / false",
        "derainers: smooth: clip: default / [0, 1]",
        f"derainers: net: there / {UNDEFINED}",
        "precision: float32 / bfloat16",
    ]
    assert "<td>bfloat16</td>" in write_comparison([first, second], tmp_path / "out").read_text()


def test_runs_of_one_name_are_told_apart(run_folder, tmp_path):
    twin = tmp_path / "twin"
    shutil.copytree(run_folder, twin)
    names = [run.name for run in read_runs([run_folder, twin, twin])]
    assert len(set(names)) == 3
    assert names[1] == "streets <demo> & co (twin)"


def test_page_and_tables_are_written(run_folder, tmp_path):
    other = write_run(tmp_path / "other", name="<b>other</b>")
    page = write_comparison([run_folder, other], tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert page.name == "comparison.html"
    assert "<b>other</b>" not in text and "&lt;b&gt;other&lt;/b&gt;" in text
    assert not re.search(r"<(link|iframe)|<script [^>]*src", text)
    with (tmp_path / "out" / "tables" / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["run"] for row in rows} == {"streets <demo> & co", "<b>other</b>"}
    assert len(rows) == 2 * 14


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_runs(run_folder, tmp_path, count):
    assert write_comparison([run_folder] * count, tmp_path).exists()
