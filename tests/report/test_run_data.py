import json
import math
import subprocess
import sys

import pandas as pd
import pytest
from synthetic_cast import HEAVY, LIGHT, WEIRD, WEIRD_TITLE

from harness.errors import BenchError
from harness.report import write_report
from harness.run_folder.run_data import read_run
from harness.run_folder.run_figures import Failed


def test_values_infinite_undefined_and_missing(run):
    assert run.value(HEAVY, "clean", "restoration", "psnr_y") == math.inf
    assert math.isnan(run.value(HEAVY, "rdmc", "detection", "ap_large"))
    assert math.isnan(run.value(LIGHT, "rdmc", "segmentation", "miou"))
    assert run.failed(HEAVY, "prenet", "detection") == Failed(2, 12)
    assert run.failed(HEAVY, "rdmc", "detection") == Failed(0, 0)


def test_order_and_labels(run):
    assert [one.name for one in run.references] == ["rainy", "clean"]
    assert run.labels[WEIRD] == WEIRD_TITLE
    assert [one.name for one in run.tasks_of(LIGHT)] == ["restoration", "detection"]


def test_titles_that_clash_give_way_to_names(copy_of_run):
    path = copy_of_run / "manifest.json"
    manifest = json.loads(path.read_text())
    for one in manifest["derainers"][2:4]:
        one["title"] = "Same"
    path.write_text(json.dumps(manifest))
    labels = read_run(copy_of_run).labels
    assert (labels["rdmc"], labels["prenet"]) == ("rdmc", "prenet")


def test_names_that_pandas_takes_for_missing(copy_of_run):
    for name in ("summary.csv", "manifest.json"):
        path = copy_of_run / name
        path.write_text(path.read_text().replace("oldfilter", "NA"))
    run = read_run(copy_of_run)
    assert run.value(HEAVY, "NA", "detection", "ap") > 0


def test_records_are_read_in_part(run):
    rows = run.records("detection", ["image", "scores", "nonsense"], [("rain_set", "==", LIGHT)])
    assert set(rows.columns) == {"image", "scores"}
    assert rows["image"].str.startswith("light").all()
    assert run.records("no such task", ["image"]).empty


def test_a_mixed_folder_is_refused(copy_of_run):
    path = copy_of_run / "summary.csv"
    path.write_text(path.read_text().replace("oldfilter", "stranger"))
    with pytest.raises(BenchError, match="'stranger'"):
        read_run(copy_of_run)


@pytest.mark.parametrize(
    ("name", "content"), [("manifest.json", "{"), ("manifest.json", "{}"), ("summary.csv", "a\n1")]
)
def test_damaged_files_are_named(copy_of_run, name, content):
    (copy_of_run / name).write_text(content)
    with pytest.raises(BenchError, match=name):
        read_run(copy_of_run)


def test_another_format_is_refused_with_what_to_do(copy_of_run):
    path = copy_of_run / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "format": 1}))
    with pytest.raises(BenchError, match=r"older rdmc-bench .* `rdmc-bench report .*` upgrades"):
        read_run(copy_of_run)
    path.write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(BenchError, match="format 99, of a newer rdmc-bench"):
        read_run(copy_of_run)


def test_damaged_records_are_named(copy_of_run):
    (copy_of_run / "records" / "detection.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(BenchError, match=r"detection\.parquet: damaged"):
        read_run(copy_of_run).records("detection")


def test_a_poor_run_still_gets_its_page(copy_of_run):
    """No references, no examples, one task that could not be built: what is known is shown."""
    path = copy_of_run / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tasks"][2] |= {"headline": [], "error": "no weights <here>"}
    path.write_text(json.dumps(manifest))
    (copy_of_run / "examples" / "index.json").unlink()
    summary = pd.read_csv(copy_of_run / "summary.csv")
    kept = ~summary["derainer"].isin(["rainy", "clean"]) & (summary["task"] != "segmentation")
    summary[kept & (summary["rain_set"] == LIGHT)].to_csv(copy_of_run / "summary.csv", index=False)
    text = write_report(copy_of_run).read_text(encoding="utf-8")
    assert "no weights &lt;here&gt;" in text
    assert "Examples" not in text


def test_naming_the_package_imports_neither_torch_nor_matplotlib():
    code = "import sys, harness.report; print({'torch', 'matplotlib', 'pandas'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
