"""The share of images harmed stands beside the mean, wherever that stands."""

import math

import pandas as pd
import pytest
from synthetic_cast import HEAVY, LIGHT

from harness.report.tables.formats import to_csv, to_markdown
from harness.report.tables.images_harmed import WHAT_IT_IS, with_images_harmed
from harness.report.tables.measured import joint_table
from harness.report.terminal import printed_results
from harness.run_folder.run_data import RunData


@pytest.mark.parametrize("rain_set", [HEAVY, LIGHT])
def test_it_stands_behind_the_first_metric_of_each_task(run, run_folder, rain_set):
    plain = joint_table([run], rain_set)
    table = with_images_harmed(run, plain)
    keys = [column.key for column in table.columns]
    known = pd.read_csv(run_folder / "comparisons.csv").set_index(
        ["rain_set", "derainer", "task", "metric"]
    )["harmed"]
    firsts = [f"{task.name}/{task.headline[0]}" for task in run.tasks_of(rain_set)]
    seen = 0
    for first in firsts:
        task, metric = first.split("/")
        of_metric = known.xs((rain_set, task, metric), level=["rain_set", "task", "metric"])
        if of_metric.isna().all():
            assert f"{first}/harmed" not in keys
            continue
        place = keys.index(first) + 1
        assert keys[place] == f"{first}/harmed"
        for row in table.rows:
            cell = row.cells[place]
            if row.is_reference:
                assert math.isnan(cell.value)
            else:
                assert cell.value == pytest.approx(of_metric.get(row.name, math.nan), nan_ok=True)
                assert not cell.rank and not cell.harm
        seen += 1
    assert seen and len(keys) == len(plain.columns) + seen
    assert WHAT_IT_IS in table.notes and WHAT_IT_IS in to_markdown("All", [table])
    assert to_csv([table]) == to_csv([plain])


def test_without_comparisons_there_is_no_such_column(run):
    alone = RunData(run.directory, run.manifest, run.figures)
    table = joint_table([alone], HEAVY)
    assert with_images_harmed(alone, table) is table


@pytest.mark.parametrize("width", [80, 100])
def test_the_terminal_never_parts_it_from_its_figure(run, width):
    lines = printed_results(run, width).splitlines()
    heads = [line for line in lines if "  harmed" in line]
    assert heads and all("harmed" not in line.split()[:1] for line in heads)
    first = next(line for line in heads if "restoration PSNR-Y" in line)
    assert first.split("  harmed")[0].rstrip().endswith("restoration PSNR-Y")
