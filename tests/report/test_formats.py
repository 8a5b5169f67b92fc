import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_cast import HEAVY, LIGHT, WEIRD

from harness.report.protocols import protocols
from harness.report.tables.against_rain import recovered_table
from harness.report.tables.formats import markdown_text, to_csv, to_markdown
from harness.report.tables.latex import to_latex
from harness.report.tables.measured import joint_table


@pytest.fixture(scope="module")
def joint(run):
    return [joint_table([run], rain_set) for rain_set in (HEAVY, LIGHT)]


@given(st.text(alphabet="\\|*_`[]#~<>&$abc 1", max_size=20))
def test_markdown_leaves_no_markup_of_the_text(text):
    escaped = re.sub(r"\\[\\|*_`\[\]#~$]|&(amp|lt|gt);", "", markdown_text(text))
    assert not set(escaped) & set("\\|*_`[]#~<>&$")


def test_markdown_rows_have_as_many_cells_as_heads(joint):
    text = to_markdown("All", joint)
    table = [line for line in text.splitlines() if line.startswith("|")]
    widths = {len(re.split(r"(?<!\\)\|", line)) for line in table[:9]}
    assert len(widths) == 1
    assert r"A&amp;B\_&lt;Net&gt; 5% \$x\$ \#1" in text


def test_markdown_lists_each_signature_once(run, joint):
    text = to_markdown("All", joint, protocols(run))
    for signature in set(run.summary["signature"]) - {""}:
        assert text.count(f"`{signature}`") == 1


def test_csv_gives_the_summary_back(run, joint):
    rows = list(csv.DictReader(io.StringIO(to_csv(joint))))
    assert len(rows) == 14
    summary = pd.read_csv(run.directory / "summary.csv").set_index(
        ["rain_set", "derainer", "task", "metric"]
    )
    for row in rows:
        for key in ("restoration/psnr_y", "detection/ap"):
            place = (row["rain_set"], row["derainer"], *key.split("/"))
            if row[key]:
                assert float(row[key]) == summary.loc[place, "value"]
            else:
                assert place not in summary.index
    weird = next(row for row in rows if row["derainer"] == WEIRD)
    assert weird["incomplete"] == "" and weird["reference"] == "false"
    failed = next(row for row in rows if row["derainer"] == "prenet")
    assert "detection/ap" in failed["incomplete"].split()


def test_csv_of_intervals(run):
    rows = list(csv.DictReader(io.StringIO(to_csv([recovered_table(run, HEAVY)]))))
    rdmc = next(row for row in rows if row["derainer"] == "rdmc")
    low, share, high = (float(rdmc[f"segmentation/miou{end}"]) for end in ("/low", "", "/high"))
    assert low < share < high


def test_runs_side_by_side_claim_no_test_between_them(run):
    alone, beside = joint_table([run], HEAVY), joint_table([run, run], HEAVY)
    for written in (to_markdown("t", [alone]), to_latex([alone])):
        assert "no more than noise" in written and "not tested" not in written
    for written in (to_markdown("t", [beside]), to_latex([beside])):
        assert "no more than noise" not in written and "not tested against each other" in written
