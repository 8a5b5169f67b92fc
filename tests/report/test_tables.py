import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_cast import HEAVY, LIGHT, WEIRD
from synthetic_run import write_comparisons_again

from harness.report.tables.against_rain import paired_table, recovered_table
from harness.report.tables.measured import (
    joint_table,
    per_class_tables,
)
from harness.report.tables.model import Cell, Column, Row, Table, ranked_table
from harness.run_folder.run_data import read_run


def column_of(table, key):
    index = [column.key for column in table.columns].index(key)
    return {row.name: row.cells[index] for row in table.rows}


def one_column(values, direction=1, **cell_facts):
    rows = tuple(
        Row(str(index), str(index), "", False, (Cell(value, 2, **cell_facts),))
        for index, value in enumerate(values)
    )
    column = Column("task", "metric", "task/metric", direction)
    table = ranked_table(Table("set", "set", (column,), rows))
    return [row.cells[0].rank for row in table.rows]


def test_ties_are_judged_as_printed():
    assert one_column([0.501, 0.499, 0.42, 0.42, 0.1]) == [1, 1, 2, 2, 0]


def test_undefined_is_not_ranked_and_infinite_is_best():
    assert one_column([math.nan, math.inf, 0.3]) == [0, 1, 2]


def test_lower_can_be_better():
    assert one_column([0.3, 0.1, 0.2], direction=-1) == [0, 1, 2]


def test_what_has_no_direction_is_not_ranked():
    assert one_column([0.3, 0.1, 0.2], direction=0) == [0, 0, 0]


def test_incomplete_cells_and_references_are_not_ranked():
    assert one_column([0.3, 0.1], incomplete=True) == [0, 0]
    assert one_column([0.3, 0.1], competes=False) == [0, 0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_rank_counts_the_distinct_printed_values_above(hundredths):
    ranks = one_column([value / 100 for value in hundredths])
    for value, rank in zip(hundredths, ranks, strict=True):
        above = len({other for other in hundredths if other > value})
        assert rank == (above + 1 if above < 2 else 0)


def test_joint_table_keeps_references_apart_and_marks_failed_cells(run):
    table = joint_table([run], HEAVY)
    assert [row.name for row in table.rows[:2]] == ["rainy", "clean"]
    psnr = column_of(table, "restoration/psnr_y")
    assert psnr["clean"].text == "∞"
    assert psnr["prenet"].incomplete and psnr["prenet"].rank == 0
    assert psnr["prenet"].text.endswith("†")
    assert {name for name, cell in psnr.items() if cell.rank == 1} == {"rdmc"}
    assert {name for name, cell in psnr.items() if cell.rank == 2} == {WEIRD}
    assert any("PReNet: 2 of 12 images failed" in note for note in table.notes)


def test_a_cell_without_any_figure_is_marked_too(run):
    table = joint_table([run], LIGHT)
    assert column_of(table, "detection/ap")["lightnet"].text == "\N{EN DASH}†"
    assert any("none is left" in note for note in table.notes)
    assert [column.key.split("/")[0] for column in table.columns] == ["restoration"] * 2 + [
        "detection"
    ] * 2


def test_figures_on_fewer_images_are_marked_without_a_failure(copy_of_run):
    path = copy_of_run / "summary.csv"
    summary = pd.read_csv(path)
    mine = (summary["derainer"] == "rdmc") & (summary["metric"] == "ap")
    summary.loc[mine, "n"] = 7
    summary.to_csv(path, index=False)
    table = joint_table([read_run(copy_of_run)], HEAVY)
    cell = column_of(table, "detection/ap")["rdmc"]
    assert cell.incomplete and cell.rank == 0
    assert any("RDMC: on fewer images" in note for note in table.notes)


def test_columns_of_several_protocols_are_not_ranked(copy_of_run):
    path = copy_of_run / "summary.csv"
    summary = pd.read_csv(path)
    mine = (summary["derainer"] == "rdmc") & (summary["metric"] == "psnr_y")
    summary.loc[mine, "signature"] = "psnr|ch:Y|q:floor|v:1"
    summary.to_csv(path, index=False)
    table = joint_table([read_run(copy_of_run)], HEAVY)
    assert {cell.rank for cell in column_of(table, "restoration/psnr_y").values()} == {0}
    assert 1 in {cell.rank for cell in column_of(table, "restoration/ssim_y").values()}
    assert "restoration PSNR-Y" in table.notes[0] and "q:floor" in table.notes[0]


def test_recovered_table_states_loss_and_shares(run):
    table = recovered_table(run, HEAVY)
    assert [column.key for column in table.columns] == [
        "detection/ap",
        "detection/ap50",
        "segmentation/miou",
    ]
    ap = column_of(table, "detection/ap")
    loss = run.value(HEAVY, "clean", "detection", "ap") - run.value(
        HEAVY, "rainy", "detection", "ap"
    )
    assert ap[""].value == pytest.approx(loss)
    assert ap["rdmc"].value == pytest.approx(0.72)  # as the synthetic run was made
    assert ap["oldfilter"].text == "\N{MINUS SIGN}0.12▼"
    assert table.notes[2] == (
        "▼ worse than the rainy input, untested: Guided filter (detection AP, detection AP50, "
        "segmentation mIoU)."
    )
    assert column_of(table, "segmentation/miou")["rdmc"].interval_text.startswith("[0.")


def test_no_recovered_table_without_a_clean_row(copy_of_run):
    path = copy_of_run / "summary.csv"
    summary = pd.read_csv(path)
    summary[summary["derainer"] != "clean"].to_csv(path, index=False)
    write_comparisons_again(copy_of_run)
    run = read_run(copy_of_run)
    assert recovered_table(run, HEAVY) is None
    assert joint_table([run], HEAVY).rows


def test_paired_gains_are_means_of_differences(run):
    rows = pd.read_parquet(run.directory / "records" / "restoration.parquet")
    rows = rows[rows["rain_set"] == HEAVY].set_index(["derainer", "image"])["psnr_y"]
    expected = (rows["rdmc"] - rows["rainy"]).mean()
    gain = column_of(paired_table(run, HEAVY), "restoration/psnr_y/gain")
    assert gain["rdmc"].value == pytest.approx(expected)
    assert gain["rdmc"].interval.low < expected < gain["rdmc"].interval.high
    assert gain["prenet"].incomplete


def test_per_class_tables_name_the_classes(run):
    detection, segmentation = per_class_tables(run, HEAVY)
    assert [column.label for column in detection.columns] == [
        "car",
        "bus",
        "person",
        "bicycle",
        "sign",
    ]
    assert segmentation.groups == [("segmentation IoU", 11)]


def test_classes_have_intervals_and_marks_of_harm_and_no_rank(run):
    detection, _ = per_class_tables(run, HEAVY)
    assert not detection.is_ranked
    assert any("nothing is ranked" in note for note in detection.notes)
    rows = {row.name: row for row in detection.rows}
    for place, column in enumerate(detection.columns):
        metric = column.key.partition("/")[2]
        rainy = run.value(HEAVY, "rainy", "detection", metric)
        for name in ("rdmc", "oldfilter"):
            cell, value = rows[name].cells[place], run.value(HEAVY, name, "detection", metric)
            assert cell.interval is not None and not cell.ties
            assert bool(cell.harm) == (f"{value:.3f}" < f"{rainy:.3f}")
    assert not any(cell.harm for name in ("rainy", "clean") for cell in rows[name].cells)
